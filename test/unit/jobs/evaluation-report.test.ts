import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readChoices } from '../../../src/jobs/choices';
import { evaluationMarkdown, evaluationReport } from '../../../src/jobs/evaluation-report';
import { lmEvalCommand } from '../../../src/jobs/lm-eval';
import type { RunView } from '../../../src/jobs/view';
import { runSchema, type RunInput } from '../../../src/protocol/run';
import { verdictOf } from '../../../src/trainer/pair-judge';

describe('evaluation report', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-report-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  function view(spec: RunInput, summary: Record<string, number>, outputs: Record<string, string>, records: readonly object[]): RunView {
    writeFileSync(join(folder, 'run.json'), JSON.stringify(runSchema.parse(spec)));
    for (const file of Object.values(outputs)) writeFileSync(join(folder, file), records.map((r) => `${JSON.stringify(r)}\n`).join(''));
    return { id: spec.id, kind: spec.kind, name: spec.name, folder, state: 'finished', createdAt: spec.createdAt, step: 1, total: 1, percent: 100, metrics: {}, summary, outputs, warnings: ['a <b>warning</b>'] };
  }
  const common = { v: 1 as const, id: 'run-1', name: 'my *model*', createdAt: '2026-11-27T10:00:00.000Z' };

  it('shows before and after, win rates with who said so, and the tax', async () => {
    const summary = { 'objective/scores': 1.25, 'objective/scores/reference': 0.1, 'perplexity': 12.4, 'perplexity_low': 11, 'perplexity_high': 14, 'perplexity/reference': 10, 'perplexity_low/reference': 9, 'perplexity_high/reference': 11, 'perplexity_ratio': 1.24, 'perplexity_ratio_low': 1.1, 'perplexity_ratio_high': 1.4, 'win_rate/reward': 0.75, 'win_rate/reward_low': 0.6, 'win_rate/reward_high': 0.9, 'win_rate/reward_ties': 0.1, 'win_rate/reward_comparisons': 40, 'rules/violation_rate/kind': 0.1, 'rules/violation_rate/kind_low': 0.05, 'rules/violation_rate/kind_high': 0.2 };
    const record = { prompt: 0, sample: 0, promptText: 'say | hi', text: '<script>', reward: 1, reference: { text: 'old', reward: 0 } };
    const run = view({ ...common, kind: 'evaluate', models: { policy: 'p', reference: 'r', reward: 'w' }, params: { compare: true } }, summary, { samples: 'samples.jsonl' }, [record, { ...record, sample: 1, text: 'second' }]);
    const report = await evaluationReport(run, { people: { rate: { value: 0.6, low: 0.4, high: 0.8, clusters: 10 }, wins: 6, ties: 0, losses: 4, labelers: 2, open: 3 }, attacks: { run: 'attack-1', rate: 0.2, attacks: 50 } });
    assert.deepEqual(report.samples, [{ prompt: 'say | hi', answers: [{ text: 'old', reward: 0 }, { text: '<script>', reward: 1 }] }]);
    const text = evaluationMarkdown(report);
    assert.match(text, /\| reward \| 0\.10 \| 1\.25 \|/);
    assert.match(text, /\| perplexity of plain text \| 10\.0 \(9\.00 to 11\.0\) \| 12\.4 \(11\.0 to 14\.0\) \|/);
    assert.match(text, /the reward model that tuning may have used \| 75\.0 % \(60\.0 % to 90\.0 %\) \| 10\.0 % \| 40 \|/);
    assert.match(text, /people, blind \(2 labelers; 3 not judged yet\) \| 60\.0 % \(40\.0 % to 80\.0 %\) \| 0\.0 % \| 10 \|/);
    assert.match(text, /Perplexity of plain text: \+24\.0 % \(\+10\.0 % to \+40\.0 %\)/);
    assert.match(text, /\| breaks kind \| – \| 10\.0 % \(5\.0 % to 20\.0 %\) \|/);
    assert.ok(!text.includes('kind\\_low'));
    assert.match(text, /20\.0 % of 50 attacks/);
    const judged = await evaluationReport(run, { judge: { name: 'a judge', good: (prompt, answer) => prompt === 'say | hi' && answer === 'second', quality: () => 0 } });
    assert.deepEqual(judged.truth?.rates.map((r) => [r?.share, r?.n]), [[0, 2], [0.5, 2]]);
    assert.match(evaluationMarkdown(judged), /\| good answers, as told by a judge \| 0\.0 % \([^|]+\) \| 50\.0 % \(/);
    assert.ok(!text.includes('<script>') && !text.includes('<b>') && text.includes('my \\*model\\*'));
  });

  it('shows the best of n beside its control, and says when there is no clear gain', async () => {
    const summary = { n: 8, 'objective/scores/before': 0, 'objective/scores/after': 1, 'objective/scores/control': 0.2, 'gain_over_control': 0.8, 'gain_over_control_low': 0.5, 'gain_over_control_high': 1.1, 'gain_over_start': 1, 'gain_over_start_low': -0.1, 'gain_over_start_high': 2, 'draw/best_scores': 1.5, 'draw/kl_bound': 1.204 };
    const lines = ['before', 'control', 'after'].map((measured) => ({ measured, prompt: 0, sample: 0, promptText: 'p', text: `text ${measured}`, reward: 0 }));
    const run = view({ ...common, kind: 'bestOfN', models: { policy: 'p', reward: 'w' }, params: { n: 8 } }, summary, { answers: 'answers.jsonl' }, [{ draw: 'best 1', promptHash: 'h', text: 'x' }, ...lines]);
    const report = await evaluationReport(run);
    assert.deepEqual(report.samples[0]!.answers.map((a) => a?.text), ['text before', 'text control', 'text after']);
    const text = evaluationMarkdown(report);
    assert.match(text, /\| {2}\| start \| control \| best of 8 \|/);
    assert.match(text, /\+0\.80 \(\+0\.50 to \+1\.10\) in mean reward over the control/);
    assert.match(text, /\+1\.00 \(−0\.10 to \+2\.00\) in mean reward over the start: no clear difference/);
  });

  it('refuses runs that measure nothing', async () => {
    const run = view({ ...common, kind: 'evaluate', models: { policy: 'p' }, params: {} }, {}, {}, []);
    await assert.rejects(evaluationReport({ ...run, state: 'running' }), /there is a report when it has finished/);
    await assert.rejects(evaluationReport({ ...run, kind: 'sft' }), /is a sft run/);
  });

  it('reads multiple-choice questions, with the answer as text, place or letter, and says what is wrong with a line', async () => {
    writeFileSync(join(folder, 'q.jsonl'), ['{"question":"1+1","choices":["2","3"],"answer":"2"}', '{"question":"q","choices":["x","y"],"answer":1,"task":"t"}', '{"question":"q","choices":["x","y"],"answer":"B"}', '{"question":"q","choices":["x","y"],"answer":2}', '{"question":"q","choices":["x"],"answer":0}'].join('\n'));
    const { records, problems } = await readChoices(folder, 'q.jsonl');
    assert.deepEqual(records.map((r) => r.answer), [0, 1, 1]);
    assert.deepEqual(problems.map((p) => p.line), [4, 5]);
    assert.match(problems[0]!.message, /the answer 2 is none of the 2 choices/);
    writeFileSync(join(folder, 'none.jsonl'), '{"text":"x"}\n');
    await assert.rejects(readChoices(folder, 'none.jsonl'), /none\.jsonl holds no question/);
    await assert.rejects(readChoices(folder, 'missing.jsonl'), /cannot be read/);
  });

  it('reads what a judge says', () => {
    for (const [text, verdict] of [['A', 'first'], ['B.', 'second'], ['TIE', 'tie'], ['**A**', 'first'], ['The better answer is B', 'second'], ['Answer: A', 'first'], ['Answer B is better than A', 'second'], ['It\'s a tie', 'tie'], ['A tie.', 'tie'], ['b', 'second'], ['a better one is hard to find', undefined], ['neither', undefined], ['', undefined]] as const) assert.equal(verdictOf(text), verdict, text);
  });

  it('writes the command line of lm_eval, quoted for a shell', () => {
    assert.equal(lmEvalCommand({ folder: '/models/m' }, { tasks: ['piqa'] }), 'lm_eval --model hf --model_args pretrained=/models/m,dtype=float32 --tasks piqa --batch_size 8 --output_path lm-eval-results');
    assert.match(lmEvalCommand({ folder: "/my models/it's" }), /'pretrained=\/my models\/it'\\''s,dtype=float32'/);
  });
});
