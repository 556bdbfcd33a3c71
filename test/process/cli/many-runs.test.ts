import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExperimentRow } from '../../../src/protocol/panels-experiments';
import type { RunView } from '../../../src/jobs/view';
import { commandLine, fakeTrainer, fakeWorkspace, type CommandLine } from './command-line';

// Trainers are the fake one: what is tested is what is queued, in which order, and what is told.
describe('plumbline, many runs', function () {
  this.timeout(60_000);
  let line: CommandLine;
  before(async () => {
    line = commandLine({ PLUMBLINE_TRAINER: fakeTrainer });
    await fakeWorkspace(line);
  });
  after(() => line.remove());

  const sweep = ['sweep', 'reward', '--name', 'steps 2', '--grid', 'labelNoise=0,0.1', '--grid', 'optimizer.learningRate=1e-3,1e-4'];

  it('sweeps over a grid and seeds, after saying what it would do', async () => {
    const dry = await line.ok(...sweep, '--seeds', '2', '--seed', '5', '--dry-run');
    assert.equal(dry.trim().split('\n').length, 2 * 2 * 2 + 1);
    assert.match(dry, /Nothing was started/);
    assert.deepEqual(line.ids(), []);

    const { runs } = await line.json<{ runs: RunView[] }>(...sweep, '--tag', 'noise', '--set', 'epochs=2');
    assert.deepEqual(runs.map((r) => r.state), Array.from({ length: 4 }, () => 'finished'));
    const settings = runs.map((r) => {
      const spec = line.spec(r.id);
      assert.ok(spec.kind === 'reward');
      return [spec.params.labelNoise, spec.params.optimizer.learningRate, spec.params.epochs, spec.seed];
    });
    assert.deepEqual(settings, [[0, 1e-3, 2, 0], [0, 1e-4, 2, 0], [0.1, 1e-3, 2, 0], [0.1, 1e-4, 2, 0]]);
  });

  it('takes a sweep from a file, and says what is wrong with one', async () => {
    writeFileSync(join(line.folder, 'list.sweep.json'), JSON.stringify({ v: 1, run: 'reward', name: 'steps 1', list: [{ labelNoise: 0.2 }, { labelNoise: 0.3 }], seeds: [3, 9] }));
    const { runs } = await line.json<{ runs: { name: string; seed: number }[] }>('sweep', 'list.sweep.json', '--dry-run');
    assert.deepEqual(runs.map((r) => [r.name, r.seed]), [['steps 1 labelNoise=0.2 seed 3', 3], ['steps 1 labelNoise=0.2 seed 9', 9], ['steps 1 labelNoise=0.3 seed 3', 3], ['steps 1 labelNoise=0.3 seed 9', 9]]);
    writeFileSync(join(line.folder, 'wrong.sweep.json'), '{"v":1,"run":"reward","grid":{"labelNoise":[]}}');
    const cases: [string[], RegExp][] = [
      [['sweep', 'wrong.sweep.json'], /wrong\.sweep\.json: grid\.labelNoise: /],
      [['sweep', 'none.sweep.json'], /none\.sweep\.json cannot be read/],
      [['sweep', 'list.sweep.json', '--grid', 'seed=1'], /not a kind of run .* stand in it/],
      [['sweep', 'reward', '--grid', 'labelNoise'], /write it as parameter=value,value/],
      [['sweep', 'reward', '--grid', 'labelNoise=0.7'], /labelNoise/],
      [['sweep', 'reward', '--model', 'policy=tiny'], /has no model "policy"; there are base/],
      [['sweep', 'reward', '--seeds', '201'], /The sweep: seeds: .*100/],
    ];
    const before = line.ids().length;
    for (const [args, says] of cases) {
      const { code, stderr } = await line.run(...args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
    assert.equal(line.ids().length, before, 'nothing is queued of a sweep that is wrong somewhere');
  });

  it('goes on with the others when one run of a sweep fails, and ends with its exit code', async () => {
    const { code, stdout } = await line.run('sweep', 'reward', '--name', 'steps 6 fail-at 2', '--seeds', '2');
    assert.equal(code, 2);
    assert.equal(stdout.match(/: failed/g)?.length, 2);
  });

  it('lists all runs with settings, tags and notes, for a person and for a spreadsheet', async () => {
    const [first] = line.ids();
    await line.ok('experiments', first!, '--tag', 'best', '--note', 'the one to keep, "really"', '--star');
    const { runs } = await line.json<{ runs: ExperimentRow[] }>('experiments', '--tagged', 'noise');
    assert.equal(runs.length, 4);
    assert.deepEqual([runs[0]!.id, runs[0]!.star, [...runs[0]!.tags].sort(), runs[0]!.note], [first, true, ['best', 'noise'], 'the one to keep, "really"']);
    assert.deepEqual(runs.map((r) => r.settings['labelNoise']).sort(), ['0', '0', '0.1', '0.1']);
    const csv = await line.ok('experiments', '--tagged', 'noise', '--csv');
    const [head, row] = csv.split('\n');
    assert.match(head!, /^id,name,kind,state,created,seconds,star,tags,note,.*labelNoise/);
    assert.ok(row!.includes('"the one to keep, ""really"""'), row);
    assert.match(await line.ok('experiments', '--tagged', 'best'), new RegExp(`^★ {2}${first!} {2}finished`));
    await line.ok('experiments', first!, '--untag', 'best');
    assert.equal(await line.ok('experiments', '--tagged', 'best'), 'No run fits.\n');
    assert.equal(await line.ok('experiments', '--kind', 'ppo'), 'No run fits.\n');
    for (const [args, says] of [[['experiments', first!], /Say what to note/], [['experiments', '--star'], /Say which run/], [['experiments', 'nobody', '--star'], /no run "nobody"/]] as const) {
      const { code, stderr } = await line.run(...args);
      assert.equal(code, 2);
      assert.match(stderr, says);
    }
  });

  it('tells runs that differ by their seed apart from those that failed', async () => {
    const failing = ['train', 'ppo', '--reward', 'models/tiny', '--seeds', '2', '--seed', '3'];
    const bad = await line.run(...failing, '--name', 'steps 4 fail-at 2 x');
    assert.equal(bad.code, 2, bad.stderr);
    assert.match(bad.stdout, /none of 2 runs has ended yet\n {2}seed 3 {2}failed .*\n {2}seed 4 {2}failed/);
    await line.ok(...failing, '--name', 'steps 1 x', '--detach');
    assert.match(await line.ok('runs', '--follow'), /ppo-steps-1-x-seed-4 {2}finished/);
    const { groups } = await line.json<{ groups: { group: string; runs: { seed: number; state: string }[]; measured: number }[] }>('seeds');
    assert.deepEqual(groups.map((g) => [g.group.startsWith('steps 4 fail-at 2 x'), g.runs.map((r) => [r.seed, r.state]), g.measured]), [[true, [[3, 'failed'], [4, 'failed']], 0], [false, [[3, 'finished'], [4, 'finished']], 0]]);
  });
});
