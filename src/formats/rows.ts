import { parse } from 'csv-parse/sync';
import { messageOf } from '../base/errors';
import { parseJsonLines } from '../base/lines';
import type { Problem, Read } from '../base/problems';
import type { Row } from './format';

export type Container = 'jsonl' | 'json' | 'csv';

/** What a file holds its records in, by its name and, where that says nothing, by how its text begins. */
export function containerOf(fileName: string, text: string): Container {
  const name = fileName.toLowerCase().replace(/\.gz$/, '');
  if (/\.(csv|tsv)$/.test(name)) return 'csv';
  const start = /^\ufeff?\s*(.)/.exec(text)?.[1];
  if (start === '[') return 'json';
  return start === '{' || /\.(jsonl|ndjson|json)$/.test(name) ? 'jsonl' : 'csv';
}

/** The records of a file. A record that cannot be read is a problem and takes no other with it. */
export function readRows(container: Container, text: string, file: string): Read<Row> {
  switch (container) {
    case 'csv':
      return csvRows(text, file);
    case 'json':
      return jsonRows(text, file);
    case 'jsonl': {
      // A file with one object over many lines is JSON, not JSONL.
      const lines = parseJsonLines(text, file);
      const whole = lines.problems.length > 0 && lines.records.length === 0 ? jsonRows(text, file) : undefined;
      return whole !== undefined && whole.records.length > 0 ? whole : objectsOf(lines.records, lines.problems, file);
    }
  }
}

function jsonRows(text: string, file: string): Read<Row> {
  try {
    const value = JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
    return objectsOf((Array.isArray(value) ? value : [value]).map((v: unknown, i) => ({ line: i + 1, value: v })), [], file);
  } catch (error) {
    return { records: [], problems: [{ file, severity: 'error', message: `not JSON (${messageOf(error)})` }] };
  }
}

function objectsOf(values: readonly { line: number; value: unknown }[], problems: Problem[], file: string): Read<Row> {
  const records: Row[] = [];
  for (const { line, value } of values) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) records.push({ line, value: value as Record<string, unknown> });
    else problems.push({ file, line, severity: 'error', message: 'a record is a JSON object, {…}' });
  }
  return { records, problems };
}

/** CSV as of RFC 4180, with a header line; the delimiter (comma, semicolon or tab) is the one that the header has most of. */
function csvRows(text: string, file: string): Read<Row> {
  const problems: Problem[] = [];
  const header = text.slice(0, /\r?\n/.exec(text)?.index ?? text.length).replace(/"[^"]*"/g, '');
  const delimiter = [',', ';', '\t'].reduce((best, d) => (header.split(d).length > header.split(best).length ? d : best));
  let names: string[] | undefined;
  let twice = 0;
  const records: Row[] = [];
  try {
    const parsed = parse(text, {
      bom: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      skip_records_with_error: true,
      on_skip: (error): undefined => {
        problems.push({ file, ...(typeof error?.['lines'] === 'number' ? { line: error['lines'] } : {}), severity: 'error', message: `not CSV (${messageOf(error)})` });
      },
    }) as unknown as { record: string[]; info: { lines: number } }[];
    for (const { record, info } of parsed) {
      // `lines` counts to the end of the record, and a CRLF inside quotes as two.
      const all = record.join(' ');
      const line = info.lines - (all.match(/[\r\n]/g)?.length ?? 0) - twice;
      twice += all.match(/\r\n/g)?.length ?? 0;
      if (names === undefined) {
        names = record.map((n) => n.trim());
        const same = names.find((n, i) => n !== '' && names!.indexOf(n) !== i);
        if (same !== undefined) return { records: [], problems: [{ file, line: 1, severity: 'error', message: `two columns are called "${same}"; give each its own name` }] };
      } else if (record.length !== names.length) {
        problems.push({ file, line, severity: 'error', message: `${record.length} fields where the header has ${names.length}; a field with "${delimiter}" or a line break in it must stand in double quotes` });
      } else {
        records.push({ line, value: Object.fromEntries(names.map((n, i) => [n, record[i]!])) });
      }
    }
  } catch (error) {
    problems.push({ file, severity: 'error', message: `not CSV (${messageOf(error)})` });
  }
  return { records, problems };
}
