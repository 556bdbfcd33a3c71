import { messageOf } from './errors';
import type { Problem, Read } from './problems';

/** One line of a JSONL file, parsed, with its 1-based number. */
export interface JsonLine {
  readonly line: number;
  readonly value: unknown;
  readonly raw: string;
}

/**
 * Splits JSONL text. Tolerates a byte-order mark, CRLF, blank lines and git's leftovers; a line that is not JSON
 * (a torn last line above all) becomes a problem and takes no other line with it.
 */
export function parseJsonLines(text: string, file: string): Read<JsonLine> {
  const records: JsonLine[] = [];
  const problems: Problem[] = [];
  const lines = (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).split('\n');
  for (let i = 0; i < lines.length; i++) {
    const raw = lines[i]!.trim();
    if (raw === '') continue;
    try {
      records.push({ line: i + 1, value: JSON.parse(raw) as unknown, raw });
    } catch (error) {
      const torn = i === lines.length - 1;
      problems.push({ file, line: i + 1, severity: 'error', message: torn ? 'the last line is cut off; the lines before it are read' : `not JSON (${messageOf(error)})` });
    }
  }
  return { records, problems };
}

/** Feeds chunks of text, calls back with whole lines; `end` gives what is left. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: string): void; end(): void } {
  let rest = '';
  return {
    push(chunk) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop()!;
      for (const p of parts) onLine(p.endsWith('\r') ? p.slice(0, -1) : p);
    },
    end() {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
