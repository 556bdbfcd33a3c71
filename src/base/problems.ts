/** Bad data is returned, never thrown and never dropped: this is how it is reported. */
export interface Problem {
  readonly file: string;
  /** 1-based; absent when the whole file is meant. */
  readonly line?: number;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** What every reader of files returns. */
export interface Read<T> {
  readonly records: T[];
  readonly problems: Problem[];
}

/** `file:line: message`, as compilers print it. */
export function formatProblem(p: Problem): string {
  return `${p.file}${p.line === undefined ? '' : `:${p.line}`}: ${p.message}`;
}
