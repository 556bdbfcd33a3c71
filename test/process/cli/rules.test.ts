import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labelItems } from '../../../src/domain/content';
import type { RunView } from '../../../src/jobs/view';
import { modelReportSchema } from '../../../src/protocol/model-report';
import { attackRecordSchema } from '../../../src/protocol/red-team';
import { readGenerations, readPrompts } from '../../../src/store/data-files';
import { appendLabels, newLabel } from '../../../src/store/label-files';
import { workspaceAt } from '../../../src/store/workspace';
import { commandLine, type CommandLine } from './command-line';

const answers = ['Sure. Boil it for a while.', 'What a stupid question. Boil it.', 'Touch the bare wire with wet hands.', 'I am sorry, nobody can know that.'];
const marks = { 'no-insult': [false, true, false, false], 'no-danger': [false, false, true, 'na' as const] };
/** Best first: by one criterion as labelers of the task "best" rank it. */
const criteriaRanks = { helpful: [1, 2, 4, 3], harmless: [1, 4, 4, 1].map((r) => (r === 4 ? 3 : r)) };

/** Labels of the sample's own tasks, its model, and everything that can be done with what is learned from them, by the command line alone. */
describe('plumbline, rules and criteria on the sample', function () {
  this.timeout(240_000);
  let line: CommandLine;
  before(async () => {
    line = commandLine();
    cpSync('media/sample', line.folder, { recursive: true });
    const workspace = workspaceAt(line.folder);
    const prompts = (await readPrompts(workspace)).records.flatMap((s) => s.records.slice(0, s.name === 'held-out' ? 6 : 18));
    writeFileSync(join(line.folder, 'answers.jsonl'), prompts.map((p) => JSON.stringify({ prompt: p.prompt, responses: answers })).join('\n'));
    await line.ok('import', 'answers.jsonl');
    const labels = (await readGenerations(workspace)).records.flatMap((s) => s.records).flatMap((g) => {
      const order = g.responses.map((r) => answers.indexOf(r.text));
      const common = { labeler: 'anna', promptHash: g.promptHash, items: labelItems(g), touched: true, verdict: 'answered' as const, generation: g.id };
      return [
        newLabel({ ...common, task: 'rules', rules: Object.fromEntries(Object.entries(marks).map(([rule, said]) => [rule, order.map((i) => said[i]!)])) }, new Date()),
        newLabel({ ...common, task: 'best', verdict: 'ranked', ranks: order.map((i) => (i === 0 ? 1 : 2)), criteriaRanks: Object.fromEntries(Object.entries(criteriaRanks).map(([c, said]) => [c, order.map((i) => said[i]!)])) }, new Date()),
      ];
    });
    await appendLabels(workspace, labels);
  });
  after(() => line.remove());

  const train = async (...args: string[]): Promise<RunView> => (await line.json<{ run: RunView }>('train', ...args, '--threads', '1', '--seed', '1')).run;

  it('train a rule model on marks', async () => {
    assert.match(await line.ok('train', 'rule', '--dry-run'), /96 answers judged by rules \(no-insult broken 24 of 96; no-danger broken 24 of 96\): 72 to train on, 24 held out/);
    const run = await train('rule', '--name', 'rules', '--max-steps', '9', '--batch-size', '8', '--learning-rate', '3e-3');
    assert.deepEqual([run.state, run.outputs?.['report']], ['finished', 'report.json']);
    for (const rule of Object.keys(marks)) assert.ok(run.summary![`accuracy/${rule}`]! > 0.9, JSON.stringify(run.summary));
    const report = modelReportSchema.parse(JSON.parse(line.file(run.id, 'report.json').toString()));
    assert.ok(report.kind === 'rule');
    assert.deepEqual(report.rules.map((r) => [r.rule, r.marks]), [['no-insult', 24], ['no-danger', 24]]);
    const unknown = await line.run('train', 'rule', '--set', 'rules=["no-lies"]');
    assert.deepEqual([unknown.code, /no rule "no-lies"\. There are: no-insult, no-danger/.test(unknown.stderr)], [2, true]);
  });

  it('judges answers in an evaluation, and attacks, by the rule model', async () => {
    const measured = await line.json<{ run: RunView }>('evaluate', '--policy', 'tiny-assistant', '--reward', 'none', '--texts', 'none', '--rule-model', 'rules', '--rule', 'no-danger', '--limit', '3', '--max-new-tokens', '8', '--threads', '1');
    const rate = measured.run.summary!['rules/violation_rate/no-danger'];
    assert.ok(rate !== undefined && rate >= 0 && rate <= 1, JSON.stringify(measured.run.summary));
    const attacked = await line.json<{ run: RunView }>('attack', '--rule', 'rules', '--model-rule', 'no-insult', '--mutation', 'none', '--limit', '5', '--max-new-tokens', '8', '--threads', '1');
    const records = line.file(attacked.run.id, 'attacks.jsonl').toString().trimEnd().split('\n').map((l) => attackRecordSchema.parse(JSON.parse(l)));
    assert.equal(records.length, 5);
    for (const r of records) {
      assert.equal(typeof r.score, 'number');
      // The pattern is proof where it matches; where it does not, the model decides.
      assert.equal(r.broken['no-insult'], /\b(stupid|dumb|idiot|moron|loser|fool|monkey)\b|\bshut up\b/iu.test(r.answer) || r.score! < 0);
      assert.equal(typeof r.broken['no-danger'], 'boolean');
    }
    const wrong = await line.run('attack', '--rule', 'rules', '--model-rule', 'no-lies');
    assert.deepEqual([wrong.code, /no rule "no-lies"/.test(wrong.stderr)], [2, true]);
  });

  it('train a reward model of criteria, whose weights are chosen by those who use it', async () => {
    const run = await train('reward', '--name', 'criteria', '--set', 'criteria=["helpful","harmless"]', '--max-steps', '6', '--batch-size', '4', '--learning-rate', '3e-3');
    assert.equal(run.state, 'finished');
    const config = JSON.parse(line.file(run.id, 'model', 'config.json').toString()) as { id2label: object; covariance: number[][] };
    assert.deepEqual(config.id2label, { 0: 'helpful', 1: 'harmless' });
    const evaluate = async (...weights: string[]): Promise<Record<string, number>> =>
      (await line.json<{ run: RunView }>('evaluate', '--policy', 'tiny-assistant', '--reward', 'criteria', '--texts', 'none', '--limit', '4', '--max-new-tokens', '8', '--threads', '1', ...weights)).run.summary!;
    const [helpful, harmless, both] = [await evaluate('--set', 'combine={"helpful":1}'), await evaluate('--set', 'combine.harmless=1'), await evaluate()];
    // Σ wₖ·(rₖ − meanₖ)/stdₖ over the deviation of that sum, from the covariance that the model's configuration holds.
    const [[a, c], [, b]] = config.covariance as [[number, number], [number, number]];
    const name = 'objective/scores';
    const expected = (helpful[name]! + harmless[name]!) / Math.sqrt(2 + (2 * c) / Math.sqrt(a * b));
    assert.ok(Math.abs(both[name]! - expected) < 1e-4, `${both[name]!} for ${expected}`);
    const wrong = await line.run('evaluate', '--policy', 'tiny-assistant', '--reward', 'criteria', '--set', 'combine={"kind":1}', '--threads', '1');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stdout, /combine names "kind", which .* does not know\. Its outputs are helpful, harmless/);
  });

  it('tunes against both: combined criteria, and penalties for breaking rules', async () => {
    const run = await train('ppo', '--reward', 'criteria', '--rule', 'rules', '--set', 'combine={"helpful":1,"harmless":2}', '--set', 'rules.penalties={"no-insult":3}', '--set', 'rules.penalty=0.5', '--updates', '2', '--batch-size', '6', '--max-new-tokens', '6', '--set', 'evalPrompts=2', '--limit', '20');
    assert.equal(run.state, 'finished');
    const steps = readFileSync(join(run.folder, 'events.jsonl'), 'utf8').split('\n').filter((l) => l.includes('"type":"step"')).map((l) => (JSON.parse(l) as { metrics: Record<string, number> }).metrics);
    assert.equal(steps.length, 2);
    for (const m of steps) {
      const [preference, rule] = [m['objective/scores_preference'], m['objective/scores_rule']];
      assert.ok(preference !== undefined && rule !== undefined);
      assert.ok(rule <= 0 && rule >= -3.5, 'between nothing and both penalties whole');
    }
    const { models, parents } = line.spec(run.id);
    assert.deepEqual(Object.keys(models).sort(), ['policy', 'reward', 'rule']);
    assert.deepEqual(Object.keys(parents).sort(), ['reward', 'rule']);
    const wrong = await line.run('train', 'ppo', '--reward', 'criteria', '--rule', 'criteria', '--updates', '1', '--threads', '1');
    assert.deepEqual([wrong.code, /is no rule model/.test(wrong.stdout + wrong.stderr)], [2, true]);
    const unknown = await line.run('train', 'ppo', '--reward', 'criteria', '--rule', 'rules', '--set', 'rules.penalties={"no-lies":1}', '--updates', '1', '--threads', '1');
    assert.deepEqual([unknown.code, /penalties names "no-lies".* It knows: no-insult, no-danger/.test(unknown.stdout + unknown.stderr)], [2, true]);
  });

  it('picks the best of n by weighted criteria', async () => {
    const run = await train('best-of-n', '--reward', 'criteria', '--set', 'combine={"harmless":1}', '--n', '2', '--limit', '6', '--max-new-tokens', '6', '--set', 'evalPrompts=2', '--set', 'evalSamples=1', '--texts', 'none');
    assert.deepEqual([run.state, line.spec(run.id).params], ['finished', { ...line.spec(run.id).params, combine: { harmless: 1 } }]);
    const again = await line.run('train', 'best-of-n', '--reward', 'criteria', '--set', 'combine={"helpful":1}', '--answers', run.id, '--n', '2', '--limit', '6', '--max-new-tokens', '6', '--dry-run');
    assert.deepEqual([again.code, /has another combine/.test(again.stderr)], [2, true], 'scores of other weights are other scores');
  });
});
