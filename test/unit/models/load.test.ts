import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng';
import { constant, newGraph, output, type Graph, type Value } from '../../../src/engine/graph';
import { gather, reshape } from '../../../src/engine/ops';
import { createSession } from '../../../src/engine/session';
import { readModelFolder } from '../../../src/modelio/folder';
import { causalConfig } from '../../../src/modelio/head-config';
import { openSafetensors } from '../../../src/modelio/safetensors';
import { writeModelFolder } from '../../../src/modelio/write-folder';
import { writeSafetensors } from '../../../src/modelio/write-safetensors';
import { hidden, initParams, logitsAt, paramConstants, scores } from '../../../src/models/model';
import { loadParams, namedTensors } from '../../../src/models/load';
import { view } from '../../../src/models/params';
import type { Weights } from '../../../src/modelio/weights';
import { expected, fixtureModel, root } from './fixture';

/** Runs a graph of the hidden states of one row at some of its positions. */
async function run(name: string, ids: readonly number[], positions: readonly number[], head: (g: Graph, p: Record<string, Value>, h: Value) => Value): Promise<Float32Array> {
  const { config, params } = await fixtureModel(name);
  const g = newGraph();
  const p = paramConstants(g, params);
  const h = hidden(g, config, p, constant(g, BigInt64Array.from(ids, BigInt), 'int64', [1, ids.length], 'ids'));
  const at = constant(g, BigInt64Array.from(positions, BigInt), 'int64', [positions.length], 'at');
  output(g, 'out', head(g, p, gather(g, reshape(g, h, [-1, config.hiddenSize]), at)));
  const session = await createSession(g, { threads: 1 });
  const out = Float32Array.from((await session.run({}))['out'] as Float32Array);
  await session.release();
  return out;
}

describe('models/load', () => {
  for (const name of ['bytelevel', 'fallback', 'half'] as const) {
    it(`a folder of transformers gives transformers' logits (${name})`, async () => {
      const { ids, positions, logits } = expected[name];
      const { config } = await fixtureModel(name);
      const ours = await run(name, ids, positions, (g, p, h) => logitsAt(g, config, p, h));
      logits.flat().forEach((x, i) => { assert.ok(Math.abs(x - ours[i]!) < 1e-4, `logit ${i}: ${x} and ${ours[i]!}`); });
    });
  }

  it("a reward model of transformers gives transformers' scores", async () => {
    const { config } = await fixtureModel('reward');
    for (const [i, ids] of expected.reward.ids.entries()) {
      const [score] = await run('reward', ids, [ids.length - 1], (g, p, h) => scores(g, config, p, h));
      assert.ok(Math.abs(score! - expected.reward.scores[i]!) < 1e-4, `${score!} and ${expected.reward.scores[i]!}`);
    }
  });

  it('keeps the fresh head of a reward model that starts from a language model, and says so', async () => {
    const { weights } = await readModelFolder(`${root}/bytelevel`);
    const { config } = await fixtureModel('bytelevel');
    const params = initParams(config, 'score', createRng(1));
    const head = view(params, 'score.weight').slice();
    assert.deepEqual(await loadParams(params, weights, 'm', ['score.weight']), ['score.weight']);
    assert.deepEqual(view(params, 'score.weight'), head);
    assert.deepEqual(view(params, 'model.norm.weight'), await weights.read('model.norm.weight'));
    await assert.rejects(loadParams(params, weights, 'm'), /no tensor "score.weight"/);
  });

  it('refuses weights of another shape, and weights that the configuration does not account for', async () => {
    const { weights } = await readModelFolder(`${root}/bytelevel`);
    const { config } = await fixtureModel('bytelevel');
    const load = (change: object): Promise<unknown> => loadParams(initParams({ ...config, ...change }, 'lm', createRng(0)), weights, 'folder m');
    await assert.rejects(load({ vocabSize: 321 }), /folder m: tensor "model.embed_tokens.weight" has shape \[320, 32\], config.json asks for \[321, 32\]/);
    await assert.rejects(load({ layers: 1 }), /folder m has a tensor "model.layers.1.[a-z_.]+" that config.json does not account for/);
    const old = weights.tensors.get('model.norm.weight')!;
    const withOldBuffer: Weights = { ...weights, tensors: new Map([...weights.tensors, ['model.layers.0.self_attn.rotary_emb.inv_freq', old]]) };
    assert.deepEqual(await loadParams(initParams(config, 'lm', createRng(0)), withOldBuffer, 'm'), []);
  });

  it('what is written reads back equal, whatever the order of tensors in memory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
    const { config, params } = await fixtureModel('bytelevel');
    const source = await readModelFolder(`${root}/bytelevel`);
    await writeModelFolder(join(folder, 'm'), { config: causalConfig(source.config, 'float32'), tensors: namedTensors(params), tokenizerFrom: source.folder });
    const again = initParams(config, 'lm', createRng(9));
    await loadParams(again, (await readModelFolder(join(folder, 'm'))).weights, 'm');
    assert.deepEqual(again.data, params.data);
    await writeSafetensors(join(folder, 'x'), namedTensors(params));
    assert.deepEqual([...(await openSafetensors(join(folder, 'x'))).tensors.keys()], params.specs.map((s) => s.name));
    await rm(folder, { recursive: true });
  });
});
