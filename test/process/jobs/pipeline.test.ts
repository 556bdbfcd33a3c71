import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../../../src/base/errors';
import { parsePipeline, planPipeline, runPipeline } from '../../../src/jobs/pipeline';
import type { PipelineStep } from '../../../src/jobs/pipeline';
import { compareRuns, comparisonText, planReproduce } from '../../../src/jobs/reproduce';
import { openRuns } from '../../../src/jobs/runs';
import type { Runs } from '../../../src/jobs/runs';
import type { Generation } from '../../../src/domain/records';
import type { Workspace } from '../../../src/store/workspace';
import { madeAnswers, madeLabels, madeWorkspace } from '../../unit/jobs/made';

describe('jobs/pipeline with a trainer process', function () {
  this.timeout(60_000);
  let workspace: Workspace;
  let generations: Generation[];
  let runs: Runs;
  beforeEach(async () => {
    workspace = await madeWorkspace();
    generations = await madeAnswers(workspace, 10);
    await madeLabels(workspace, 'anna', generations.slice(0, 8));
    runs = await openRuns({ runsFolder: join(workspace.folder, 'runs'), trainer: resolve('test/process/jobs/fake-trainer.cjs'), pollMs: 100 });
  });
  afterEach(async () => {
    for (const view of runs.list()) await runs.kill(view.id);
    runs.dispose();
    await delay(50);
    rmSync(workspace.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const pipeline = (ppo: object = {}, reward = 'steps 3 model') =>
    parsePipeline(
      JSON.stringify({
        v: 1,
        stages: [
          { id: 'reward', run: 'reward', name: reward },
          { id: 'ppo', run: 'ppo', name: 'steps 4 model', models: { reward: '@reward' }, ...ppo },
          { id: 'again', run: 'ppo', name: 'steps 2 model', models: { policy: '@ppo', reward: '@reward' } },
        ],
      }),
      'x.pipeline.json',
    );
  async function did(spec = pipeline()): Promise<string[]> {
    const steps: PipelineStep[] = [];
    const { stages } = await runPipeline({ workspace, runs }, spec, { tell: (step) => steps.push(step) });
    assert.deepEqual(stages.map((s) => s.id), ['reward', 'ppo', 'again']);
    return steps.filter((s) => s.what !== 'finished').map((s) => `${s.stage} ${s.what}`);
  }

  it('runs the stages with what those before have made, and then only what has changed', async () => {
    assert.deepEqual((await planPipeline({ workspace, runs: [] }, pipeline())).map((s) => s.does), ['run', 'unknown', 'unknown']);
    assert.deepEqual(await did(), ['reward started', 'ppo started', 'again started']);
    assert.deepEqual(await did(), ['reward skipped', 'ppo skipped', 'again skipped']);
    assert.deepEqual((await planPipeline({ workspace, runs: runs.list() }, pipeline())).map((s) => s.does), ['skip', 'skip', 'skip']);
    // A parameter of the middle: what follows has another policy, too.
    assert.deepEqual(await did(pipeline({ params: { kl: { coef: 0.2 } } })), ['reward skipped', 'ppo started', 'again started']);
    assert.deepEqual(await did(), ['reward skipped', 'ppo skipped', 'again skipped']);
    // More labels: everything.
    await madeLabels(workspace, 'anna', generations.slice(8));
    assert.deepEqual(await did(), ['reward started', 'ppo started', 'again started']);
    // What a stage has made is gone.
    const last = runs.list().find((r) => r.name === 'steps 2 model')!;
    rmSync(join(last.folder, 'model'), { recursive: true });
    assert.deepEqual(await did(), ['reward skipped', 'ppo skipped', 'again started']);
  });

  it('says which stage failed, and goes on from there', async () => {
    await assert.rejects(runPipeline({ workspace, runs }, pipeline({ name: 'steps 12 crash-at 7 model' }), { tell: () => undefined }), (e) => e instanceof UserError && /^Stage 2 of 3, "ppo" \(ppo\): .*interrupted/.test(e.message));
    assert.deepEqual(await did(pipeline({ name: 'steps 12 crash-at 7 model' })), ['reward skipped', 'ppo resumed', 'again started']);
    const ppo = runs.list().find((r) => r.name.startsWith('steps 12'))!;
    assert.deepEqual([ppo.state, ppo.step], ['finished', 12]);
  });

  it('makes a run again and compares; refuses when a model was changed', async () => {
    await did();
    const first = runs.list().find((r) => r.name === 'steps 4 model')!;
    const passes = '{"v":1,"maxCells":640,"recompute":false}\n';
    writeFileSync(join(first.folder, 'memory.json'), passes);
    const { plan, says } = await planReproduce(workspace, first);
    assert.match(says, /again, with its \d+ frozen examples, seed 0/);
    // The fake trainer goes by the name.
    const again = await runs.wait((await runs.submit({ ...plan, run: { ...plan.run, name: 'steps 4 model' } } as typeof plan)).id);
    const comparison = await compareRuns(first, again);
    assert.deepEqual(comparison.outputs, [{ role: 'model', same: true }]);
    assert.equal(readFileSync(join(again.folder, 'memory.json'), 'utf8'), passes, 'how passes were cut decides the last bits');
    assert.equal(comparison.partsAt, null);
    assert.match(comparisonText(comparison), /the same model as .*, byte for byte\.\nAll 4 numbers/);
    writeFileSync(join(again.folder, 'model', 'model.safetensors'), 'other');
    assert.match(comparisonText(await compareRuns(first, again)), /has NOT made the same model/);
    writeFileSync(join(workspace.root, 'models', 'tiny', 'model.safetensors'), 'changed');
    await assert.rejects(planReproduce(workspace, first), (e) => e instanceof UserError && e.code === 'jobs.model-changed' && /its policy model models\/tiny was changed/.test(e.message));
  });
});
