import type { Problem, Read } from '../base/problems';
import { checkSeal, sealLength } from './checksum';

/** A parsed line with its 1-based number. */
export interface StoredLine {
  readonly line: number;
  readonly value: unknown;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const conflict = /^(<{7}|={7}|>{7}|\|{7})( |$)/;

/** Parses a JSONL file part by part. */
export interface StoredParser {
  /** What stands in the next bytes: whole lines, or the last one of the file. */
  push(bytes: Uint8Array): Read<StoredLine>;
}

/**
 * A parser for a JSONL file of the workspace, which loses as little as can be. Tolerated: byte-order mark, CRLF, blank
 * lines. Reported, with nothing else lost: a torn last line, text that is not JSON, invalid UTF-8, a line whose `sum`
 * does not fit, git's conflict markers (the lines of both sides are read), a damaged line break (the lines around it are read).
 */
export function storedParser(file: string): StoredParser {
  let line = 0;
  let first = true;
  let ofOtherText = false;
  return {
    push(bytes) {
      const records: StoredLine[] = [];
      const problems: Problem[] = [];
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let start = 0;
      if (first && buffer.length > 0) {
        first = false;
        const head = startOfText(buffer);
        if (head === undefined) {
          ofOtherText = true;
          problems.push({ file, severity: 'error', message: utf16 });
        }
        start = head ?? 0;
      }
      if (ofOtherText) return { records, problems };
      const take = (raw: () => Buffer, last: boolean, known?: unknown): void => {
        const n = ++line;
        if (known !== undefined) records.push({ line: n, value: known });
        else for (const value of parseLine(raw(), last, (message, severity = 'error') => void problems.push({ file, line: n, severity, message }))) records.push({ line: n, value });
      };
      // Text that has become characters without loss says the same as its bytes, and lines are cut out of it sooner. No text is endless.
      const text = buffer.length <= mostAtOnce ? buffer.toString('utf8', start) : undefined;
      if (text !== undefined && !text.includes('\ufffd')) {
        for (let at = 0; at < text.length; ) {
          const newline = text.indexOf('\n', at);
          const end = newline < 0 ? text.length : newline;
          const from = at;
          take(() => Buffer.from(text.slice(from, end)), newline < 0, plainRecord(text, at, end));
          at = end + 1;
        }
        return { records, problems };
      }
      while (start < buffer.length) {
        const newline = buffer.indexOf(10, start);
        const end = newline < 0 ? buffer.length : newline;
        const from = start;
        take(() => buffer.subarray(from, end), newline < 0);
        start = end + 1;
      }
      return { records, problems };
    },
  };
}

/** Bytes of text that are made at a time. */
const mostAtOnce = 1 << 24;
const sealStart = ',"sum":"';

/** The object of a line that is JSON and carries no sum; undefined for whatever {@link parseLine} must look at. */
function plainRecord(text: string, start: number, end: number): unknown {
  if (text[end - 1] !== '}' || text.startsWith(sealStart, end - sealLength)) return undefined;
  try {
    return JSON.parse(text.slice(start, end));
  } catch {
    return undefined;
  }
}

/** The records of a whole file; see {@link storedParser}. */
export function parseStored(bytes: Uint8Array, file: string): Read<StoredLine> {
  return storedParser(file).push(bytes);
}

export const utf16 = 'the file is UTF-16; save it as UTF-8';

/** Where a file's text begins: after the byte-order mark. Undefined for UTF-16. */
export function startOfText(bytes: Uint8Array): number | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return undefined;
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** The records of one line, without its break; `last`: it has none. More than one where breaks are damaged. */
export function parseLine(raw: Buffer, last: boolean, problem: (message: string, severity?: Problem['severity']) => void): unknown[] {
  const bytes = trim(raw);
  if (bytes.length === 0) return [];
  const whole = parsePart(bytes);
  if (whole.ok) return [whole.value];
  if (whole.reason === 'utf8') {
    const parts = salvage(bytes);
    problem(parts.length > 0 ? 'a line break is damaged; the lines that can be made out are read' : 'the line is not valid UTF-8');
    return parts;
  }
  if (whole.reason === 'sum') {
    problem('the line was changed or damaged after it was written (its "sum" does not fit); it is not used. To use it as it is, take out its "sum"');
    return [];
  }
  const text = bytes.toString('utf8');
  if (conflict.test(text)) {
    problem("git's conflict marker; the lines of both sides are read. Take the marker out", 'warning');
    return [];
  }
  const parts = salvage(bytes);
  if (parts.length > 0) problem('a line break is damaged; the lines that can be made out are read');
  else problem(last ? 'the last line is cut off; the lines before it are read' : 'the line is not JSON');
  return parts;
}

type Part = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: 'utf8' | 'json' | 'sum' };

function parsePart(bytes: Buffer): Part {
  let text = bytes.toString('utf8');
  if (text.includes('\ufffd')) {
    try {
      text = strict.decode(bytes);
    } catch {
      return { ok: false, reason: 'utf8' };
    }
  }
  try {
    const seal = checkSeal(bytes);
    // A sum belongs to the line, not to the record: it is cut off before parsing (deleting it would make slow objects).
    const value = JSON.parse(seal === 'right' ? `${text.slice(0, -sealLength)}}` : text) as unknown;
    return seal === 'wrong' ? { ok: false, reason: 'sum' } : { ok: true, value };
  } catch {
    return { ok: false, reason: 'json' };
  }
}

/**
 * Records that stand on one line because the break between them is gone or has become another byte. Every line of ours
 * begins with `{"v":`, and inside a JSON string that text has its quotes escaped, so it can only begin an object.
 */
function salvage(bytes: Buffer): unknown[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf('{"v":'); at >= 0; at = bytes.indexOf('{"v":', at + 1)) starts.push(at);
  if (starts.length < 2 && (starts[0] ?? 0) === 0) return [];
  const values: unknown[] = [];
  starts.forEach((start, i) => {
    const end = i + 1 < starts.length ? bytes.lastIndexOf('}', starts[i + 1]! - 1) + 1 : bytes.length;
    if (end <= start) return;
    const part = parsePart(bytes.subarray(start, end));
    if (part.ok) values.push(part.value);
  });
  return values;
}

/** Without blanks at either end; JSON's blanks are all ASCII. */
function trim(bytes: Buffer): Buffer {
  let start = 0;
  let end = bytes.length;
  while (start < end && blank(bytes[start]!)) start++;
  while (end > start && blank(bytes[end - 1]!)) end--;
  return bytes.subarray(start, end);
}

const blank = (byte: number): boolean => byte === 32 || byte === 9 || byte === 13;
