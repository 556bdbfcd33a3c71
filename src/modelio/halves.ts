/**
 * 16-bit floating point numbers, both kinds, to and from 32-bit ones. Rounding is to nearest, ties to even, as in PyTorch;
 * a NaN stays a NaN. All functions convert whole arrays: element i of `from` to element i of `to`.
 */

/** IEEE 754 binary16 → binary32, exact. */
export function halfToFloat(from: Uint16Array, to: Float32Array): void {
  const table = halfTable();
  const bits = bitsOf(to);
  for (let i = 0; i < from.length; i++) bits[i] = table[from[i]!]!;
}

/** bfloat16 → binary32, exact: the sixteen upper bits. */
export function brainToFloat(from: Uint16Array, to: Float32Array): void {
  const bits = bitsOf(to);
  for (let i = 0; i < from.length; i++) bits[i] = from[i]! << 16;
}

/** binary32 → bfloat16. What lies beyond the largest finite number by half a step or more becomes infinite. */
export function floatToBrain(from: Float32Array, to: Uint16Array): void {
  const bits = bitsOf(from);
  for (let i = 0; i < from.length; i++) {
    const u = bits[i]!;
    const isNaN = (u & 0x7fffffff) > 0x7f800000;
    to[i] = isNaN ? (u >>> 16) | 0x40 : (u + 0x7fff + ((u >>> 16) & 1)) >>> 16;
  }
}

/** binary32 → IEEE 754 binary16. Magnitudes from 65520 become infinite; those up to 2^-25 become zero. */
export function floatToHalf(from: Float32Array, to: Uint16Array): void {
  const bits = bitsOf(from);
  for (let i = 0; i < from.length; i++) to[i] = halfOfBits(bits[i]!);
}

function halfOfBits(u: number): number {
  const sign = (u >>> 16) & 0x8000;
  const magnitude = u & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more
  if (magnitude >= 0x38800000) {
    // Normal in both: re-bias the exponent (127 - 15 = 112) and round off 13 bits of the mantissa.
    return sign | ((magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25 is half of the smallest subnormal and goes to even, zero
  const shift = 126 - (magnitude >>> 23); // 14 to 24 bits to drop
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const half = 1 << (shift - 1);
  return sign | ((mantissa + half - 1 + ((mantissa >>> shift) & 1)) >>> shift);
}

let cachedHalfTable: Uint32Array | undefined;

/** The 32 bits of every 16-bit number: a table is faster than the case distinction. */
function halfTable(): Uint32Array {
  if (cachedHalfTable !== undefined) return cachedHalfTable;
  const table = new Uint32Array(65536);
  const value = new Float32Array(1);
  const bits = bitsOf(value);
  for (let h = 0; h < 65536; h++) {
    const exponent = (h >>> 10) & 31;
    const mantissa = h & 1023;
    if (exponent === 31) {
      table[h] = (((h & 0x8000) << 16) | 0x7f800000 | (mantissa << 13)) >>> 0;
      continue;
    }
    value[0] = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
    table[h] = (bits[0]! | ((h & 0x8000) << 16)) >>> 0;
  }
  cachedHalfTable = table;
  return table;
}

const bitsOf = (a: Float32Array): Uint32Array => new Uint32Array(a.buffer, a.byteOffset, a.length);
