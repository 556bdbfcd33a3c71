import type { Problem } from '../base/problems';

/** The text of a file's bytes: UTF-8 (with or without a byte-order mark) or UTF-16 with one. Anything else is a problem, and no text is guessed. */
export function decodeText(bytes: Uint8Array, file: string): { text: string; problems: Problem[] } {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return { text: '', problems: [{ file, severity: 'error', message: 'the file is compressed (gzip) and has to be unpacked first' }] };
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), problems: [] };
  } catch {
    return { text: '', problems: [{ file, severity: 'error', message: `the file is not valid ${encoding.toUpperCase()}; save it as UTF-8` }] };
  }
}
