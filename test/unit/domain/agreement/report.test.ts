import assert from 'node:assert/strict';
import { createRng } from '../../../../src/base/rng';
import { judgementsOf } from '../../../../src/domain/agreement/judgements';
import type { AgreementReport } from '../../../../src/domain/agreement/report';
import { agreementReport } from '../../../../src/domain/agreement/report';
import type { Generation, Label } from '../../../../src/domain/records';
import { rankingTask, resolveTask } from '../../../../src/domain/tasks';
import type { TaskForm } from '../../../../src/domain/tasks';
import { generationOf, labelOf } from '../records-of';
import { near } from './near';
import { concordance, paradoxes, tied } from './vectors';

const { form } = resolveTask({ criteria: [], questions: [], rules: [], tasks: [] }, rankingTask);
const flagForm: TaskForm = { ...form, flags: ['rude'] };
const reportOf = (labels: readonly Label[], of: TaskForm = form): AgreementReport => agreementReport({ judgements: judgementsOf(labels, { form: of, words: () => 200 }), form: of, gold: [{ labeler: 'a', sum: 3, n: 4 }], seed: 'test', draws: 300 });
const value = (report: AgreementReport, part: string, id: string): number | undefined => report.parts.find((p) => p.id === part)?.coefficients.find((c) => c.id === id)?.value;
const minute = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();

