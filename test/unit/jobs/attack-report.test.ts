import assert from 'node:assert/strict';
import type { AttackRecord } from '../../../src/domain/red-team/records';
import { attackMarkdown, attackReport } from '../../../src/jobs/attack-report';

const record = (i: number, broken: boolean | null, more: Partial<AttackRecord> = {}): AttackRecord => ({
  v: 1, seed: `s${i}`, safe: false, mutation: 'none', tactic: 'role-play', category: 'crime', sample: 0, prompt: `prompt ${i}`, promptHash: 'p', answer: 'a', answerHash: 'h', finished: true, refused: false, broken: { 'no-x': broken }, ...more,
});
const run = (id: string, records: AttackRecord[]) => ({ id, name: `attack | ${id}`, records });

describe('attack report', () => {
  it('tells rates, and what changed since the run before', () => {
    const after = run('b', Array.from({ length: 20 }, (_, i) => record(i, i < 15)));
    const before = run('a', Array.from({ length: 20 }, (_, i) => record(i, i < 5)));
    const text = attackMarkdown(after, before);
    assert.match(text, /^# attack \\\| b\n/);
    assert.match(text, /\| any rule broken \| 75\.0 % \| 53\.1 % to 88\.8 % \| 15 of 20 \|/);
    assert.match(text, /\| Role play \| 75\.0 %/);
    assert.match(text, /20 attacks are in both runs.*0 that worked do so no more, 10 work now/);
    assert.match(text, /\| no-x \| 25\.0 % \(5 of 20\) \| 75\.0 % \(15 of 20\) \| \+50\.0 \|/);
    assert.equal(attackReport(after, before).before?.run, 'a');
  });

  it('lets hostile answers be text', () => {
    const text = attackMarkdown(run('a', [record(1, true, { answer: '```\n<script>x</script>\n# Title', prompt: '<img src=x> [a](command:b)' })]), undefined);
    assert.match(text, /````text\n```\n<script>/);
    assert.ok(text.includes('&lt;img src=x&gt; \\[a\\](command:b)'));
  });

  it('says what waits, and has no example where nothing broke', () => {
    const text = attackMarkdown(run('a', [record(1, null), record(2, false)]), undefined);
    assert.match(text, /1 answer to be judged by people/);
    assert.ok(!text.includes('Answers that broke'));
  });
});
