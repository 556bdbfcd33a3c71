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

const closing = new TextEncoder().encode('}');
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

/** `none` when the line carries no sum at its end (other tools' lines do not). */
export function checkSeal(line: Uint8Array): 'none' | 'right' | 'wrong' {
  const start = line.length - sealLength;
  if (start < 1 || line[line.length - 2] !== 0x22 || line[line.length - 1] !== 0x7d) return 'none';
  for (let i = 0; i < prefix.length; i++) if (line[start + i] !== prefix[i]) return 'none';
  let sum = 0;
  for (let i = start + prefix.length; i < line.length - 2; i++) {
    const digit = hexDigit(line[i]!);
    if (digit < 0) return 'none';
    sum = sum * 16 + digit;
  }
  return crc32(closing, crc32(line.subarray(0, start))) === sum ? 'right' : 'wrong';
}

/** The value of a lower-case hexadecimal digit's byte, −1 for any other byte. */
function hexDigit(byte: number): number {
  return byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}
