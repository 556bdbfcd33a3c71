import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRng } from '../../src/base/rng';
import { trainerEnvironment } from '../../src/jobs/environment';
import { readModelFolder } from '../../src/modelio/folder';
import { scoreConfig, scorePadId } from '../../src/modelio/head-config';
import { writeModelFolder } from '../../src/modelio/write-folder';
import { parseModelConfig } from '../../src/models/config';
import { namedTensors } from '../../src/models/load';
import { initParams } from '../../src/models/model';
import type { RunKind } from '../../src/protocol/run';
import { createWorkspace, eventsOf, run, start, until, type Workspace } from './trainer-folder';

const bundled = resolve('media/sample/models/tiny-assistant');
/** Share by which a measured peak may differ from the plan: what Node and V8 take varies from run to run. */
const tolerance = 0.2;
const rows = 16;
const length = 64;

const text = (words: number, word = 'abc'): string => Array.from({ length: words }, () => word).join(' ');
const comparison = (i: number): object => ({ promptHash: `p${i}`, prompt: text(4), responses: [text(length >> 2), text(length >> 2, 'cab')], pairs: [{ i: 0, j: 1, p: 1, weight: 1, labeler: 'a', label: `l${i}` }], split: 'train' });
const times = <T>(make: (i: number) => T): T[] => Array.from({ length: 4 * rows }, (_, i) => make(i));

/** Random, with much attention for its size: passes of 400 MB that take a second. */
const wide = { vocab_size: 1536, hidden_size: 128, intermediate_size: 512, num_hidden_layers: 2, num_attention_heads: 16, num_key_value_heads: 4, max_position_embeddings: 256, rms_norm_eps: 1e-6, hidden_act: 'silu', tie_word_embeddings: true };
/** KiB of private memory in which the trainer starts, but that such a pass does not fit into. */
const limit = 230_000;
const passes = (folder: string): string => readFileSync(join(folder, 'memory.json'), 'utf8');

const bytesIn = (found: RegExpExecArray | null): number => {
  assert.ok(found !== null, 'the trainer does not say how much memory it takes');
  return Number.parseFloat(found[1]!) * (found[2] === 'GB' ? 1e9 : 1e6);
};

describe('trainer: memory', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  let reward: string;
  before(async () => {
    workspace = await createWorkspace();
    reward = join(mkdtempSync(join(tmpdir(), 'plumbline-reward-')), 'model');
    const { config: json, tokenizer } = await readModelFolder(bundled);
    const params = initParams(parseModelConfig(json, bundled), 'score', createRng(1));
    await writeModelFolder(reward, { config: scoreConfig(json, 'float32', { padId: scorePadId(tokenizer), mean: 0, std: 1 }), tensors: namedTensors(params), tokenizerFrom: bundled });
  });
  after(() => {
    workspace.remove();
    rmSync(join(reward, '..'), { recursive: true, force: true });
  });

  const supervised = { maxSteps: 3, batchSize: rows, maxLength: length, evalEvery: 0 };
  const ppo = { updates: 3, batchSize: rows, microBatchSize: rows, epochs: 1, evalPrompts: 0, sampling: { maxNewTokens: length >> 1 } };
  const runs: readonly (readonly [kind: RunKind, fields: { models: object; params: object }, data: readonly object[]])[] = [
    ['sft', { models: { base: bundled }, params: supervised }, times(() => ({ prompt: text(4), completion: text(length), split: 'train' }))],
    ['reward', { models: { base: bundled }, params: supervised }, times(comparison)],
    ['ppo', { models: { policy: bundled, get reward() { return reward; } }, params: ppo }, times(() => ({ prompt: text((length >> 1) - 2), split: 'train' }))],
  ];
  for (const [kind, fields, data] of runs) {
    // What Node itself takes, and what a peak is, differs between systems: the plan's constants were measured on Linux.
    it(`${kind} of the bundled model takes what its plan says`, async () => {
      if (process.platform !== 'linux') {
        console.log(`      not measured on ${process.platform}, only on Linux`);
        return;
      }
      const folder = workspace.run(`peak-${kind}`, kind, fields, data);
      const { code, stdout, stderr } = await run(folder, { env: trainerEnvironment(process.env) });
      assert.equal(code, 0, stderr);
      const planned = bytesIn(/About ([\d.]+) ([GM]B) of memory/.exec(eventsOf(folder, 'started')[0]!.plan!));
      const peak = bytesIn(/with at most ([\d.]+) ([GM]B) of memory/.exec(stdout));
      assert.ok(Math.abs(peak / planned - 1) <= tolerance, `${(planned / 1e6).toFixed(0)} MB planned, ${(peak / 1e6).toFixed(0)} MB measured: ${eventsOf(folder, 'started')[0]!.plan!}`);
    });
  }

  it('memory that runs out ends the run with a smaller plan; resumed without the limit, it finishes', async () => {
    if (process.platform !== 'linux') {
      console.log(`      did not run on ${process.platform}: only on Linux does ulimit -d limit all private memory`);
      return;
    }
    const folder = workspace.run('short', 'sft', { models: {}, params: { ...supervised, deNovo: { config: wide, tokenizer: bundled }, maxSteps: 6, maxLength: 256, checkpointEvery: 1 } }, times(() => ({ prompt: text(4), completion: text(250), split: 'train' })));
    const first = start(folder);
    await until(folder, first, (found) => found.includes('"type":"step","step":1,'));
    first.child.kill('SIGTERM');
    assert.equal((await first.ended).code, 3);
    const done = eventsOf(folder, 'stopped')[0]!.step;
    const chosen = passes(folder);

    const short = await run(folder, { limit });
    assert.equal(short.code, 2, short.stderr);
    const { message, code } = eventsOf(folder, 'failed')[0]!;
    assert.equal(code, 'run.outOfMemory');
    const told = /^The memory ran out: this run was to need (\d+) MB, .* Resume it: it goes on from its last checkpoint with .*, in about (\d+) MB\./.exec(message);
    assert.ok(told !== null && Number(told[2]) < Number(told[1]), message);
    assert.notEqual(passes(folder), chosen, 'a smaller plan is left');

    const { code: ended, stderr } = await run(folder);
    assert.equal(ended, 0, stderr);
    assert.ok(eventsOf(folder, 'started').at(-1)!.resumedFrom! >= done);
    assert.deepEqual(eventsOf(folder, 'step').map((e) => e.step), [1, 2, 3, 4, 5, 6]);
  });
});
