import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContradictionsReport } from '../../../src/jobs/contradictions';
import type { SweepReport } from '../../../src/jobs/over-optimisation';
import type { Comparison } from '../../../src/jobs/reproduce';
import type { RunView } from '../../../src/jobs/view';
import { readGenerations } from '../../../src/store/data-files';
import { workspaceAt } from '../../../src/store/workspace';
import { commandLine, endProcess, smallWorkspace, type CommandLine } from './command-line';

const sampling = { maxNewTokens: 6 };
const stages = [
  { id: 'sft', run: 'sft', from: 'chosen', params: { maxSteps: 2, batchSize: 4 } },
  { id: 'reward', run: 'reward', models: { base: '@sft' }, params: { maxSteps: 2, batchSize: 4 } },
  { id: 'ppo', run: 'ppo', models: { policy: '@sft', reward: '@reward' }, params: { updates: 3, batchSize: 4, miniBatches: 1, epochs: 1, evalPrompts: 2, checkpointEvery: 1, sampling } },
  { id: 'measure', run: 'evaluate', models: { policy: '@ppo', reward: '@reward' }, prompts: { split: 'test', limit: 2 }, params: { sampling } },
];

/** The real trainer on a model of random weights. The tests go on from one another, as a person would. */
describe('plumbline, many runs of the real trainer', function () {
  this.timeout(180_000);
  let line: CommandLine;
  before(async () => {
    line = commandLine();
    await smallWorkspace(line);
    writeFileSync(join(line.folder, 'all.pipeline.json'), JSON.stringify({ v: 1, name: 'all', seed: 3, stages }));
  });
  after(() => line.remove());

  const weights = (id: string): Buffer => line.file(id, 'model', 'model.safetensors');
  const found = (stage: string): string | undefined => line.ids().find((id) => id.endsWith(`all-${stage}`));
  const runOf = (stage: string): string => found(stage) ?? assert.fail(`no run of ${stage}`);
  const pipeline = (): Promise<{ stages: { id: string; run: string; skipped: boolean }[] }> => line.json('run-pipeline', 'all.pipeline.json', '--threads', '1');

  it('runs a pipeline, which goes on after kill -9 of everything', async () => {
    assert.match(await line.ok('run-pipeline', 'all.pipeline.json', '--dry-run'), /^sft: run .*\nreward: unknown .*@sft, which is not there yet/);
    const cut = line.start('run-pipeline', 'all.pipeline.json', '--threads', '1');
    const ppo = async (): Promise<string> => {
      for (;;) {
        const id = found('ppo');
        if (id !== undefined && existsSync(join(line.folder, '.plumbline', 'runs', id, 'checkpoint-1'))) return id;
        assert.equal(cut.child.exitCode, null, cut.stderr());
        await delay(5);
      }
    };
    const killed = await ppo();
    cut.child.kill('SIGKILL');
    endProcess((JSON.parse(line.file(killed, 'pid').toString()) as { pid: number }).pid);
    await cut.done;
    assert.deepEqual(line.ids().length, 3);

    const resumed = line.start('run-pipeline', 'all.pipeline.json', '--threads', '1');
    const { code, stderr } = await resumed.done;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /1\/4 sft: skipped .*nothing it depends on has changed/);
    assert.match(stderr, /3\/4 ppo: resumed .* goes on: it was interrupted at step \d/);
    assert.match(stderr, /4\/4 measure: started/);
    assert.equal(line.ids().length, 4);
  });

  it('skips what has not changed, and begins where something has', async () => {
    const { stages: done } = await pipeline();
    assert.deepEqual(done.map((s) => s.skipped), [true, true, true, true]);
    const other = stages.map((s) => (s.id === 'measure' ? { ...s, params: { sampling, samples: 2 } } : s));
    writeFileSync(join(line.folder, 'all.pipeline.json'), JSON.stringify({ v: 1, name: 'all', seed: 3, stages: other }));
    assert.deepEqual((await pipeline()).stages.map((s) => s.skipped), [true, true, true, false]);
    assert.match((await line.run('run-pipeline', 'none.pipeline.json')).stderr, /none\.pipeline\.json cannot be read/);
    writeFileSync(join(line.folder, 'wrong.pipeline.json'), JSON.stringify({ v: 1, stages: [{ id: 'a', run: 'sft', models: { base: '@b' } }] }));
    const wrong = await line.run('run-pipeline', 'wrong.pipeline.json');
    assert.deepEqual([wrong.code, /wrong\.pipeline\.json: the stage "a" takes @b as its base, but there is no stage "b"/.test(wrong.stderr)], [2, true]);
  });

  it('makes a run again, interrupted or not: the same weights, byte for byte, by the same passes', async () => {
    const first = runOf('ppo');
    assert.match(await line.ok('reproduce', first, '--dry-run'), /again, with its \d+ frozen examples, seed 3, on cpu\. ?\n?.*Nothing was started/s);
    const { comparison, run } = await line.json<{ comparison: Comparison; run: RunView }>('reproduce', first);
    assert.ok(comparison.outputs.find((o) => o.role === 'model')!.same);
    assert.ok(comparison.steps!.compared > 20);
    assert.deepEqual([comparison.partsAt, comparison.steps!.largest], [null, 0]);
    assert.ok(weights(first).equals(weights(run.id)));
    assert.deepEqual(line.file(run.id, 'memory.json'), line.file(first, 'memory.json'));

    // Data that are not what they were.
    const data = join(line.folder, '.plumbline', 'runs', first, 'data.jsonl');
    const text = readFileSync(data, 'utf8');
    writeFileSync(data, `${text}\n`);
    const refused = await line.run('reproduce', first);
    assert.deepEqual([refused.code, /its hash differs/.test(refused.stderr)], [2, true]);
    writeFileSync(data, text);
  });

  it('draws the over-optimisation curve, and measures nothing twice', async () => {
    await line.json('train', 'reward', '--half', '2', '--name', 'other', '--max-steps', '1', '--threads', '1');
    const sweep = ['over-optimization', '--policy', runOf('sft'), '--reward', runOf('reward'), '--held-out', 'other', '--betas', '0.1', '--updates', '1', '--n', '4', '--samples', '1', '--limit', '3', '--max-new-tokens', '4', '--threads', '1', '--seed', '2', '--out', 'curve'];
    const dry = (await line.ok(...sweep, '--dry-run')).trim();
    assert.match(dry, /^PPO with β 0\.1, then its evaluation\n.*Nothing was started\.$/s);
    const report = await line.json<SweepReport>(...sweep);
    assert.deepEqual(report.points.map((p) => [p.kind, p.name]), [['best-of-n', 'best of 1'], ['best-of-n', 'best of 2'], ['best-of-n', 'best of 4'], ['rl', 'all: ppo'], ['rl', 'all: ppo again'], ['rl', 'PPO, β 0.1']]);
    assert.deepEqual([report.prompts, report.answers], [3, 4]);
    assert.ok(report.points.every((p) => p.kl >= 0 && [p.proxy, p.heldOut].every((e) => e.low! <= e.value && e.value <= e.high!)));
    assert.match(readFileSync(join(line.folder, 'curve', 'over-optimization.md'), 'utf8'), /over-optimization\.svg/);
    assert.match(readFileSync(join(line.folder, 'curve', 'over-optimization.svg'), 'utf8'), /^<svg/);
    const before = line.ids().length;
    const again = sweep.filter((_, i) => i < 7 || i > 10);
    assert.deepEqual((await line.json<SweepReport>(...again)).points, report.points);
    assert.equal(line.ids().length, before, 'everything was measured');
    const same = await line.run('over-optimization', '--reward', 'other', '--held-out', 'other');
    assert.deepEqual([same.code, /both the reward model that is followed and the held-out one/.test(same.stderr)], [2, true]);
    assert.match((await line.run(...sweep.slice(0, 7), '--betas', '0.1,x')).stderr, /"x" is no KL coefficient/);
  });

  it('finds labels that reward models contradict, and samples the next round from the tuned model', async () => {
    assert.match((await line.run('contradictions')).stderr, /Nothing is scored yet/);
    await line.json('score', '--reward', runOf('reward'), '--threads', '1');
    const report = await line.json<ContradictionsReport>('contradictions', '--limit', '3');
    assert.ok(report.contradicted.length > 0 && report.contradicted.length <= 3);
    for (const c of report.contradicted) {
      assert.ok(c.against > 0.5 && c.labeler === 'anna');
      assert.match(`${c.labelers} | ${c.models}`, /^A good answer (\d+)\. \| Bad \1\.$/, 'the model takes the other for the best');
    }
    assert.match(await line.ok('contradictions'), /^# Labels that reward models contradict/);

    const round = await line.json<{ run: RunView; collected: { generations: number } }>('next-round', '--policy', runOf('ppo'), '--reward', runOf('reward'), '--answers', '3', '--limit', '6', '--keep', '4', '--max-new-tokens', '4', '--threads', '1');
    assert.equal(round.collected.generations, 4);
    const made = (await readGenerations(workspaceAt(line.folder))).records.find((s) => s.name === round.run.id)!.records;
    assert.deepEqual(made.map((g) => g.responses.length), [3, 3, 3, 3]);
    assert.equal(new Set(made.flatMap((g) => g.responses.map((r) => r.source))).size, 2, 'of the tuned model and of the one it started from');
  });

  it('gives the command line of lm_eval', async () => {
    const { model, command } = await line.json<{ model: string; command: string }>('lm-eval', runOf('ppo'), '--task', 'blimp', '--task', 'piqa', '--batch-size', '2', '--out', 'it\'s here');
    assert.equal(model, join(line.folder, '.plumbline', 'runs', runOf('ppo'), 'model'));
    assert.equal(command, `lm_eval --model hf --model_args pretrained=${model},dtype=float32 --tasks blimp,piqa --batch_size 2 --output_path 'it'\\''s here'`);
    assert.match(await line.ok('lm-eval'), /pretrained=.*models\/tiny,dtype/);
    assert.deepEqual((await line.run('lm-eval', 'nobody')).code, 2);
  });
});
