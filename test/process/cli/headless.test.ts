import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Report } from '../../../src/jobs/report';

const cli = resolve(process.env['PLUMBLINE_DIST'] ?? 'dist', 'cli.js');

function headless(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [cli, 'headless', ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done) => child.on('close', (code) => { done({ code, stdout, stderr }); }));
}

/** The loop on the sample that ships, with fewer answers than a person would want; `npm start -- --headless` is the whole of it. */
describe('plumbline headless', function () {
  this.timeout(240_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-headless-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  it('goes through every stage and writes a report', async () => {
    const workspace = join(folder, 'workspace');
    const ran = await headless('--seed', '4', '--prompts', '40', '--answers', '3', '--updates', '2', '--workspace', workspace, '--out', join(folder, 'out'));
    assert.equal(ran.code, 0, ran.stderr);
    for (const stage of ['1/6 generate', '2/6 label', '3/6 train the reward model', '4/6 measure before', '5/6 tune with PPO', '6/6 measure after']) assert.ok(ran.stderr.includes(stage), stage);
    const report = JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8')) as Report;
    assert.equal(report.seed, 4);
    assert.ok(report.seconds > 0);
    const { rewardModel: rm, ppo } = report;
    assert.ok(rm !== null && ppo !== null);
    assert.ok(rm.pairs > 0 && rm.accuracy! > 0 && rm.accuracy! <= 1 && rm.ceiling! > 0.5 && rm.trueOrder! > 0.5);
    assert.equal(ppo.updates, 2);
    assert.ok(ppo.kl! > 0 && ppo.kl! < 20);
    for (const side of [ppo.before, ppo.after]) {
      assert.equal(side.answers, 244);
      assert.ok(side.trueRate! > 0 && side.trueRate! < 1 && side.perplexity! > 1 && Number.isFinite(side.reward));
    }
    assert.notEqual(ppo.before.reward, ppo.after.reward);
    assert.ok(report.labelers.length === 3 && report.labelers.every((l) => l.simulated && l.labels === 40));
    assert.equal(ran.stdout, readFileSync(join(folder, 'out', 'report.md'), 'utf8'));
    assert.match(ran.stdout, /All labels are by simulated labelers, not by people/);
    assert.equal(existsSync(join(workspace, 'report.json')), false);
  });

  it('says which stage failed and why', async () => {
    const workspace = join(folder, 'workspace');
    cpSync('media/sample', workspace, { recursive: true });
    rmSync(join(workspace, 'models', 'tiny-assistant', 'model.safetensors'));
    const ran = await headless('--workspace', workspace);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /error: generate answers failed: .*models.tiny-assistant holds no model/);
  });
});
