import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { labelItems } from '../../../src/domain/content';
import type { Report } from '../../../src/jobs/report';
import type { RunReport } from '../../../src/jobs/run-report';
import type { RunView } from '../../../src/jobs/view';
import { readGenerations } from '../../../src/store/data-files';
import { appendLabels, newLabel } from '../../../src/store/label-files';
import { workspaceAt } from '../../../src/store/workspace';

const cli = resolve(process.env['PLUMBLINE_DIST'] ?? 'dist', 'cli.js');

/** The whole loop with the real trainer, on a model of random weights: small enough for seconds, and every file is real. */
describe('plumbline from prompts to a report', function () {
  this.timeout(180_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-loop-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((done) => child.on('close', (code) => { done({ code, stdout, stderr }); }));
  }

  async function json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.equal(code, 0, `plumbline ${args.join(' ')}:\n${stderr}\n${stdout}`);
    return JSON.parse(stdout) as T;
  }
  const train = async (...args: string[]): Promise<RunView> => (await json<{ run: RunView }>('train', ...args, '--threads', '1', '--seed', '3')).run;

  it('sets up and generates', async () => {
    cpSync('test/fixtures/modelio/bytelevel', join(folder, 'models', 'tiny'), { recursive: true });
    writeFileSync(join(folder, 'prompts.csv'), `prompt\n${Array.from({ length: 20 }, (_, i) => `"Say ${i}, please."`).join('\n')}\n`);
    writeFileSync(join(folder, 'plain.txt'), 'The sun rises.\nBread is made from flour.\n');
    await json('init', '--model', 'models/tiny');
    await json('import', 'prompts.csv');
    const made = await json<{ run: RunView; collected: { generations: number } }>('generate', '-n', '3', '--max-new-tokens', '8', '--threads', '1', '--seed', '3');
    assert.equal(made.collected.generations, 20);
    assert.equal(made.run.summary?.['answers'], 60);
    // The same seed, the same answers.
    const again = await json<{ run: RunView }>('generate', '-n', '3', '--max-new-tokens', '8', '--threads', '1', '--seed', '3', '--name', 'again');
    const texts = async (id: string): Promise<string[]> => (await readGenerations(workspaceAt(folder))).records.find((s) => s.name === id)!.records.flatMap((g) => g.responses.map((r) => r.text));
    assert.deepEqual(await texts(made.run.id), await texts(again.run.id));
  });

  it('learns from labels, tunes, measures, and resumes what was stopped', async () => {
    const workspace = workspaceAt(folder);
    const { records } = await readGenerations(workspace);
    const items = records[0]!.records;
    // A preference that can be learned: the shorter the better.
    const labels = items.map((g) => {
      const lengths = g.responses.map((r) => r.text.length);
      return newLabel({ task: 'ranking', labeler: 'by-length', promptHash: g.promptHash, items: labelItems(g), touched: true, verdict: 'ranked', ranks: lengths.map((n) => 1 + lengths.filter((m) => m < n).length) }, new Date());
    });
    await appendLabels(workspace, labels);

    const reward = await train('reward', '--epochs', '4', '--batch-size', '4', '--learning-rate', '3e-3');
    assert.equal(reward.state, 'finished');
    assert.ok((reward.summary?.['pairs'] ?? 0) > 0);
    assert.ok(reward.metrics['loss']! < 0.75);

    const ppo = ['ppo', '--updates', '4', '--batch-size', '8', '--max-new-tokens', '8', '--learning-rate', '1e-3', '--set', 'evalPrompts=4', '--set', 'checkpointEvery=1'];
    const whole = await train(...ppo, '--name', 'whole');
    assert.deepEqual([whole.state, whole.step], ['finished', 4]);

    // Start the same again, stop it at once, go on.
    await train(...ppo, '--name', 'halves', '--detach');
    const stopped = await json<{ run: RunView }>('stop');
    assert.ok(stopped.run.state === 'stopped' || stopped.run.state === 'finished', stopped.run.state);
    if (stopped.run.state === 'stopped') await json('resume', stopped.run.id);
    const weights = (id: string): Buffer => readFileSync(join(folder, '.plumbline', 'runs', id, 'model', 'model.safetensors'));
    assert.ok(weights(whole.id).equals(weights(stopped.run.id)), 'a run that was stopped and resumed has other weights');

    const measured = ['evaluate', '--max-new-tokens', '8', '--texts', 'plain.txt', '--threads', '1', '--seed', '3'];
    await json(...measured, '--policy', 'tiny');
    const after = await json<{ run: RunView }>(...measured, '--policy', whole.id);
    for (const name of ['perplexity', 'objective/scores', 'objective/exact_kl']) assert.ok(Number.isFinite(after.run.summary?.[name]), name);

    const report = await json<Report>('report', whole.id, '--out', 'out');
    assert.equal(report.ppo?.updates, 4);
    assert.equal(report.ppo.klKind, 'exact');
    assert.equal(report.ppo.before.trueRate, null);
    for (const side of [report.ppo.before, report.ppo.after]) assert.ok(side.reward !== null && side.perplexity !== null && side.answers > 0);
    assert.ok(report.rewardModel!.pairs > 0 && report.rewardModel!.accuracy !== null);
    assert.deepEqual(report.provenance.map((p) => p.holds), [true, true, null, null]);
    assert.deepEqual(readdirSync(join(folder, 'out')).sort(), ['report.html', 'report.json', 'report.md']);
    assert.match(readFileSync(join(folder, 'out', 'report.md'), 'utf8'), /^# What alignment changed/);
    // A run of another kind has a report on itself.
    const own = await json<RunReport>('report', 'again', '--out', 'own');
    assert.deepEqual([own.kind, own.name, own.summary['answers']], ['generate', 'again', 60]);
    assert.deepEqual(readdirSync(join(folder, 'own')).sort(), ['report.json', 'report.md']);
  });
});
