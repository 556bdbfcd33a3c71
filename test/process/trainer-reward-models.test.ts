import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashText } from '../../src/base/hash';
import { scoreLineSchema } from '../../src/jobs/scores';
import { modelReportSchema } from '../../src/protocol/model-report';
import { createWorkspace, events, examples, run, start, until, type Workspace } from './trainer-folder';

const answers = examples.reward.map(({ promptHash, prompt, responses }) => ({ promptHash, prompt, responses: responses.map((text) => ({ hash: hashText(text), text })) }));
const bytes = (folder: string, path: string) => readFileSync(join(folder, path, 'model.safetensors'));
const reportOf = (folder: string) => modelReportSchema.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));

describe('trainer, reward models', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });

  it('train an ensemble; killed in the midst of the second and resumed it ends with the same bytes', async () => {
    const made = { models: { base: 'policy' }, params: { ensemble: 3, maxSteps: 8, checkpointEvery: 3, batchSize: 8, loss: 'plackett-luce' } };
    const folder = workspace.run('whole', 'reward', made, examples.reward);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const end = events(folder).at(-1)!;
    assert.ok(end.type === 'finished' && end.step === 24 && end.outputs['member-2'] === 'members/2' && end.outputs['member-3'] === 'members/3', JSON.stringify(end));
    const report = reportOf(folder);
    assert.ok(report.kind === 'reward' && report.ensemble?.members.length === 3 && report.accuracy!.n === 5);
    const paths = ['model', 'members/2', 'members/3'];
    assert.equal(new Set(paths.map((p) => bytes(folder, p).toString('base64'))).size, 3);

    const again = workspace.run('again', 'reward', made, examples.reward);
    const killed = start(again);
    await until(again, killed, (text) => text.includes('"step":13,'));
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.equal((await run(again)).code, 0);
    for (const path of paths) assert.ok(bytes(again, path).equals(bytes(folder, path)), path);
    assert.deepEqual(reportOf(again), report);

    const single = workspace.run('single', 'reward', { ...made, params: { ...made.params, ensemble: 1 } }, examples.reward);
    assert.equal((await run(single)).code, 0);
    assert.ok(bytes(single, 'model').equals(bytes(folder, 'model')));

    // An evaluation by all of them says the mean of what each says; answers of the same seed are the same.
    const rewards = async (id: string, models: object, params: object = {}): Promise<number[]> => {
      const measured = workspace.run(id, 'evaluate', { models: { policy: 'policy', ...models }, params: { sampling: { maxNewTokens: 4 }, ...params } }, examples.evaluate.slice(0, 4));
      const ran = await run(measured);
      assert.equal(ran.code, 0, ran.stderr);
      return readFileSync(join(measured, 'samples.jsonl'), 'utf8').trimEnd().split('\n').map((l) => (JSON.parse(l) as { reward: number }).reward);
    };
    const [first, second, third] = paths.map((p) => `.plumbline/runs/whole/${p}`) as [string, string, string];
    const each = [await rewards('by-1', { reward: first }), await rewards('by-2', { reward: second }), await rewards('by-3', { reward: third })];
    const members = { reward: first, rewardMembers: [second, third] };
    (await rewards('by-all', members)).forEach((x, i) => {
      assert.ok(Math.abs(x - each.reduce((sum, own) => sum + own[i]!, 0) / 3) < 1e-6);
    });
    (await rewards('by-worst', members, { ensemble: { objective: 'wco' } })).forEach((x, i) => {
      assert.ok(Math.abs(x - Math.min(...each.map((own) => own[i]!))) < 1e-6);
    });

    const scores = workspace.run('scores', 'score', { models: { reward: paths.map((p) => `.plumbline/runs/whole/${p}`) } }, answers);
    assert.equal((await run(scores)).code, 0);
    const finished = events(scores).at(-1)!;
    assert.ok(finished.type === 'finished' && finished.summary['disagreement']! > 0);
  });

  it('train an output a criterion, with LoRA too, which a later run combines by weights', async () => {
    const byCriteria = examples.reward.map((e) => ({ ...e, pairs: e.pairs.map((p, n) => ({ ...p, weight: 1, criterion: n === 0 ? 'helpful' : 'harmless' })) }));
    const folder = workspace.run('criteria', 'reward', { models: { base: 'policy' }, params: { criteria: ['helpful', 'harmless'], maxSteps: 6, lora: { rank: 2 } } }, byCriteria);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const config = JSON.parse(readFileSync(join(folder, 'model', 'config.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(config['id2label'], { 0: 'helpful', 1: 'harmless' });
    const by = async (id: string, combine: object | undefined) => {
      const scores = workspace.run(id, 'score', { models: { reward: ['.plumbline/runs/criteria/model'] }, params: combine === undefined ? {} : { combine } }, answers);
      const ran = await run(scores);
      if (ran.code !== 0) return ran.stderr;
      return readFileSync(join(scores, 'scores.jsonl'), 'utf8').trimEnd().split('\n').map((l) => scoreLineSchema.parse(JSON.parse(l)).scores[0]!);
    };
    const [helpful, harmless, both] = [await by('h', { helpful: 1 }), await by('s', { harmless: 1 }), await by('b', { helpful: 1, harmless: 2 })] as [number[], number[], number[]];
    both.forEach((x, i) => {
      assert.ok(Math.abs(x - helpful[i]! - 2 * harmless[i]!) < 1e-3);
    });
    assert.match((await by('w', { kind: 1 })) as string, /"kind", which .* does not know/);
  });
});
