import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelReportSchema } from '../../src/protocol/model-report';
import { attackRecordSchema } from '../../src/protocol/red-team';
import { createWorkspace, events, run, type Workspace } from './trainer-folder';

const words = ['good', 'bad', 'a', 'b', 'red', 'c', 'two'];
const marked = Array.from({ length: 64 }, (_, n) => {
  const response = [words[n % 7]!, words[(n * 3 + 1) % 7]!, words[(n * n + 2) % 7]!].join(' ');
  const mark = (rule: string, word: string) => ({ rule, mark: response.includes(word) ? 'broken' : n % 4 === 0 ? 'na' : 'kept', weight: 1, labeler: 'anna', label: `l${n}` });
  return { promptHash: `p${n % 16}`, prompt: 'say a', response, marks: [mark('no-bad', 'bad'), mark('no-red', 'red')], split: n % 3 === 0 ? 'test' : 'train' };
});

describe('trainer, rule models', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });

  it('are trained from marks, report on each rule, and judge attacks', async () => {
    const folder = workspace.run('rules', 'rule', { models: { base: 'policy' }, params: { rules: ['no-bad', 'no-red'], epochs: 12, batchSize: 8, optimizer: { learningRate: 0.02 } } }, marked);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const end = events(folder).at(-1)!;
    assert.ok(end.type === 'finished' && end.outputs['report'] === 'report.json' && end.outputs['model'] === 'model');
    assert.ok(end.summary['accuracy/no-bad']! > 0.8, JSON.stringify(end.summary));
    const report = modelReportSchema.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
    assert.deepEqual(report.kind === 'rule' && report.rules.map((r) => [r.rule, r.marks]), [['no-bad', 22], ['no-red', 22]]);
    const config = JSON.parse(readFileSync(join(folder, 'model', 'config.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(config['problem_type'], 'multi_label_classification');
    assert.deepEqual(config['id2label'], { 0: 'no-bad', 1: 'no-red' });

    const attack = (id: string, modelRule: string) =>
      workspace.run(id, 'attack', { models: { policy: 'policy', rule: '.plumbline/runs/rules/model' }, params: { rules: [{ id: 'no-bad', text: 'no bad' }, { id: 'other', text: 'other' }], modelRule, sampling: { maxNewTokens: 8 } } }, Array.from({ length: 24 }, (_, i) => ({ seed: `s${i}`, safe: false, mutation: 'none', tactic: 'plain', turns: [`say ${words[i % 7]!}`], sample: 0 })));
    const attacked = attack('attack', 'no-bad');
    const ran = await run(attacked);
    assert.equal(ran.code, 0, ran.stderr);
    const records = readFileSync(join(attacked, 'attacks.jsonl'), 'utf8').trimEnd().split('\n').map((l) => attackRecordSchema.parse(JSON.parse(l)));
    assert.ok(records.every((r) => r.broken['no-bad'] === r.score! < 0));
    assert.ok(new Set(records.map((r) => r.score)).size > 1);
    const wrong = await run(attack('wrong', 'other'));
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /rule model of no-bad, no-red, not of "other"/);
  });

  it('say so when a model cannot be one', async () => {
    const folder = workspace.run('heads', 'rule', { models: { base: 'reward' }, params: { rules: ['no-bad', 'no-red'] } }, marked);
    const { code, stderr } = await run(folder);
    assert.equal(code, 2);
    assert.match(stderr, /score head of 1 output; this run needs 2/);
  });
});
