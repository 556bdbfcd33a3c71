import { importText } from '../../../src/formats/table';
import type { FileImport } from '../../../src/formats/table';

export const options = { file: 'f', labeler: 'import', at: '2026-01-01T00:00:00.000Z', source: 'import' };

/** Imports a text under a file name; `told` is every problem as `line severity message`. */
export function importOf(name: string, text: string, format?: string): FileImport & { told: string[] } {
  const read = importText(name, text, options, format);
  return { ...read, told: read.problems.map((p) => `${p.line ?? 0} ${p.severity} ${p.message}`) };
}

export const jsonl = (...values: unknown[]): string => values.map((v) => `${JSON.stringify(v)}\n`).join('');
