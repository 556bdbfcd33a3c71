import zlib from 'node:zlib';

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 (IEEE 802.3, as in zip and PNG) of bytes, continued from `crc` when given. */
export const crc32: (bytes: Uint8Array, crc?: number) => number =
  // Node has it since 20.15; older editors bring an older Node.
  typeof (zlib as { crc32?: unknown }).crc32 === 'function' ? (bytes, crc = 0) => zlib.crc32(bytes, crc) : ownCrc32;

/** {@link crc32} in plain code. */
export function ownCrc32(bytes: Uint8Array, crc = 0): number {
  let c = ~crc;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** x^8n modulo the polynomial, bits reversed as in the sums: what n bytes more do to a sum. */
const powers = new Int32Array(1 << 13);
powers[0] = 1 << 31;
for (let n = 1; n < powers.length; n++) powers[n] = (powers[n - 1]! >>> 8) ^ table[powers[n - 1]! & 255]!;

function power(n: number): number {
  if (n < powers.length) return powers[n]!;
  const half = power(n >>> 1);
  return times(times(half, half), powers[n & 1]!);
}

/** A product of polynomials modulo that of the sum. */
function times(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit--) {
    product ^= shifted & -((a >>> bit) & 1);
    shifted = (shifted >>> 1) ^ (0xedb88320 & -(shifted & 1));
  }
  return product;
}

/** The sum of bytes that have the sum `a`, followed by `length` bytes that have the sum `b`. */
export const joinedCrc = (a: number, b: number, length: number): number => (times(power(length), a) ^ b) >>> 0;

const prefix = new TextEncoder().encode(',"sum":"');
/** `,"sum":"00000000"}` */
export const sealLength = prefix.length + 8 + 2;

/**
 * A record as one line of text without its line break, closed by `"sum"`: the CRC-32 of the UTF-8 bytes of the same line
 * without that field. A damaged byte that leaves the line readable is found by it.
 */
export function sealLine(record: object): string {
  const fields: Record<string, unknown> = { ...record };
  delete fields['sum'];
  const text = JSON.stringify(fields);
  const sum = crc32(Buffer.from(text)).toString(16).padStart(8, '0');
  return `${text.slice(0, -1)},"sum":"${sum}"}`;
}

/** The number that a seal at `start` states, −1 when none stands there. */
export function sealAt(bytes: Uint8Array, start: number): number {
  if (start + sealLength > bytes.length) return -1;
  for (let i = 0; i < prefix.length; i++) if (prefix[i] !== bytes[start + i]) return -1;
  let sum = 0;
  let wrong = 0;
  const end = start + sealLength - 2;
  for (let i = start + prefix.length; i < end; i++) {
    const digit = hexDigits[bytes[i]!]!;
    wrong |= digit;
    sum = (sum << 4) | digit;
  }
  return wrong >= 0 && bytes[end] === 0x22 && bytes[end + 1] === brace ? sum >>> 0 : -1;
}

/** `none` when the line carries no sum at its end (other tools' lines do not). */
export function checkSeal(line: Uint8Array): 'none' | 'right' | 'wrong' {
  const start = line.length - sealLength;
  const sum = start < 1 ? -1 : sealAt(line, start);
  if (sum < 0) return 'none';
  return crc32(closing, crc32(line.subarray(0, start))) === sum ? 'right' : 'wrong';
}

/**
 * Whether {@link checkSeal} says `wrong` of no line: their sums, put together, must give the sum of all the bytes, which costs a fifth of
 * looking at each line. As with any such sum, damage goes unnoticed once in four billion times.
 * @param breaks where the lines end
 * @param seals where their seals begin, −1 for a line without
 * @param all the bytes' `crc32`
 */
export function areSealed(bytes: Buffer, count: number, breaks: Int32Array, seals: Int32Array, all: number): boolean {
  /** The sum of what stands before `done`, if the lines' sums are right. */
  let sum = 0;
  let done = 0;
  for (let n = 0; n < count; n++) {
    if (seals[n]! < 0) continue;
    const start = n === 0 ? 0 : breaks[n - 1]! + 1;
    if (done < start) sum = joinedCrc(sum, crc32(bytes.subarray(done, start)), start - done);
    done = breaks[n]! + 1;
    sum = joinedCrc(sum, withSeal(bytes, seals[n]!, done), done - start);
  }
  if (done < bytes.length) sum = joinedCrc(sum, crc32(bytes.subarray(done)), bytes.length - done);
  return sum === all;
}

/** The sum of a line with its seal and line break, if the seal is right. */
function withSeal(bytes: Uint8Array, seal: number, end: number): number {
  const sum = sealAt(bytes, seal);
  // Back to before the closing brace: each entry of the table has another first byte.
  const entry = entryOf[~sum >>> 24]!;
  let c = ((~sum ^ table[entry]!) << 8) | (entry ^ brace);
  for (let i = seal; i < end; i++) c = table[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}

const brace = 0x7d;
const closing = Uint8Array.of(brace);
const entryOf = new Uint8Array(256);
for (let n = 0; n < 256; n++) entryOf[table[n]! >>> 24] = n;

/** The value of a lower-case hexadecimal digit by its byte, −1 for any other byte. */
const hexDigits = Int8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.indexOf(String.fromCharCode(byte)));
