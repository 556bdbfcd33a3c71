// `npm run experiments [-- folder]`: makes the tables of docs/experiments.md again, with the command line and nothing else, on a copy of the sample.
// Every run has a name of its own; what is finished is not done again, so that the command can be given again after whatever stopped it.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ended, root, StepError } from './process.mjs';

const help = `npm run experiments [-- folder]    tune the sample in every way with ten seeds each, and measure (hours)
  --seeds N                        so many seeds (10)
  --threads N                      threads of each trainer (1: then the numbers do not depend on the machine's cores)
  --only NAME                      only this part; may be repeated`;

/** What the whole loop does on the sample (src/cli/loop.ts). */
const reward = ['--epochs', '4', '--batch-size', '8', '--learning-rate', '2e-3', ...settings({ 'optimizer.schedule': 'cosine', 'optimizer.warmupSteps': 8, evalEvery: 0 })];
const ppo = [
  '--updates', '20', '--batch-size', '64', '--temperature', '1', '--max-new-tokens', '64', '--kl-coef', '0.05',
  ...settings({ miniBatches: 2, epochs: 3, 'policyOptimizer.learningRate': 5e-4, 'policyOptimizer.schedule': 'linear', 'valueOptimizer.learningRate': 1e-3, 'valueOptimizer.schedule': 'linear', evalEvery: 0, evalPrompts: 0 }),
];

/** Ways to tune: the command, and where its models are in the run folder. */
const ways = {
  'ppo-fixed': { title: 'PPO, β = 0.05', kind: 'ppo', flags: ppo },
  'ppo-adaptive': { title: 'PPO, β adaptive to 2 nats', kind: 'ppo', flags: [...ppo, ...settings({ 'kl.controller': 'adaptive', 'kl.target': 2, 'kl.horizon': 400 })] },
  'ppo-ptx': { title: 'PPO-ptx, γ = 0.5', kind: 'ppo', flags: [...ppo, '--ptx', 'data/plain-train.txt', '--ptx-coef', '0.5', ...settings({ 'ptx.batchSize': 16 })] },
  dpo: { title: 'DPO, β = 0.1', kind: 'dpo', flags: settings({ evalEvery: 0 }) },
  'best-of-n': { title: 'best of 8, fine-tuned', kind: 'best-of-n', flags: ['--n', '8', '--temperature', '1', '--max-new-tokens', '64', ...settings({ evalPrompts: 0 })], control: 'its control: 1 of 8 at random' },
};
const parts = [...Object.keys(ways), 'over-optimisation'];

function settings(values) {
  return Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seeds: { type: 'string', default: '10' }, threads: { type: 'string', default: '1' }, only: { type: 'string', multiple: true, default: parts }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) return console.log(help);
  const unknown = values.only.filter((name) => !parts.includes(name));
  if (unknown.length > 0) throw new StepError(`there is no part "${unknown.join('", "')}"; there are ${parts.join(', ')}`);
  const folder = path.resolve(positionals[0] ?? path.join(root, 'out', 'experiments'));
  const plumbline = commandLine(folder);
  const own = ['--threads', values.threads];

  if (!(await finished(plumbline, (run) => run.kind === 'reward'))) await plumbline('headless', '--seed', '0', ...own, '--out', path.join(folder, 'report'));
  await writePlainTexts(folder);
  const rewardRun = (await finished(plumbline, (run) => run.kind === 'reward' && run.name === 'reward model')).id;
  const measuring = ['--reward', rewardRun, '--samples', '4', '--temperature', '1', '--top-k', '0', '--top-p', '1', '--max-new-tokens', '64', '--no-compare', ...own];

  const measure = async (name, policy, reference) => {
    const run = await once(plumbline, name, 'evaluate', () => ['evaluate', '--name', name, '--policy', policy, '--reference', reference, ...measuring]);
    const { summary, truth } = await plumbline('report', run.id, '--out', path.join(folder, 'reports', run.id));
    return { reward: summary['objective/scores'], kl: summary['objective/exact_kl'] ?? 0, perplexity: summary['perplexity'], length: summary['objective/response_length'], distinct: summary['objective/distinct_2'], good: truth.rates.at(-1).share };
  };

  const start = await measure('measure the start', 'tiny-assistant', 'none');
  const rows = [{ title: 'the start', seeds: [start] }];
  for (const [id, { title, kind, flags, control }] of Object.entries(ways).filter(([name]) => values.only.includes(name))) {
    const [tuned, controls] = [[], []];
    for (let seed = 0; seed < Number(values.seeds); seed++) {
      const run = await once(plumbline, `${id} seed ${seed}`, undefined, () => ['train', kind, '--name', `${id} seed ${seed}`, '--policy', 'tiny-assistant', ...(kind === 'dpo' ? [] : ['--reward', rewardRun]), ...flags, '--seed', String(seed), ...own]);
      tuned.push({ ...(await measure(`measure ${id} seed ${seed}`, run.id, 'tiny-assistant')), seconds: (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000 });
      if (control) controls.push(await measure(`measure the control of ${id} seed ${seed}`, path.join(run.folder, 'control', 'model'), 'tiny-assistant'));
      await writeFile(path.join(folder, `${id}.json`), `${JSON.stringify({ start, tuned, controls }, undefined, 1)}\n`);
    }
    rows.push({ title, seeds: tuned }, ...(control ? [{ title: control, seeds: controls }] : []));
  }
  if (values.only.includes('over-optimisation')) {
    const [proxy, other] = [await half(plumbline, 1, own), await half(plumbline, 2, own)];
    await plumbline('over-optimization', '--reward', proxy, '--held-out', other, '--betas', '0,0.01,0.03,0.1,0.3', '--updates', '40', '--n', '64', '--max-new-tokens', '64', ...own, '--out', path.join(folder, 'over-optimisation'));
  }
  const text = table(rows, start);
  await writeFile(path.join(folder, 'experiments.md'), text);
  console.log(`\n${text}`);
}

