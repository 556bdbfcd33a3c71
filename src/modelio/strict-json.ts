import { UserError } from '../base/errors';

/** More values than any file has that is read here (a tokenizer of 262,144 tokens has two million); each takes up to a hundred bytes once it is parsed. */
const maxValues = 8_000_000;

/**
 * Parses JSON that a stranger wrote: nesting deeper than `maxDepth`, more than eight million values and a key given twice in one object are errors.
 * (`JSON.parse` takes the last of two equal keys, other readers the first: two tools would see two different files.)
 * @throws UserError naming `file`.
 */
export function parseStrictJson(text: string, file: string, maxDepth: number): unknown {
  checkNesting(text, file, maxDepth);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UserError('file.json', `${file}: not valid JSON (${(error as Error).message}).`);
  }
}

/** One pass over the text; whatever is not JSON at all is left for `JSON.parse` to complain about. */
function checkNesting(text: string, file: string, maxDepth: number): void {
  /** Keys of the open objects; `undefined` for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let atKey = false;
  let values = 0;
  const count = (): void => {
    if (++values > maxValues) throw new UserError('file.json', `${file}: more than ${maxValues} values. This is not a file of the kind that is expected here.`);
  };
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      const end = stringEnd(text, i);
      const keys = open.at(-1);
      if (atKey && keys !== undefined) {
        const key = unescape(text.slice(i, end + 1));
        if (keys.has(key)) throw new UserError('file.json', `${file}: the key ${JSON.stringify(key.slice(0, 100))} is given twice. Write the file again.`);
        keys.add(key);
        atKey = false;
      }
      i = end;
    } else if (c === 0x7b || c === 0x5b) {
      if (open.length >= maxDepth) throw new UserError('file.json', `${file}: nested deeper than ${maxDepth} levels. This is not a file of the kind that is expected here.`);
      count();
      open.push(c === 0x7b ? new Set() : undefined);
      atKey = c === 0x7b;
    } else if (c === 0x7d || c === 0x5d) {
      open.pop();
      atKey = false;
    } else if (c === 0x2c) {
      count();
      atKey = open.at(-1) !== undefined;
    }
  }
}

/** Index of the quote that closes the string opened at `start`, or of the last character when none does. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22) return i;
  }
  return text.length - 1;
}

/** `"\u0061"` and `"a"` are the same key. */
function unescape(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}
