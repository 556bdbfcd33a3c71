import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng';
import { checkpointOwner, resumeFrom, writeCheckpoint, type Checkpoint } from '../../../src/trainer/checkpoints';
import { accept } from '../../../src/trainer/accept';
import type { Prepared } from '../../../src/trainer/prepare';
import type { Snapshot } from '../../../src/training/algorithm';
import { runSchema } from '../../../src/protocol/run';

const run = runSchema.parse({ v: 1, id: 'r', name: 'r', kind: 'sft', createdAt: '2026-11-22T18:00:00.000Z', models: { base: 'm' }, params: {} });
const owner = checkpointOwner(run);
const snapshotOf = (step: number): Snapshot => ({ tensors: { w: Float32Array.from({ length: 40 }, (_, i) => i / 7 + step), m: Float32Array.of(step) }, state: { done: step, records: 0 } });

describe('trainer/checkpoints', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-checkpoint-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (step: number): Promise<void> => writeCheckpoint(folder, owner, step, snapshotOf(step));
  const resume = async (by = owner, restore: (c: Checkpoint) => void = () => undefined): Promise<{ step: number | undefined; said: string[]; snapshot: Snapshot | undefined }> => {
    const said: string[] = [];
    const found = await resumeFrom(folder, by, restore, (message) => said.push(message));
    return { step: found?.step, said, snapshot: found?.snapshot };
  };

  it('gives back what was written, to the bit, and keeps the last two', async () => {
    for (const step of [5, 10, 15, 20]) await write(step);
    assert.deepEqual(readdirSync(folder).sort(), ['checkpoint-15', 'checkpoint-20']);
    assert.deepEqual(await resume(), { step: 20, said: [], snapshot: snapshotOf(20) });
  });

  it('finds a flipped bit and a cut anywhere in any file, sets the checkpoint aside and takes the one before', async () => {
    await write(1);
    await write(2);
    const whole = `${folder}.whole`;
    cpSync(folder, whole, { recursive: true });
    const rng = createRng(20261127);
    const runs = Number(process.env['PLUMBLINE_RUNS'] ?? 40);
    try {
      for (const file of ['manifest.json', 'state.json', 'tensors.safetensors']) {
        const bytes = readFileSync(join(whole, 'checkpoint-2', file));
        const damaged = [
          ...Array.from({ length: runs }, () => rng.int(bytes.length)).map((at) => Buffer.from(bytes).fill(bytes[at]! ^ (1 << rng.int(8)), at, at + 1)),
          ...Array.from({ length: runs / 4 }, () => bytes.subarray(0, rng.int(bytes.length))),
          Buffer.concat([bytes, Buffer.of(0)]),
          Buffer.alloc(0),
          Buffer.alloc(bytes.length),
        ];
        for (const content of damaged) {
          writeFileSync(join(folder, 'checkpoint-2', file), content);
          const { step, said, snapshot } = await resume();
          assert.equal(step, 1, `${file}: ${content.toString('latin1').slice(0, 400)}`);
          assert.deepEqual(snapshot, snapshotOf(1));
          assert.match(said.join(), /^checkpoint-2 cannot be used \(.+\); it is set aside as checkpoint-2\.damaged\. Going back to the one before\.$/);
          assert.ok(readFileSync(join(folder, 'checkpoint-2.damaged', file)).equals(content), 'kept as it was');
          renameSync(join(folder, 'checkpoint-2.damaged'), join(folder, 'checkpoint-2'));
        }
        writeFileSync(join(folder, 'checkpoint-2', file), bytes);
      }
    } finally {
      rmSync(whole, { recursive: true });
    }
  });

  const spoiled: Record<string, { spoil: (checkpoint: string) => void; says: RegExp }> = {
    'a missing manifest': { spoil: (c) => { rmSync(join(c, 'manifest.json')); }, says: /manifest\.json/ },
    'a missing state': { spoil: (c) => { rmSync(join(c, 'state.json')); }, says: /state\.json/ },
    'missing tensors': { spoil: (c) => { rmSync(join(c, 'tensors.safetensors')); }, says: /tensors\.safetensors/ },
    'an empty folder': { spoil: (c) => { for (const f of readdirSync(c)) rmSync(join(c, f)); }, says: /manifest\.json/ },
    'a file in its place': { spoil: (c) => { rmSync(c, { recursive: true }); writeFileSync(c, 'x'); }, says: /manifest\.json|not a directory/ },
    'folders in place of files': { spoil: (c) => { rmSync(join(c, 'state.json')); mkdirSync(join(c, 'state.json')); }, says: /state\.json/ },
    'links that go round': { spoil: (c) => { rmSync(join(c, 'state.json')); symlinkSync('state.json', join(c, 'state.json')); }, says: /state\.json|symbolic/ },
    'an older format': { spoil: (c) => { edit(c, (m) => (m['v'] = 1)); }, says: /of format 1, from another version of Plumbline; this one reads format \d/ },
    'a newer format': { spoil: (c) => { edit(c, (m) => (m['v'] = 99)); }, says: /of format 99/ },
    'another step': { spoil: (c) => { edit(c, (m) => (m['step'] = 7)); }, says: /of step 7/ },
    'another kind': { spoil: (c) => { edit(c, (m) => (m['kind'] = 'ppo')); }, says: /of a run of kind ppo, and this one is of kind sft/ },
    'a manifest of megabytes': { spoil: (c) => { truncateSync(join(c, 'manifest.json'), 5e6); }, says: /5000000 bytes/ },
    'a name that leaves the folder': { spoil: (c) => { edit(c, (m) => (m['files'] = { ...(m['files'] as object), '../../secret': { bytes: 1, sha256: '' } })); }, says: /manifest\.json is damaged/ },
  };
  for (const [what, { spoil, says }] of Object.entries(spoiled)) {
    it(`sets aside one with ${what}, and says why`, async () => {
      await write(1);
      await write(2);
      spoil(join(folder, 'checkpoint-2'));
      const { step, said } = await resume();
      assert.equal(step, 1);
      assert.match(said.join(), says);
      assert.deepEqual(readdirSync(folder).sort(), ['checkpoint-1', 'checkpoint-2.damaged']);
      // Not again at the next start.
      assert.deepEqual((await resume()).said, []);
    });
  }

  it('is not taken for another run: other settings, seed, models or data', async () => {
    await write(1);
    for (const change of [{ seed: 1 }, { models: { base: 'other' } }, { hashes: { data: 'sha256:0' } }, { params: { ...run.params, batchSize: 3 } }]) {
      cpSync(join(folder, 'checkpoint-1'), join(folder, 'checkpoint-9'), { recursive: true });
      edit(join(folder, 'checkpoint-9'), (m) => (m['step'] = 9));
      const { step, said } = await resume(checkpointOwner({ ...run, ...change }));
      assert.equal(step, undefined);
      assert.match(said.join('\n'), /^checkpoint-9 .*of another run, or the settings in run\.json were changed.*\ncheckpoint-1 /);
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      await write(1);
    }
    assert.deepEqual(checkpointOwner({ ...run, name: 'renamed', threads: 3 } as typeof run), owner, 'its name and threads are free to change');
  });

  it('goes back from one that the algorithm does not take, and gives each a name of its own', async () => {
    for (const round of ['checkpoint-2.damaged', 'checkpoint-2.damaged-2', 'checkpoint-2.damaged-3']) {
      await write(1);
      await write(2);
      const { step, said } = await resume(owner, (c) => {
        if (c.step === 2) throw new Error('too many heads');
      });
      assert.equal(step, 1);
      assert.match(said.join(), /does not fit this run: too many heads/);
      assert.ok(existsSync(join(folder, round)));
    }
  });

  it('leaves one alone that cannot be read for now', async () => {
    await write(1);
    await write(2);
    const { stat } = promises;
    try {
      for (const error of [Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }), Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }), new RangeError('Array buffer allocation failed')]) {
        promises.stat = (() => Promise.reject(error)) as typeof stat;
        await assert.rejects(resume(), /checkpoint-2 cannot be read now \((EMFILE|EACCES|Array buffer).+\)\. See to that and resume the run, or move the folder away/);
      }
    } finally {
      promises.stat = stat;
    }
    assert.equal((await resume()).step, 2);
    assert.deepEqual(readdirSync(folder).sort(), ['checkpoint-1', 'checkpoint-2']);
  });

  it('is there as a whole or not at all, wherever its writer is killed', async () => {
    await write(1);
    await write(2);
    const whole = readdirSync(join(folder, 'checkpoint-2')).map((name) => ({ name, bytes: readFileSync(join(folder, 'checkpoint-2', name)) }));
    // The states on disk, in the order in which the writer goes through them.
    const order = ['state.json', 'tensors.safetensors', 'manifest.json'].map((name) => whole.find((f) => f.name === name)!);
    for (let files = 0; files <= order.length; files++) {
      for (const part of [0, 0.5, 1]) {
        const temporary = join(folder, '.checkpoint-3.tmp');
        mkdirSync(temporary);
        order.slice(0, files).forEach(({ name, bytes }, i) => {
          writeFileSync(join(temporary, name), bytes.subarray(0, i === files - 1 ? Math.floor(bytes.length * part) : bytes.length));
        });
        assert.deepEqual([(await resume()).step, (await resume()).said], [2, []]);
        assert.equal(existsSync(temporary), false);
      }
    }
    // Renamed, and the older one not yet removed.
    await write(3);
    cpSync(join(folder, 'checkpoint-2'), join(folder, 'checkpoint-1'), { recursive: true });
    assert.deepEqual([(await resume()).step, (await resume()).said], [3, []]);
    await write(4);
    assert.deepEqual(readdirSync(folder).sort(), ['checkpoint-3', 'checkpoint-4']);
  });

  it('is not taken when lines that were written before it are gone', () => {
    writeFileSync(join(folder, 'generations.jsonl'), '{}\n{}\n{"cut":');
    let restored = 0;
    const prepared = { records: { file: 'generations.jsonl' }, algorithm: { total: 9, done: () => restored, restore: (s: Snapshot) => (restored = Number(s.state['done'])) } } as unknown as Prepared;
    const checkpoint = (step: number, records: unknown): Checkpoint => ({ step, snapshot: { tensors: {}, state: { done: step, records } as Snapshot['state'] } });
    accept(folder, prepared, checkpoint(4, 2));
    assert.equal(restored, 4);
    assert.throws(() => { accept(folder, prepared, checkpoint(4, 3)); }, /generations\.jsonl has fewer than the 3 lines/);
    assert.throws(() => { accept(folder, prepared, { ...checkpoint(4, 2), step: 5 }); }, /its state is of step 4/);
    assert.throws(() => { accept(folder, prepared, checkpoint(10, 2)); }, /of step 10, and the run has 9/);
    for (const bad of [-1, 1.5, '2', undefined, null]) assert.throws(() => { accept(folder, prepared, checkpoint(4, bad)); }, /how many lines/);
    rmSync(join(folder, 'generations.jsonl'));
    assert.throws(() => { accept(folder, prepared, checkpoint(4, 1)); }, /fewer/);
    accept(folder, prepared, checkpoint(4, 0));
  });
});

function edit(checkpoint: string, change: (manifest: Record<string, unknown>) => void): void {
  const path = join(checkpoint, 'manifest.json');
  assert.ok(statSync(path).size > 0);
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  change(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}
