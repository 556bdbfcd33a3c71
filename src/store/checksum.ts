const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 (IEEE 802.3, as in zip and PNG) of bytes, continued from `crc` when given. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let c = ~crc;
  for (const byte of bytes) c = table[(c ^ byte) & 255]! ^ (c >>> 8);
  return ~c >>> 0;
}

const closing = new TextEncoder().encode('}');
const suffixLength = ',"sum":"00000000"}'.length;

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
  const start = line.length - suffixLength;
  if (start < 1) return 'none';
  const suffix = String.fromCharCode(...line.subarray(start));
  const match = /^,"sum":"([0-9a-f]{8})"\}$/.exec(suffix);
  if (!match) return 'none';
  return crc32(closing, crc32(line.subarray(0, start))) === parseInt(match[1]!, 16) ? 'right' : 'wrong';
}
