import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { listen } from './command-line';
import type { Ran } from './command-line';

// The built program, as people run it; trainers are the fake one, which trains nothing.
const cli = resolve(process.env['PLUMBLINE_DIST'] ?? 'dist', 'cli.js');
const fake = resolve('test/process/jobs/fake-trainer.cjs');

describe('plumbline on the command line', () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const pid of trainers()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    await delay(50);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  function trainers(): number[] {
    const runs = join(folder, '.plumbline', 'runs');
    if (!existsSync(runs)) return [];
    return readdirSync(runs).flatMap((id) => (existsSync(join(runs, id, 'pid')) ? [(JSON.parse(readFileSync(join(runs, id, 'pid'), 'utf8')) as { pid: number }).pid] : []));
  }

  function start(args: string[], cwd = folder): { child: ChildProcess; done: Promise<Ran>; stderr: () => string } {
    const child = spawn(process.execPath, [cli, ...args], { cwd, env: { ...process.env, PLUMBLINE_TRAINER: fake } });
    children.push(child);
    return listen(child);
  }
  const run = (...args: string[]): Promise<Ran> => start(args).done;

  async function ok(...args: string[]): Promise<string> {
    const ran = await run(...args);
    assert.equal(ran.code, 0, `plumbline ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  }
  const json = async (...args: string[]): Promise<Record<string, unknown>> => JSON.parse(await ok(...args, '--json')) as Record<string, unknown>;

  /** A workspace with prompts, answers, labels and something that looks like a model. */
  async function workspace(): Promise<void> {
    const model = join(folder, 'models', 'tiny');
    mkdirSync(model, { recursive: true });
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) writeFileSync(join(model, name), '{}');
    await ok('init', '--model', 'models/tiny', '--name', 'Test');
    const rows = Array.from({ length: 20 }, (_, i) => JSON.stringify({ prompt: `Question ${i}?`, chosen: `A good answer ${i}.`, rejected: `Bad ${i}.` }));
    writeFileSync(join(folder, 'pairs.jsonl'), rows.join('\n'));
    await ok('import', 'pairs.jsonl', '--labeler', 'anna');
  }

  it('computes agreement and ratings of imported votes as SAS and Davidson printed them', async () => {
    await ok('init');
    // statsmodels' table for Cohen's κ (SAS PROC FREQ): rows are one labeler's choices, columns the other's. κ .4842, quadratic .4502.
    const table = [[0, 4, 1], [0, 8, 0], [0, 1, 5]];
    const choices = ['a1', 'equal', 'a2'];
    const rows = table.flatMap((row, r) => row.flatMap((n, c) => Array.from({ length: n }, (_, i) => ({ prompt: `p ${r} ${c} ${i}`, responses: [`x ${r}${c}${i}`, `y ${r}${c}${i}`], model_a: 'one', model_b: 'two', votes: [['anna', choices[r]], ['bert', choices[c]]] }))));
    writeFileSync(join(folder, 'votes.jsonl'), rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
    await ok('import', 'votes.jsonl');
    const report = JSON.parse(await ok('agreement', '--json')) as { parts: { id: string; coefficients: { id: string; value?: number; n: number }[] }[]; admissions: { labeler: string; admitted: boolean }[] };
    const value = (id: string): number => report.parts.find((p) => p.id === 'preference')!.coefficients.find((c) => c.id === id)!.value!;
    assert.equal(value('kappa').toFixed(4), '0.4842');
    assert.equal(value('kappa-linear').toFixed(4), '0.4701');
    assert.equal(value('kappa-quadratic').toFixed(8), '0.45016077');
    assert.equal(value('percent').toFixed(6), (13 / 19).toFixed(6));
    assert.deepEqual(report.admissions.map((a) => [a.labeler, a.admitted]), [['anna', true], ['bert', true]]);
    assert.match(await ok('agreement'), /kappa +0\.484 \[/);

    const board = JSON.parse(await ok('leaderboard', '--json')) as { sources: string[]; models: { rating: number; interval: { low: number; high: number }; wins: number; ties: number; losses: number }[] };
    // anna: 5 for one, 8 ties, 6 for two; bert: 0, 13, 6. With two models θ is ½ log(wins + ½ ties) over the other's.
    const points = 1000 + (400 / Math.LN10) * 0.5 * Math.log((5 + 10.5) / (12 + 10.5));
    assert.deepEqual(board.sources, ['one', 'two']);
    assert.ok(Math.abs(board.models[0]!.rating - points) < 0.01, `${board.models[0]!.rating} for ${points}`);
    assert.ok(board.models[0]!.interval.low < points && points < board.models[0]!.interval.high);
    assert.deepEqual([board.models[0]!.wins, board.models[0]!.ties, board.models[0]!.losses], [5, 21, 12]);
    const wrong = await run('agreement', '--task', 'none');
    assert.deepEqual([wrong.code, /project\.json has no task "none"\. There is: ranking\./.test(wrong.stderr)], [2, true]);
  });

  it('tells what it can do, and how to use it', async () => {
    const help = await ok('--help');
    for (const command of ['init', 'import', 'generate', 'label', 'train', 'runs', 'stop', 'resume', 'evaluate', 'report', 'export', 'headless']) assert.match(help, new RegExp(`^  ${command}\\b`, 'm'));
    assert.match(help, /Exit codes:\n\s+0 .*\n\s+1 .*\n\s+2 .*\n\s+3 /);
    for (const args of [['train', 'ppo'], ['import'], ['export'], ['runs']]) assert.match(await ok(...args, '--help'), /Examples?:\n {2}plumbline /);
    assert.match(await ok('--version'), /^\d+\.\d+\.\d+\n$/);
  });

  it('ends with 2 and says what is wrong when it is used wrongly', async () => {
    const cases: [string[], RegExp][] = [
      [['nonsense'], /unknown command 'nonsense'/],
      [['train', 'ppo', '--updates', 'x'], /'--updates <n>' argument 'x' is invalid/],
      [['runs'], /has no \.plumbline folder/],
      [['export', '--ties', 'maybe'], /Allowed choices are drop, both/],
      [['train', 'sft'], /one of --data FILE, --chosen and --reference/],
      [['label'], /People label in the editor/],
    ];
    for (const [args, says] of cases) {
      const ran = await run(...args);
      assert.equal(ran.code, 2, args.join(' '));
      assert.match(ran.stderr, says);
      assert.doesNotMatch(ran.stderr, /\n\s+at /);
    }
    const ran = await run('runs', '--json');
    assert.equal((JSON.parse(ran.stdout) as { error: { code: string } }).error.code, 'store.no-workspace');
    assert.equal(ran.code, 2);
  });

  it('sets up, imports each row once, exports, and tells the ties', async () => {
    await workspace();
    assert.match(await ok('init'), /was there already/);
    const csv = join(folder, 'more.csv');
    writeFileSync(csv, 'prompt,answer_a\n"One, two?",\n,empty\n');
    const added = await json('import', csv, '--format', 'prompts');
    const [file] = added['files'] as { added: { prompts: number }; problems: string[] }[];
    assert.equal(file!.added.prompts, 1);
    assert.match(file!.problems.join('\n'), /more\.csv:3: /);
    const packed = join(folder, 'pairs-again.jsonl.gz');
    writeFileSync(packed, gzipSync(readFileSync(join(folder, 'pairs.jsonl'))));
    const again = await run('import', packed, '--labeler', 'anna');
    assert.match(again.stderr, /added 0 prompts, 0 generations, 0 labels; 60 were there already/);

    const dry = await ok('export', '--dry-run');
    assert.match(dry, /20 rows \(plain\) from 20 preferences on 20 prompts.* Nothing was written/);
    const rows = (await ok('export', '--split', 'all')).trim().split('\n').map((l) => JSON.parse(l) as Record<string, string>);
    assert.equal(rows.length, 20);
    assert.deepEqual(Object.keys(rows[0]!), ['prompt', 'chosen', 'rejected']);
    assert.ok(rows.every((r) => r['chosen']!.startsWith('A good answer') && r['rejected']!.startsWith('Bad')));
    await ok('export', '--out', 'out.jsonl', '--split', 'train');
    const train = readFileSync(join(folder, 'out.jsonl'), 'utf8').trim().split('\n').length;
    assert.ok(train > 0 && train < 20);

    const unknown = await run('import', join(folder, '.plumbline', 'project.json'));
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /nothing was added/);
  });

  it('finds the workspace from a folder below it', async () => {
    await workspace();
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    const ran = await start(['runs'], join(folder, 'a', 'b')).done;
    assert.deepEqual([ran.code, ran.stdout], [0, 'There are no runs yet.\n']);
    assert.equal((await start(['runs', '--workspace', folder], tmpdir()).done).code, 0);
  });

  it('trains in the foreground and tells how it went', async () => {
    await workspace();
    const dry = await ok('train', 'reward', '--dry-run');
    assert.match(dry, /20 comparisons of 20 prompts by 1 labeler: .*\nNothing was started/);
    assert.equal(existsSync(join(folder, '.plumbline', 'runs', '.lock')), false);
    const ran = await run('train', 'reward', '--name', 'steps 6 each 60', '--epochs', '2', '--learning-rate', '1e-3', '--set', 'labelNoise=0.1', '--seed', '9');
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /20 comparisons/);
    assert.match(ran.stderr, /steps 6 each 60: step \d of 6/);
    assert.match(ran.stdout, /steps 6 each 60: finished\n {2}loss {2}0\.16667/);
    const [id] = readdirSync(join(folder, '.plumbline', 'runs')).filter((n) => !n.startsWith('.'));
    const spec = JSON.parse(readFileSync(join(folder, '.plumbline', 'runs', id!, 'run.json'), 'utf8')) as { seed: number; params: { epochs: number; labelNoise: number; optimizer: { learningRate: number } } };
    assert.deepEqual([spec.seed, spec.params.epochs, spec.params.labelNoise, spec.params.optimizer.learningRate], [9, 2, 0.1, 1e-3]);
    const list = await json('runs');
    assert.deepEqual((list['runs'] as { state: string; percent: number }[]).map((r) => [r.state, r.percent]), [['finished', 100]]);
    assert.match(await ok('runs', 'last'), /state {2,}finished/);
    const one = await json('train', 'reward', '--name', 'steps 3');
    assert.equal((one['run'] as { state: string }).state, 'finished');
  });

  it('passes on why a run failed, with its exit code', async () => {
    await workspace();
    const failed = await run('train', 'reward', '--name', 'steps 6 fail-at 2');
    assert.equal(failed.code, 2);
    assert.match(failed.stdout, /failed .*There is no model in models\/none/);
    const died = await run('train', 'reward', '--name', 'steps 9 crash-at 7');
    assert.equal(died.code, 1);
    assert.match(died.stdout, /interrupted.*step 7 of 9/);
    const resumed = await run('resume');
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stdout, /finished/);
    const nothing = await run('resume');
    assert.equal(nothing.code, 2);
  });

  it('stops with a checkpoint on Ctrl-C, says how to go on, and goes on', async () => {
    await workspace();
    const { child, done, stderr } = start(['train', 'reward', '--name', 'steps 200 each 30']);
    while (!stderr().includes('step ')) await delay(20);
    child.kill('SIGINT');
    const ran = await done;
    assert.equal(ran.code, 3, ran.stderr);
    assert.match(ran.stderr, /Stopping after this step, with a checkpoint\. Press Ctrl-C again/);
    assert.match(ran.stdout, /stopped · step \d+ of 200.*\n {2}go on with: plumbline resume \S+/);
    const id = /plumbline resume (\S+)/.exec(ran.stdout)![1]!;
    const resumed = await run('resume', id, '--detach', '--json');
    assert.equal(resumed.code, 0, resumed.stderr);
    const stopped = await run('stop');
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.match(stopped.stdout, /stopped · step/);
    const nothing = await run('stop');
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /No run is at work/);
  });

  it('ends a deaf trainer on the second Ctrl-C', async () => {
    await workspace();
    const { child, done, stderr } = start(['train', 'reward', '--name', 'steps 2000 each 30 deaf']);
    while (!stderr().includes('step ')) await delay(20);
    child.kill('SIGINT');
    while (!stderr().includes('again')) await delay(20);
    child.kill('SIGINT');
    const ran = await done;
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /interrupted/);
  });

  it('leaves the trainer at work when it is killed itself, and finds it again', async () => {
    await workspace();
    const { child, done, stderr } = start(['train', 'reward', '--name', 'steps 60 each 30']);
    while (!stderr().includes('step ')) await delay(20);
    child.kill('SIGKILL');
    await done;
    assert.match(await ok('runs'), /running · step/);
    const followed = await run('runs', '--follow');
    assert.equal(followed.code, 0);
    assert.match(followed.stdout, /finished/);
  });

  it('queues what is started while another run is at work', async () => {
    await workspace();
    await ok('train', 'reward', '--name', 'steps 40 each 30', '--detach');
    assert.match(await ok('train', 'reward', '--name', 'steps 3', '--detach'), /is queued/);
    assert.match(await ok('runs'), /queued \(1\)/);
    const followed = await ok('runs', '--follow');
    assert.equal(followed.match(/finished/g)?.length, 2);
  });

  it('says that the simulated labelers know only the sample', async () => {
    await workspace();
    const ran = await run('label', '--simulated');
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /only the sample's small world/);
  });

  it('does not lose what stands in a folder that is no workspace', async () => {
    mkdirSync(join(folder, 'mine'));
    writeFileSync(join(folder, 'mine', 'thesis.txt'), 'ten years of work');
    const ran = await run('headless', '--workspace', join(folder, 'mine'));
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /neither empty nor a Plumbline workspace/);
    assert.deepEqual(readdirSync(join(folder, 'mine')), ['thesis.txt']);
  });
});
