import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { findModel, findRun, hashModel, lastFinished } from '../../../src/jobs/model-ref';
import type { RunView } from '../../../src/jobs/view';
import { hashFiles } from '../../../src/modelio/file-hash';
import { projectSchema } from '../../../src/protocol/project';
import { createWorkspace } from '../../../src/store/workspace';
import type { Workspace } from '../../../src/store/workspace';

const code = (expected: string) => (e: unknown) => e instanceof UserError && e.code === expected;

describe('jobs/model-ref', () => {
  let root: string;
  let workspace: Workspace;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'plumbline-models-'));
    workspace = await createWorkspace(root);
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function model(path: string, text = 'weights'): string {
    const folder = join(root, path);
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of [['config.json', '{}'], ['tokenizer.json', '{"a":1}'], ['model.safetensors', text]] as const) writeFileSync(join(folder, name), content);
    return folder;
  }

  const run = (id: string, kind: RunView['kind'], state: RunView['state'] = 'finished'): RunView => ({
    id, kind, name: `name of ${id}`, folder: join(workspace.folder, 'runs', id), state, createdAt: '', step: 1, total: 1, percent: 100, metrics: {}, warnings: [],
    ...(state === 'finished' ? { outputs: { model: 'model' } } : {}),
  });
  const project = projectSchema.parse({ models: { tiny: { path: 'models/tiny' }, rm: { path: 'models/rm', kind: 'reward' } } });

  it('hashes a model as the trainer does, and notices a change', async () => {
    const folder = model('models/tiny');
    const before = await hashModel(folder);
    assert.equal(before, (await hashFiles(folder, ['config.json', 'tokenizer.json', 'model.safetensors'])).hash);
    assert.equal(await hashModel(folder), before);
    appendFileSync(join(folder, 'model.safetensors'), '!');
    assert.notEqual(await hashModel(folder), before);
    rmSync(join(folder, 'model.safetensors'));
    for (const shard of ['a.safetensors', 'b.safetensors']) writeFileSync(join(folder, shard), shard);
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { x: 'b.safetensors', y: 'a.safetensors', z: 'b.safetensors' } }));
    assert.equal(await hashModel(folder), (await hashFiles(folder, ['config.json', 'tokenizer.json', 'a.safetensors', 'b.safetensors'])).hash);
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { x: '../b.safetensors' } }));
    await assert.rejects(hashModel(folder), code('jobs.no-weights'));
    rmSync(join(folder, 'model.safetensors.index.json'));
    await assert.rejects(hashModel(folder), code('jobs.no-weights'));
  });

  it('finds a model by its name, its run, its folder, or by what it is for', async () => {
    model('models/tiny');
    model('models/rm');
    const outside = mkdtempSync(join(tmpdir(), 'plumbline-outside-'));
    try {
      for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) writeFileSync(join(outside, name), '{}');
      const runs = [run('20260101-reward-a', 'reward'), run('20260102-ppo-b', 'ppo'), run('20260103-ppo-c', 'ppo', 'failed')];
      for (const r of runs) model(`.plumbline/runs/${r.id}/model`, r.id);
      const find = (role: 'policy' | 'reward', name?: string) => findModel(workspace, project, runs, role, name);
      assert.deepEqual(await find('policy').then((m) => [m.path, m.source, m.run]), ['models/tiny', 'tiny', undefined]);
      assert.deepEqual(await find('reward').then((m) => [m.path, m.run]), ['.plumbline/runs/20260101-reward-a/model', '20260101-reward-a']);
      assert.equal((await findModel(workspace, project, [], 'reward')).path, 'models/rm');
      assert.deepEqual(await find('policy', '20260102').then((m) => [m.source, m.run]), ['policy@20260102-ppo-b', '20260102-ppo-b']);
      assert.equal((await find('policy', '.plumbline/runs/20260102-ppo-b/model')).run, '20260102-ppo-b');
      assert.equal((await find('policy', outside)).path, outside);
      await assert.rejects(find('policy', 'nothing'), (e) => code('jobs.unknown-model')(e) && /tiny, rm, 20260101-reward-a/.test((e as Error).message));
      await assert.rejects(find('policy', '20260103-ppo-c'), code('jobs.run-without-model'));
      const empty = projectSchema.parse({});
      await assert.rejects(findModel(workspace, empty, [], 'policy'), code('jobs.no-model'));
      await assert.rejects(findModel(workspace, empty, [], 'reward'), (e) => code('jobs.no-reward-model')(e) && (e as UserError).action?.command === 'plumbline.trainReward');
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('names a run by a part of its id, but only when that is one run', () => {
    const runs = [run('20260101-100000-ppo-tune', 'ppo'), run('20260101-110000-ppo-tune', 'ppo'), run('20260102-100000-reward-x', 'reward')];
    assert.equal(findRun(runs, 'last')?.id, '20260102-100000-reward-x');
    assert.equal(findRun(runs, 'reward-x')?.id, '20260102-100000-reward-x');
    assert.equal(findRun(runs, '20260101-10')?.id, '20260101-100000-ppo-tune');
    assert.equal(findRun(runs, 'nothing'), undefined);
    assert.throws(() => findRun(runs, '20260101'), code('jobs.ambiguous-run'));
    assert.equal(lastFinished(runs, 'ppo')?.id, '20260101-110000-ppo-tune');
  });
});