const half = async (plumbline, n, own) => (await once(plumbline, `half ${n}`, 'reward', () => ['train', 'reward', '--half', String(n), '--name', `half ${n}`, ...reward, ...own])).id;

/** Texts of the kind of which the sample's held-out plain texts are, none of them among these: the pretraining mix. */
async function writePlainTexts(folder) {
  const out = path.join(folder, 'corpus');
  const { code } = await ended(spawn(process.execPath, [path.join(root, 'dist', 'sample.js'), '--workspace', path.join(out, 'sample'), '--out', out], { stdio: ['ignore', 'ignore', 'inherit'] }));
  if (code !== 0) throw new StepError(`the sample's texts could not be made (${code})`);
  const lines = async (file) => (await readFile(file, 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
  const texts = (await lines(path.join(out, 'tiny-assistant-sft', 'data.jsonl'))).filter((example) => example.text !== undefined && example.split !== 'test').map((example) => example.text).slice(0, 1000);
  const held = new Set((await lines(path.join(folder, 'data', 'plain-heldout.jsonl'))).map((example) => example.text));
  if (texts.length < 1000 || texts.some((text) => held.has(text))) throw new StepError(`${texts.length} plain texts, or some of them are held out`);
  await writeFile(path.join(folder, 'data', 'plain-train.txt'), texts.map((text) => `${text}\n`).join(''));
}

/** The command line on one workspace, with what it prints as JSON. */
function commandLine(folder) {
  return async (command, ...flags) => {
    await mkdir(folder, { recursive: true });
    const child = spawn(process.execPath, [path.join(root, 'dist', 'cli.js'), ...command.split(' '), ...flags, '--workspace', folder, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { code, output } = await ended(child);
    if (code !== 0) throw new StepError(`plumbline ${command} ${flags.join(' ')} ended with ${code}\n${output}`);
    return JSON.parse(output);
  };
}

const list = async (plumbline) => (await plumbline('runs')).runs;
const finished = async (plumbline, is) => (await list(plumbline)).find((run) => run.state === 'finished' && is(run));

/** The finished run of this name; made, or gone on with, when there is none. */
async function once(plumbline, name, kind, command) {
  const is = (run) => run.name === name && (kind === undefined || run.kind === kind);
  const known = await finished(plumbline, is);
  if (known) return known;
  const cut = (await list(plumbline)).find((run) => is(run) && run.state !== 'finished' && run.checkpoint !== undefined);
  if (cut) await plumbline('resume', cut.id);
  else {
    const [first, ...rest] = command();
    await plumbline(first, ...rest);
  }
  const made = await finished(plumbline, is);
  if (!made) throw new StepError(`"${name}" did not finish`);
  return made;
}

const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
const std = (xs) => (xs.length < 2 ? 0 : Math.sqrt(xs.reduce((a, x) => a + (x - mean(xs)) ** 2, 0) / (xs.length - 1)));

/** Mean ± standard deviation over seeds. */
function table(rows, start) {
  const cell = (seeds, key, digits, times = 1) => {
    const xs = seeds.map((s) => times * s[key]);
    return `${mean(xs).toFixed(digits)}${xs.length < 2 ? '' : ` ± ${std(xs).toFixed(digits)}`}`;
  };
  const lines = rows.map(({ title, seeds }) => [
    title,
    seeds.length > 1 ? `${seeds.filter((s) => s.reward > start.reward).length} of ${seeds.length}` : '',
    cell(seeds, 'good', 1, 100), cell(seeds, 'reward', 2), cell(seeds, 'kl', 2), cell(seeds, 'perplexity', 3), cell(seeds, 'length', 1), cell(seeds, 'distinct', 1, 100),
    seeds[0].seconds === undefined ? '' : cell(seeds, 'seconds', 0),
  ]);
  const head = ['', 'above the start', 'good answers %', 'reward', 'exact KL', 'perplexity of plain text', 'tokens', 'distinct-2 %', 'seconds'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + '\n';
}

try {
  await main();
} catch (error) {
  console.error(error instanceof StepError ? error.message : error);
  process.exitCode = 1;
}
