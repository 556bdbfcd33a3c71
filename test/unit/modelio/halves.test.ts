import assert from 'node:assert/strict';
import fc from 'fast-check';
import { brainToFloat, floatToBrain, floatToHalf, halfToFloat } from '../../../src/modelio/halves';

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** The value of 16 bits by the definition of the format. */
function valueOf(bits: number, exponentBits: number): number {
  const mantissaBits = 15 - exponentBits;
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = bits & (2 ** mantissaBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** (1 - bias - mantissaBits) : sign * (1 + mantissa * 2 ** -mantissaBits) * 2 ** (exponent - bias);
}

for (const [name, exponentBits, widen, narrow] of [
  ['float16', 5, halfToFloat, floatToHalf],
  ['bfloat16', 8, brainToFloat, floatToBrain],
] as const) {
  describe(`modelio/halves: ${name}`, () => {
    const wide = new Float32Array(65536);
    widen(all, wide);
    const toBits = (...values: number[]): number[] => {
      const out = new Uint16Array(values.length);
      narrow(Float32Array.from(values), out);
      return [...out];
    };

    it('widens every one of the 65,536 numbers to its exact value', () => {
      for (let i = 0; i < 65536; i++) assert.ok(Object.is(wide[i], valueOf(i, exponentBits)) || (Number.isNaN(wide[i]) && Number.isNaN(valueOf(i, exponentBits))), `bits ${i.toString(16)}`);
    });

    it('narrows every widened number to the same bits, and NaN to NaN', () => {
      const back = new Uint16Array(65536);
      narrow(wide, back);
      for (let i = 0; i < 65536; i++) {
        if (Number.isNaN(wide[i])) assert.ok(Number.isNaN(valueOf(back[i]!, exponentBits)), `bits ${i.toString(16)}`);
        else assert.equal(back[i], i, `bits ${i.toString(16)}`);
      }
    });

    it('rounds to nearest, ties to even, between every two neighbours', () => {
      const largest = 2 ** 15 - 2 ** (15 - exponentBits) - 1;
      const f32 = new Float32Array(1);
      const u32 = new Uint32Array(f32.buffer);
      for (let i = 0; i < largest; i++) {
        const [low, high] = [wide[i]!, wide[i + 1]!];
        const middle = low + (high - low) / 2;
        f32[0] = middle;
        const bits = u32[0]!;
        u32[0] = bits - 1;
        const below = f32[0];
        u32[0] = bits + 1;
        const above = f32[0];
        // The smallest bfloat16 neighbours are further apart than the smallest 32-bit step; halfway is exact everywhere.
        assert.deepEqual(toBits(below, middle, above, -below, -middle, -above), [i, i + (i & 1), i + 1, i | 0x8000, (i + (i & 1)) | 0x8000, (i + 1) | 0x8000], `between ${low} and ${high}`);
      }
    });

    it('overflows to infinity and keeps the sign of zero', () => {
      const infinity = toBits(Infinity)[0]!;
      const over = exponentBits === 5 ? 65520 : 3.4e38;
      assert.deepEqual(toBits(over, -over, 0, -0), [infinity, infinity | 0x8000, 0, 0x8000]);
      if (exponentBits === 5) assert.deepEqual(toBits(65519.99), [0x7bff]);
    });

    it('narrows any 32-bit number to the nearest one', () => {
      fc.assert(
        fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: -60000, max: 60000 }), (x) => {
          const bits = toBits(x)[0]!;
          const error = Math.abs(valueOf(bits, exponentBits) - x);
          for (const other of [bits - 1, bits + 1]) {
            if ((other & 0x7fff) < 0x7c00 && other >= 0 && other < 65536) assert.ok(error <= Math.abs(valueOf(other, exponentBits) - x));
          }
        }),
      );
    });
  });
}
