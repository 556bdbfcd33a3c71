// A workspace's runs as trainers leave them, made up: for the experiment panel's tests and bench.
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

const at = '2026-01-05T10:00:00.000Z';

/** One step of PPO with the metrics that a real one has. */
export function stepLine(n, pull, total) {
  const wave = Math.sin(n * 12.9898 + pull * 78.233);
  const progress = 1 - Math.exp((-3 * n) / total);
  const metrics = {
    'objective/kl': 6 * pull * progress + 0.2 * wave * wave, 'objective/entropy': 30 - 8 * progress, 'objective/scores': -0.5 + 2 * progress * (0.5 + pull / 2) + 0.3 * wave,
    'objective/rlhf_reward': -0.6 + progress + 0.3 * wave, 'objective/scores_std': 0.8, 'objective/kl_coef': 0.05, 'objective/eos_rate': 0.4, 'objective/response_length': 30 + wave,
    'policy/approxkl_avg': 0.01 + 0.002 * wave, 'policy/clipfrac_avg': 0.1, 'policy/entropy_avg': 2, 'policy/grad_norm': 1 + 0.5 * wave, 'loss/policy_avg': -0.01 * wave, 'loss/value_avg': 0.5 * (1 - progress) + 0.02,
    'val/clipfrac_avg': 0.05, 'val/ratio': 1.001, 'val/ratio_var': 1e-5, 'val/num_eos_tokens': 12, 'val/var_explained': progress, lr: 0.0003, episode: 64 * n, 'tokens_per_second/generate': 5000, 'tokens_per_second/train': 2000,
  };
  return `${JSON.stringify({ type: 'step', step: n, metrics, total, secondsLeft: total - n, at })}\n`;
}

const heldLine = (n, pull, total) => {
  const progress = 1 - Math.exp((-3 * n) / total);
  return `${JSON.stringify({ type: 'eval', step: n, metrics: { 'objective/scores': -0.5 + 1.8 * progress * (0.5 + pull / 2), 'objective/exact_kl': 6 * pull * progress }, at })}\n`;
};
const sampleLine = (n, index, pull) => `${JSON.stringify({ type: 'sample', step: n, index, prompt: `Prompt ${index}: <script>alert(${index})</script>`, text: `Answer at ${n} with ${pull}.`, reward: n / 1000, kl: pull, at })}\n`;

/**
 * Makes run folders. Returns their paths.
 * @param {string} folder `.plumbline/runs`
 * @param {{runs: number, steps: number, live?: boolean}} what `live`: this process is at work on the run
 */
export async function madeRuns(folder, { runs, steps, live = false }) {
  const made = [];
  for (let i = 0; i < runs; i++) {
    const coef = [0.02, 0.05, 0.1, 0.2][i % 4];
    const name = !live ? (i === 1 ? 'tune <b>tiny</b>' : `tune kl.coef=${coef} seed ${Math.floor(i / 4)}`) : 'live';
    const id = `2026010${live ? 6 : 5}-${String(100000 + i)}-ppo-made`;
    // Written aside and then renamed: an editor that watches the folder sees whole runs.
    const to = path.join(`${folder}.made`, id);
    await mkdir(to, { recursive: true });
    // Ten seeds of the first setting are one group; the last of them ends below its start.
    const grouped = !live && i % 4 === 0 && i < 40;
    const data = `${JSON.stringify({ prompt: 'Hi', split: 'train' })}\n`;
    const spec = { v: 1, id, name, kind: 'ppo', createdAt: at, seed: Math.floor(i / 4), models: { policy: 'models/tiny-assistant', reward: 'models/none' }, params: { updates: steps, kl: { coef } }, ...(grouped ? { seedGroup: `made kl.coef=${coef}` } : {}), hashes: { data: `sha256:${createHash('sha256').update(data).digest('hex')}` } };
    const lines = [`${JSON.stringify({ type: 'started', pid: live ? process.pid : 1, total: live ? 100 : steps, at: live ? new Date().toISOString() : at })}\n`];
    for (let n = 0; n <= steps; n++) {
      if (n > 0) lines.push(stepLine(n, coef * 5, live ? 100 : steps));
      if (n % 100 === 0) lines.push(heldLine(n, coef * 5, steps), ...[0, 1, 2].map((k) => sampleLine(n, k, coef)));
    }
    if (!live) lines.push(`${JSON.stringify({ type: 'finished', step: steps, seconds: 60, outputs: {}, summary: { 'objective/scores': 1 + coef + i / 1000, 'objective/exact_kl': 6 * coef, ...(grouped ? { 'objective/scores/before': -0.5, 'objective/scores/after': i === 36 ? -1 : 1 + coef + i / 1000, 'objective/exact_kl/after': 6 * coef } : {}) }, at: '2026-01-05T10:01:00.000Z' })}\n`);
    else await writeFile(path.join(to, 'pid'), `${JSON.stringify({ pid: process.pid, startedAt: new Date(Date.now() - 1000 * process.uptime()).toISOString() })}\n`);
    await writeFile(path.join(to, 'events.jsonl'), lines.join(''));
    await writeFile(path.join(to, 'data.jsonl'), data);
    await writeFile(path.join(to, 'run.json'), JSON.stringify(spec, undefined, 2));
    made.push([to, path.join(folder, id)]);
  }
  await mkdir(folder, { recursive: true });
  for (const [from, to] of made) await rename(from, to);
  return made.map(([, to]) => to);
}
