import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng';
import { checkSampling, sampleToken, type Probabilities, type SamplingParams } from '../../../src/models/sampling';

const all: SamplingParams = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 1, stopIds: [] };

/** One row of probabilities, with its sums over blocks as the graph makes them. */
function table(values: readonly number[], blockSize = 1): Probabilities {
  const total = values.reduce((a, b) => a + b, 0);
  const p = Float32Array.from(values, (x) => x / total);
  const blocks = Float32Array.from({ length: p.length / blockSize }, (_, b) => p.subarray(b * blockSize, (b + 1) * blockSize).reduce((a, x) => a + x, 0));
  return { values: p, blocks, vocabulary: p.length, blockSize };
}

/** The distribution by definition: sorted, cut to k, cut to the smallest set that reaches topP of what is left, normalised. */
function truncated(p: Float32Array, topK: number, topP: number): number[] {
  const order = [...p.keys()].sort((a, b) => p[b]! - p[a]! || a - b).slice(0, topK === 0 ? p.length : topK);
  const total = order.reduce((a, i) => a + p[i]!, 0);
  let mass = 0;
  const kept = order.filter((i) => {
    const keep = topP === 1 || mass < topP * total;
    mass += p[i]!;
    return keep;
  });
  const sum = kept.reduce((a, i) => a + p[i]!, 0);
  return [...p.keys()].map((i) => (kept.includes(i) ? p[i]! / sum : 0));
}

const vocabulary = 60;
const skewed = Array.from({ length: vocabulary }, (_, i) => Math.exp(3 * Math.sin(i * 1.7)));

describe('models/sampling', () => {
  // 99.9 % quantiles of chi-square by Wilson and Hilferty's approximation.
  const limit = (df: number): number => df * (1 - 2 / (9 * df) + 3.09 * Math.sqrt(2 / (9 * df))) ** 3;
  for (const [topK, topP, blockSize] of [[0, 1, 1], [0, 1, 6], [0, 1, 60], [7, 1, 6], [1, 1, 6], [0, 0.8, 6], [0, 0.05, 6], [20, 0.9, 6], [60, 0.5, 1]] as const) {
    it(`draws from the right distribution: topK ${topK}, topP ${topP}, blocks of ${blockSize}`, () => {
      const p = table(skewed, blockSize);
      const want = truncated(p.values, topK, topP);
      const rng = createRng(`${topK} ${topP} ${blockSize}`);
      const counts = new Array<number>(vocabulary).fill(0);
      const n = 50_000;
      for (let i = 0; i < n; i++) counts[sampleToken(p, 0, rng.next(), { ...all, topK, topP })]!++;
      let chi = 0;
      let df = -1;
      want.forEach((q, i) => {
        if (q === 0) assert.equal(counts[i], 0, `token ${i} is cut off`);
        else {
          chi += (counts[i]! - n * q) ** 2 / (n * q);
          df++;
        }
      });
      assert.ok(df === 0 ? chi === 0 : chi < limit(df), `chi-square ${chi} at ${df} degrees of freedom`);
    });
  }

  it('never draws what is impossible, at both ends of u, whatever the probabilities', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1, noNaN: true })), { minLength: 12, maxLength: 12 }).filter((a) => a.some((x) => x > 0)),
        fc.constantFrom(0, 1 - 2 ** -53, 0.5),
        fc.nat(13),
        fc.constantFrom(1, 0.9, 0.3, 1e-9),
        fc.constantFrom(1, 3, 12),
        (values, u, topK, topP, blockSize) => {
          const p = table(values, blockSize);
          assert.ok(truncated(p.values, topK, topP)[sampleToken(p, 0, u, { ...all, topK, topP })]! > 0);
        },
      ),
    );
  });

  it('cuts large vocabularies as small ones', () => {
    const rng = createRng(3);
    const p = table(Array.from({ length: 5000 }, () => Math.exp(4 * rng.normal())), 50);
    for (const [topK, topP] of [[50, 1], [1, 1], [0, 0.9], [0, 0.999], [300, 0.7]] as const) {
      const want = truncated(p.values, topK, topP);
      const seen = new Set<number>();
      for (let i = 0; i < 800; i++) seen.add(sampleToken(p, 0, rng.next(), { ...all, topK, topP }));
      for (const id of seen) assert.ok(want[id]! > 0, `topK ${topK}, topP ${topP}: token ${id}`);
      // Every token that 800 draws miss with a chance below 1e-13 was seen.
      want.forEach((q, id) => { if (q > 0.04) assert.ok(seen.has(id)); });
    }
  });

  it('reads its own row', () => {
    const p = { values: Float32Array.of(1, 0, 0, 0, 0, 1), blocks: Float32Array.of(1, 1), vocabulary: 3, blockSize: 3 };
    for (const params of [all, { ...all, temperature: 0 }, { ...all, topK: 2 }]) assert.deepEqual([sampleToken(p, 0, 0.5, params), sampleToken(p, 1, 0.5, params)], [0, 2]);
  });

  it('refuses parameters out of range', () => {
    for (const bad of [{ temperature: NaN }, { temperature: -1 }, { topK: 1.5 }, { topK: -1 }, { topP: 0 }, { topP: 1.1 }, { maxNewTokens: 0 }]) {
      assert.throws(() => { checkSampling({ ...all, ...bad }); }, new RegExp(Object.keys(bad)[0]!));
    }
  });
});
