/** What the harness tells the suite in the extension host, as JSON in the variable PLUMBLINE_HOST_TEST. */
export interface HostTest {
  /** The version of VS Code that was started: '1.100' or '1.139'. */
  readonly version: string;
  /** `development`: from the project's folder; `package`: installed from the `.vsix`. */
  readonly mode: 'development' | 'package';
  /** The project's folder. */
  readonly root: string;
  /** Lines for people are appended to this file. */
  readonly log: string;
  /** A {@link HostTestResult} is written to this file at the end; without it the suite counts as failed. */
  readonly result: string;
}

export interface HostTestResult {
  passed: number;
  failed: number;
  skipped: number;
  /** Of every failure its test's full title and what was thrown. */
  complaints: string[];
}

/** What this host test was told. */
export function hostTest(): HostTest {
  return JSON.parse(process.env['PLUMBLINE_HOST_TEST'] ?? 'null') as HostTest;
}
