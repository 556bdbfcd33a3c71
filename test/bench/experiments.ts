import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCurves } from '../../src/jobs/curve-reader';
import { experimentRow } from '../../src/jobs/experiments';
import { openRuns } from '../../src/jobs/runs';
import { openSummaries } from '../../src/jobs/summaries';
import { emptyNote } from '../../src/protocol/experiments';

const at = '2026-01-05T10:00:00.000Z';
const names = ['objective/kl', 'objective/scores', 'objective/entropy', 'objective/rlhf_reward', 'objective/scores_std', 'objective/kl_coef', 'objective/eos_rate', 'policy/approxkl_avg', 'policy/clipfrac_avg', 'policy/entropy_avg', 'policy/grad_norm', 'loss/policy_avg', 'loss/value_avg', 'val/clipfrac_avg', 'val/ratio', 'val/ratio_var', 'val/var_explained', 'lr', 'episode', 'tokens_per_second/generate'];

/**
 * What opening the experiment panel costs where the files are read: 200 finished runs of 2,000 steps. Milliseconds of the processor, user and system, since these
 * machines are shared; the disk's cache is warm.
 */
export async function benchExperiments(count = 200, steps = 2000): Promise<string[]> {
  const runsFolder = mkdtempSync(join(tmpdir(), 'plumbline-runs-'));
  try {
    for (let i = 0; i < count; i++) {
      const id = `20260105-${100000 + i}-ppo-made`;
      mkdirSync(join(runsFolder, id));
      const lines = [{ type: 'started', at, pid: 1, total: steps }, ...Array.from({ length: steps }, (_, n) => ({ type: 'step', step: n + 1, metrics: Object.fromEntries(names.map((name, k) => [name, Math.sin(n * (k + 1)) + i])), total: steps, secondsLeft: 0, at })), { type: 'finished', at, step: steps, seconds: 1, outputs: {}, summary: { 'objective/scores': i } }];
      writeFileSync(join(runsFolder, id, 'events.jsonl'), lines.map((l) => `${JSON.stringify(l)}\n`).join(''));
      writeFileSync(join(runsFolder, id, 'run.json'), JSON.stringify({ v: 1, id, name: `run ${i}`, kind: 'ppo', createdAt: at, seed: i, models: { policy: 'm', reward: 'r' }, params: {} }));
    }
    const rows: string[] = ['| 200 runs of 2,000 steps | ms of processor | ms |', '|---|---|---|'];
    const measured = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const [cpu, began] = [process.cpuUsage(), performance.now()];
      const result = await work();
      const { user, system } = process.cpuUsage(cpu);
      rows.push(`| ${what} | ${((user + system) / 1000).toFixed(0)} | ${(performance.now() - began).toFixed(0)} |`);
      return result;
    };
    const summariesFile = join(runsFolder, '.summaries.json');
    const noted = async (): Promise<Awaited<ReturnType<typeof openSummaries>>> => openSummaries(summariesFile, (error) => {
      throw error;
    });
    const first = await measured('first look of a window at all runs, ever', async () => openRuns({ runsFolder, trainer: 'none', mayStart: () => false, summaries: await noted() }));
    while (!existsSync(summariesFile)) await new Promise((done) => setTimeout(done, 100));
    first.dispose();
    const runs = await measured('first look of the next window', async () => openRuns({ runsFolder, trainer: 'none', mayStart: () => false, summaries: await noted() }));
    const views = runs.list();
    const rowsSent = await measured('rows of the table', () => Promise.resolve(JSON.stringify(views.map((v) => experimentRow(v, runs.spec(v.id), emptyNote, 0)))));
    const curves = openCurves();
    const query = { metrics: ['objective/scores', 'objective/kl', 'objective/rlhf_reward', 'loss/value_avg'], smoothing: 0, points: 1000 };
    const sent = await measured('four curves of five runs, first time', () => curves.series(views.slice(0, 5), query));
    await measured('the same again, nothing new', () => curves.series(views.slice(0, 5), query));
    await measured('the same again, smoothed', () => curves.series(views.slice(0, 5), { ...query, smoothing: 0.9 }));
    await measured('four curves of sixty runs, first time', () => curves.series(views.slice(0, 60), query));
    rows.push(`Sent to the page: ${(rowsSent.length / 1024).toFixed(0)} KB of rows, ${(JSON.stringify(sent).length / 1024).toFixed(0)} KB of curves.`);
    runs.dispose();
    return rows;
  } finally {
    rmSync(runsFolder, { recursive: true, force: true });
  }
}