describe('domain/agreement report', () => {
  it('gives W and τ-b of rankings', () => {
    const six = generationOf('six', 6);
    const report = reportOf(concordance.ranks.map((ranks, i) => labelOf(six, { id: `l${i}`, labeler: `p${i}`, ranks: [...ranks] })));
    near(value(report, 'preference', 'w'), concordance.w);
    const four = generationOf('four', 4);
    const two = reportOf([tied.a, tied.b].map((ranks, i) => labelOf(four, { id: `l${i}`, labeler: `p${i}`, ranks: [...ranks] })));
    near(value(two, 'preference', 'tau-b'), tied.tauB);
    near(value(two, 'preference', 'half'), 5.5 / 6, 1e-12);
    near(value(two, 'preference', 'percent'), 5 / 6, 1e-12);
    assert.equal(value(two, 'preference', 'w'), undefined); // two rankings are not three
    assert.match(two.parts[0]!.coefficients.find((c) => c.id === 'w')!.reason!, /No item was ranked by enough/);
  });

  it('says in words what is paradoxical or undefined', () => {
    // 80/10/5/5 as flags of one answer; the other of each item is not looked at, as both never flag it.
    const [[a, b], [c, d]] = paradoxes[1].table;
    const cells: [boolean, boolean][] = [...Array<[boolean, boolean]>(a).fill([false, false]), ...Array<[boolean, boolean]>(b).fill([false, true]), ...Array<[boolean, boolean]>(c).fill([true, false]), ...Array<[boolean, boolean]>(d).fill([true, true])];
    const labels = cells.flatMap(([x, y], n) => [x, y].map((flag, i) => labelOf(generationOf(`p${n}`, 1), { id: `${n}-${i}`, labeler: `r${i}`, verdict: 'answered', flags: [flag ? ['rude'] : []] })));
    const report = reportOf(labels, { ...flagForm, preference: undefined as never });
    near(value(report, 'flag:rude', 'kappa'), paradoxes[1].kappa);
    near(value(report, 'flag:rude', 'ac1'), paradoxes[1].ac1);
    near(value(report, 'flag:rude', 'free-marginal'), paradoxes[1].pabak, 1e-12);
    for (const id of ['kappa', 'pi', 'fleiss', 'alpha-nominal']) assert.match(report.parts.find((p) => p.id === 'flag:rude')!.coefficients.find((k) => k.id === id)!.reason ?? '', /85 %.*yet this is low.*AC1/, id);
    assert.equal(report.parts.find((p) => p.id === 'flag:rude')!.coefficients.find((k) => k.id === 'ac1')!.reason, undefined);
    const never = reportOf(labels.map((l) => ({ ...l, flags: [[]] })), flagForm).parts.find((p) => p.id === 'flag:rude')!;
    const alpha = never.coefficients.find((k) => k.id === 'alpha-nominal')!;
    assert.equal(alpha.value, undefined);
    assert.match(alpha.reason!, /0 ÷ 0/);
  });

  it('has a plain sentence for every coefficient without a value or without an interval, in the matrix, too', () => {
    const g = (n: number, k = 4): Generation => generationOf(`p${n}`, k);
    const by = (labeler: string, n: number, fields: Partial<Label>): Label => labelOf(g(n), { id: `${labeler}${n}`, labeler, ...fields });
    const cases: Record<string, { labels: Label[]; says: Record<string, RegExp> }> = {
      'one labeler alone': { labels: [by('a', 0, {}), by('a', 1, {})], says: { percent: /^Nothing was judged by two/, strict: /^Nothing was judged by two/, fleiss: /^Nothing was judged by two/, w: /ranked by enough/ } },
      'nothing but ties': { labels: ['a', 'b', 'c'].flatMap((l) => [by(l, 0, { verdict: 'tie' }), by(l, 1, { verdict: 'tie' })]), says: { strict: /said that there is no difference/, kappa: /0 ÷ 0/, fleiss: /0 ÷ 0/, 'alpha-nominal': /0 ÷ 0/, w: /^Left out: 2 items in which everybody tied everything\.$/, 'tau-b': /^Left out: 6 pairs of rankings/ } },
      'one prompt': { labels: ['a', 'b', 'c'].map((l, i) => by(l, 0, { ranks: i === 0 ? [1, 2, 3, 4] : [2, 1, 3, 4] })), says: { percent: /at least two prompts/, kappa: /at least two prompts/, w: /at least two prompts/, 'tau-b': /at least two prompts/ } },
      'one prompt, and another in which somebody tied everything': { labels: ['a', 'b', 'c'].flatMap((l) => [by(l, 0, { ranks: [1, 2, 3, 4] }), by(l, 1, l === 'a' ? { verdict: 'tie' } : { ranks: [1, 2, 3, 4] })]), says: { 'tau-b': /^Left out: 2 pairs of rankings/ } },
      'one prompt, and another in which everybody did': { labels: ['a', 'b', 'c'].flatMap((l) => [by(l, 0, { ranks: [1, 2, 3, 4] }), by(l, 1, { verdict: 'tie' })]), says: { w: /^Left out: 1 item in which everybody/, 'tau-b': /^Left out: 3 pairs of rankings/ } },
    };
    for (const [name, { labels, says }] of Object.entries(cases)) {
      const [part] = reportOf(labels).parts;
      const all = [...part!.coefficients, ...part!.matrix.cells.flatMap((c) => c.values)];
      for (const c of all) if (c.value === undefined || c.low === undefined) assert.match(c.reason ?? '', /^[A-Z0-9].*[.]$/, `${name}: ${JSON.stringify(c)}`);
      for (const [id, expected] of Object.entries(says)) assert.match(part!.coefficients.find((c) => c.id === id)!.reason ?? '', expected, `${name}: ${id}`);
    }
  });

  it('marks who stands out, and why; nobody else', () => {
    const rng = createRng('outliers');
    const labels: Label[] = [];
    for (let n = 0; n < 80; n++) {
      const g = generationOf(`p${n}`, 2);
      const truth = n % 2 === 0 ? [1, 2] : [2, 1];
      const wrong = [...truth].reverse();
      const seen = n % 4 < 2 ? [0, 1] : [1, 0];
      const slow = (labeler: string, right: boolean): Label => labelOf(g, { id: `${labeler}${n}`, labeler, at: minute(n), ranks: right ? truth : wrong, shown: seen, ms: 20_000 });
      labels.push(slow('anna', rng.next() < 0.95), slow('bert', rng.next() < 0.95), slow('cleo', rng.next() < 0.95));
      labels.push(labelOf(g, { id: `hasty${n}`, labeler: 'hasty', at: minute(n), ranks: seen[0] === 0 ? [1, 2] : [2, 1], shown: seen, ms: 1500 }));
    }
    const report = reportOf(labels);
    const of = (id: string): AgreementReport['labelers'][number] => report.labelers.find((l) => l.id === id)!;
    for (const id of ['anna', 'bert', 'cleo']) assert.deepEqual(of(id).outlier, []);
    assert.equal(of('hasty').outlier.length, 3);
    assert.match(of('hasty').outlier[0]!, /majority of the others/);
    assert.match(of('hasty').outlier[1]!, /1\.5 s an item, under a third of the others' 20\.0 s/);
    assert.match(of('hasty').outlier[2]!, /shown first too often: the first one 100 %/);
    assert.equal(of('anna').secondsPer100Words, 10);
    assert.equal(of('hasty').firstPosition.value, 1);
  });

  it('counts ties, repeats and gold items by labeler', () => {
    const [g, h] = [generationOf('p', 2), generationOf('q', 2)];
    const report = reportOf([
      labelOf(g, { id: '1', labeler: 'a' }), labelOf(g, { id: '2', labeler: 'a', kind: 'repeat', verdict: 'tie' }),
      labelOf(h, { id: '3', labeler: 'a', verdict: 'tie' }), labelOf(h, { id: '4', labeler: 'a', kind: 'repeat', verdict: 'tie' }),
      labelOf(h, { id: '5', labeler: 'b', verdict: 'skipped' }),
    ]);
    const a = report.labelers.find((l) => l.id === 'a')!;
    assert.deepEqual([a.labels, a.ties!.share, a.repeats.value, a.repeats.n, a.gold!.share], [2, 0.5, 0.75, 2, 0.75]);
    assert.equal(a.agreement.value, undefined);
    assert.equal(report.labelers.find((l) => l.id === 'b')!.skipped, 1);
  });

  it('follows agreement over time, by day over a week, in equal parts within an hour', () => {
    const over = (at: (n: number) => string): AgreementReport['parts'][number]['timeline'] => {
      const labels = Array.from({ length: 60 }, (_, n) => ['a', 'b'].map((labeler, i) => labelOf(generationOf(`p${n}`, 2), { id: `${labeler}${n}`, labeler, at: at(n), ranks: n >= 30 && i === 1 ? [2, 1] : [1, 2] }))).flat();
      return reportOf(labels).parts.find((p) => p.id === 'preference')!.timeline;
    };
    const days = over((n) => new Date(Date.UTC(2026, 0, 1 + Math.floor(n / 10), 8, n % 10)).toISOString());
    assert.equal(days.by, 'day');
    assert.deepEqual(days.buckets.map((b) => [b.agreement.value, b.agreement.n]), [[1, 10], [1, 10], [1, 10], [0, 10], [0, 10], [0, 10]]);
    const hour = over(minute);
    assert.equal(hour.by, 'sequence');
    assert.deepEqual(hour.buckets.map((b) => b.agreement.value), [1, 1, 1, 0, 0, 0]);
  });

  it('lists what is not settled first', () => {
    const [g, h, same] = [generationOf('p', 3), generationOf('q', 3), generationOf('r', 3)];
    const both = (x: typeof g, ranks: number[]): Label[] => [labelOf(x, { id: `${x.id}a`, labeler: 'a' }), labelOf(x, { id: `${x.id}b`, labeler: 'b', ranks })];
    const report = reportOf([...both(g, [3, 2, 1]), ...both(h, [2, 1, 3]), ...both(same, [1, 2, 3]), labelOf(g, { id: 'x', labeler: 'lead', kind: 'adjudication' })]);
    assert.deepEqual(report.disputed.map((d) => [d.settled, d.disagreement, d.labelers]), [[false, 1 / 3, 2], [true, 1, 2]]);
    assert.deepEqual([report.overlap, report.disputedTotal, report.unsettled], [3, 2, 1]);
  });

  it('is the same for the same labels', () => {
    const labels = Array.from({ length: 30 }, (_, n) => ['a', 'b'].map((labeler, i) => labelOf(generationOf(`p${n}`, 3), { id: `${labeler}${n}`, labeler, ranks: (n + i) % 3 === 0 ? [1, 2, 3] : [2, 1, 3] }))).flat();
    assert.deepEqual(reportOf(labels), reportOf(labels));
  });
});
