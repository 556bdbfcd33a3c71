import assert from 'node:assert/strict';
import type { Graph } from '../../../src/engine/graph';
import { createSession, type Feed } from '../../../src/engine/session';
import { view, zerosLike, type Params } from '../../../src/models/params';
import { languageModelGraph } from '../../../src/training/language-model';
import { criticTop, distributionGraph, exactKlGraph, policyTop } from '../../../src/training/ppo-graphs';
import { rewardTop } from '../../../src/training/reward';
import { wholeGraph } from '../../../src/training/top';
import { weightFeeds } from '../../../src/training/trainable';
import { configOf, fixture, maxDifference, paramsOf, relativeError, unpack, type Tensors } from '../engine/fixture';

/** `test/fixtures/engine/make.py` computes these losses and all their gradients with PyTorch, on the same weights and tokens. */
interface Loss {
  loss: number;
  grads: Tensors;
}
interface Fixture {
  config: unknown;
  params: Tensors;
  score: string;
  ids: number[][];
  index: number[];
  targets: number[];
  crossEntropy: Loss & { weights: number[]; logProb: number[]; isTop: number[] };
  policy: Loss & { weights: number[]; temperature: number; clipRange: number; oldLogProb: number[]; advantages: number[]; logProb: number[]; entropy: number[] };
  value: Loss & { weights: number[]; mean: number; std: number; clipRange: number; coef: number; oldValues: number[]; returns: number[]; values: number[] };
  reward: Loss & { ends: number[]; i: number[]; j: number[]; weightI: number[]; weightJ: number[]; weightCentre: number[]; scores: number[] };
  kl: { temperature: number; reference: Tensors; kl: number[] };
}

const floats = (xs: readonly number[]): Float32Array => Float32Array.from(xs);
const ints = (xs: readonly number[]): BigInt64Array => BigInt64Array.from(xs, BigInt);

describe('losses against PyTorch', () => {
  const f = fixture('losses.json') as Fixture;
  const config = configOf(f.config);
  const policy = paramsOf(config, 'lm', f.params);
  const scored = paramsOf(config, 'score', { ...f.params, 'score.weight': f.score });
  const shape = [f.ids.length, f.ids[0]!.length, f.index.length] as const;
  const tokens = { ids: ints(f.ids.flat()), index: ints(f.index), targets: ints(f.targets) };

  async function run(graph: Graph, params: Params, feeds: Record<string, Feed>): Promise<{ out: Record<string, Feed>; grads: Params }> {
    const grads = zerosLike(params);
    const session = await createSession(graph, { threads: 2 });
    const into = Object.fromEntries(params.specs.map(({ name }) => [`grad:${name}`, view(grads, name)]));
    const all = { ...weightFeeds(params), ...feeds };
    const wanted = new Set(graph.outputs.map((o) => o.name));
    const out = await session.run(all, Object.fromEntries(Object.entries(into).filter(([n]) => wanted.has(n))));
    await session.release();
    return { out, grads };
  }

  function assertGradients(grads: Params, want: Tensors): void {
    assert.deepEqual(new Set(Object.keys(want)), new Set(grads.specs.map((s) => s.name)));
    for (const { name } of grads.specs) {
      const error = relativeError(view(grads, name), unpack(want[name]!));
      assert.ok(error < 1e-3, `gradient of ${name} is off by ${error}`);
    }
  }
  const near = (got: Feed | undefined, want: readonly number[], tolerance: number): void => {
    const difference = maxDifference(got as Float32Array, want);
    assert.ok(difference < tolerance, `differs by ${difference}`);
  };

  it('cross-entropy of counted tokens, with a filler slot', async () => {
    const { weights, logProb, isTop, loss, grads: want } = f.crossEntropy;
    const { out, grads } = await run(languageModelGraph(config, shape, true), policy, { ...tokens, slotWeights: floats(weights) });
    near(out['logProb'], logProb, 1e-5);
    assert.deepEqual([...(out['isTop'] as Uint8Array)], isTop);
    const ours = -[...(out['logProb'] as Float32Array)].reduce((s, x, i) => s + x * weights[i]!, 0);
    assert.ok(Math.abs(ours - loss) < 1e-5 * Math.max(1, Math.abs(loss)), `${ours} is not ${loss}`);
    assertGradients(grads, want);
  });

  it('clipped policy loss at a temperature', async () => {
    const { weights, temperature, clipRange, oldLogProb, advantages, logProb, entropy, grads: want } = f.policy;
    const feeds = { ...tokens, slotWeights: floats(weights), oldLogProb: floats(oldLogProb), advantages: floats(advantages) };
    const { out, grads } = await run(wholeGraph(config, policyTop(config, shape, temperature, clipRange)), policy, feeds);
    near(out['logProb'], logProb, 1e-5);
    near(out['entropy'], entropy, 1e-5);
    assertGradients(grads, want);
  });

  it('clipped value loss', async () => {
    const { weights, mean, std, clipRange, coef, oldValues, returns, values, grads: want } = f.value;
    const feeds = { ids: tokens.ids, index: tokens.index, slotWeights: floats(weights), oldValues: floats(oldValues), returns: floats(returns) };
    const { out, grads } = await run(wholeGraph(config, criticTop(config, shape, { mean, std }, clipRange, coef)), scored, feeds);
    near(out['values'], values, 1e-5);
    assertGradients(grads, want);
  });

  it('reward loss over pairs: a preference, a doubted one, a tie, a filler, and centering', async () => {
    const { ends, i, j, weightI, weightJ, weightCentre, scores, loss, grads: want } = f.reward;
    const feeds = { ids: tokens.ids, ends: ints(ends), i: ints(i), j: ints(j), weightI: floats(weightI), weightJ: floats(weightJ), weightCentre: floats(weightCentre), margin: new Float32Array(i.length) };
    const { out, grads } = await run(wholeGraph(config, rewardTop(config, [shape[0], shape[1]], i.length)), scored, feeds);
    near(out['scores'], scores, 1e-5);
    near(out['loss'], [loss], 1e-5);
    assertGradients(grads, want);
  });

  it('exact KL divergence from another model, over the whole vocabulary', async () => {
    const { temperature, reference, kl } = f.kl;
    const own = await run(distributionGraph(config, shape, temperature), policy, tokens);
    const { out } = await run(exactKlGraph(config, shape, temperature), paramsOf(config, 'lm', reference), { ...tokens, logProbs: own.out['logProbs']! });
    near(out['kl'], kl, 1e-5);
  });
});
