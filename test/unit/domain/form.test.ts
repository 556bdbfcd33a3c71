import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hashText } from '../../../src/base/hash';
import type { Field, Mark, Said, Value } from '../../../src/domain/form';
import { fieldsOf } from '../../../src/domain/form';
import { fits, missing } from '../../../src/domain/form-check';
import type { Cards } from '../../../src/domain/form-label';
import { fromLabel, keptValues, toLabel } from '../../../src/domain/form-label';
import { labelFault } from '../../../src/domain/label-fault';
import { competitionRanks } from '../../../src/domain/ranks';
import type { Label } from '../../../src/domain/records';
import type { Question, TaskForm } from '../../../src/domain/tasks';
import { labelSchema } from '../../../src/protocol/records';

const form = (more: Partial<TaskForm> = {}): TaskForm => ({ id: 't', title: 'T', guideline: '', criteria: [], criteriaForm: 'scale', questions: [], rules: [], flags: [], rationale: 'off', rationaleMinLength: 0, ...more });
const said = (more: Partial<Said> = {}): Said => ({ verdict: 'answered', ranks: [], rest: 'subset', values: {}, ...more });
const ids = (f: TaskForm, count: number, s: Said): string[] => fieldsOf(f, count, s).map((field) => field.id);
const yesNo = (id: string, more: Partial<Question> = {}): Question => ({ id, text: id, kind: 'yes-no', ...more });
const apart = (count: number): Cards => Array.from({ length: count }, (_, i) => [i]);

describe('fields of a form', () => {
  it('asks each answer first, then the whole', () => {
    const f = form({ criteria: [{ id: 'helpful' }], rules: [{ id: 'kind', text: 'Is kind.' }], questions: [yesNo('p'), yesNo('a', { per: 'answer' }), yesNo('both', { per: 'pair' })], flags: ['odd'], rationale: 'optional', confidence: { min: 1, max: 5 } });
    assert.deepEqual(ids(f, 2, said()), [
      'criterion/helpful/0', 'rule/kind/0', 'question/a/0', 'flags/0', 'criterion/helpful/1', 'rule/kind/1', 'question/a/1', 'flags/1', 'question/p', 'question/both', 'rationale', 'confidence',
    ]);
  });
  it('asks how much better only where one of two is preferred', () => {
    const f = form({ preference: { form: 'pairwise', strength: true } });
    const asks = (s: Partial<Said>, count = 2): boolean => ids(f, count, said(s)).includes('strength');
    assert.ok(asks({ verdict: 'ranked', ranks: [1, 2] }));
    assert.ok(asks({ verdict: 'ranked', ranks: [null, 1], rest: 'top_k' }));
    for (const s of [{ verdict: 'tie', ranks: [1, 1] }, { verdict: 'ranked', ranks: [null, 1] }, { verdict: 'all_bad', ranks: [1, 2] }, { verdict: 'unsure', ranks: [null, null] }] as const) assert.ok(!asks(s), JSON.stringify(s));
    assert.ok(!asks({ verdict: 'ranked', ranks: [1, 2, 3] }, 3));
  });
  it('asks for evidence where a rule is broken', () => {
    const f = form({ rules: [{ id: 'kind', text: 'Is kind.' }] });
    assert.deepEqual(ids(f, 2, said({ values: { 'rule/kind/1': true, 'rule/kind/0': false } })), ['rule/kind/0', 'rule/kind/1', 'evidence/kind/1']);
  });
  it('shows a question when an earlier one was answered so, of the same answer or of any', () => {
    const f = form({ questions: [yesNo('safe', { per: 'answer' }), { id: 'why', text: 'why', kind: 'text', per: 'answer', when: { question: 'safe', is: [false] } }, yesNo('report', { when: { question: 'safe', is: [false] } })] });
    assert.deepEqual(ids(f, 2, said()), ['question/safe/0', 'question/safe/1']);
    assert.deepEqual(ids(f, 2, said({ values: { 'question/safe/1': false } })), ['question/safe/0', 'question/safe/1', 'question/why/1', 'question/report']);
  });
  it('does not count what a hidden question was once answered with', () => {
    const f = form({ questions: [yesNo('a'), yesNo('b', { when: { question: 'a', is: [true] } }), yesNo('c', { when: { question: 'b', is: [true] } })] });
    const values = { 'question/a': true, 'question/b': true };
    assert.deepEqual(ids(f, 1, said({ values })), ['question/a', 'question/b', 'question/c']);
    const hidden = said({ values: { ...values, 'question/a': false, 'question/c': true } });
    assert.deepEqual(ids(f, 1, hidden), ['question/a']);
    assert.deepEqual(toLabel(f, apart(1), hidden).answers, { a: false });
  });
  it('takes any of several choices as a condition', () => {
    const f = form({ questions: [{ id: 'm', text: 'm', kind: 'multiple', choices: ['x', 'y', 'z'] }, yesNo('n', { when: { question: 'm', is: ['y'] } })] });
    assert.ok(ids(f, 1, said({ values: { 'question/m': ['x', 'y'] } })).includes('question/n'));
    assert.ok(!ids(f, 1, said({ values: { 'question/m': ['x'] } })).includes('question/n'));
  });
  it('asks nothing of what is skipped', () => {
    assert.deepEqual(fieldsOf(form({ flags: ['x'] }), 2, said({ verdict: 'skipped' })), []);
  });
});

describe('what is missing', () => {
  const says = (f: TaskForm, count: number, s: Partial<Said>): string | undefined => {
    const m = missing(f, count, said(s));
    return m && m.message.replace(/\{(\d)\}/g, (_, i: string) => String(m.args[Number(i)]));
  };
  it('names the first field that is required and empty', () => {
    const f = form({ preference: { form: 'ranking' }, questions: [yesNo('q', { required: true, text: 'Is it so?' })] });
    assert.equal(says(f, 2, { verdict: 'ranked', ranks: [1, null] }), 'One ranked answer compares with nothing.');
    assert.equal(says(f, 2, { verdict: 'ranked', ranks: [1, 2] }), 'Is it so?: an answer is needed');
    assert.equal(says(f, 2, { verdict: 'ranked', ranks: [1, 2], values: { 'question/q': false } }), undefined);
    assert.equal(says(f, 2, { verdict: 'skipped' }), undefined);
  });
  it('counts characters of required texts, and of others once something stands there', () => {
    const f = form({ rationale: 'optional', rationaleMinLength: 10 });
    assert.equal(says(f, 2, {}), undefined);
    assert.equal(says(f, 2, { values: { rationale: ' short ' } }), 'Why: at least 10 characters, 5 more');
    assert.equal(says(f, 2, { values: { rationale: 'long enough' } }), undefined);
    assert.equal(says({ ...f, rationale: 'required', rationaleMinLength: 0 }, 2, { values: { rationale: '  ' } }), 'Why: a few words are needed');
  });
  it('holds each form of preference to itself', () => {
    const f = (preference: TaskForm['preference']): TaskForm => form(preference ? { preference } : {});
    assert.equal(says(f({ form: 'best' }), 3, { verdict: 'ranked', ranks: [1, 2, 3] }), 'This task asks for the best answer alone.');
    assert.equal(says(f({ form: 'best' }), 3, { verdict: 'ranked', ranks: [null, 1, null], rest: 'top_k' }), undefined);
    assert.equal(says(f({ form: 'ranking', ties: false }), 3, { verdict: 'ranked', ranks: [1, 1, 3] }), 'This task takes no ties.');
    assert.equal(says(f({ form: 'ranking', ties: false }), 3, { verdict: 'tie', ranks: [1, 1, 1] }), 'This task takes no ties.');
    assert.equal(says(f({ form: 'ranking' }), 3, { verdict: 'tie', ranks: [1, 1, 1] }), undefined);
    assert.equal(says(f(undefined), 3, { verdict: 'ranked', ranks: [1, 2, 3] }), 'This task asks for no preference.');
    assert.equal(says(f({ form: 'ranking' }), 3, { verdict: 'answered', ranks: [] }), 'This task asks for a preference.');
  });
  it('lets unsure go without answers only where no preference is asked', () => {
    const questions = [yesNo('q', { required: true })];
    assert.equal(says(form({ questions }), 1, { verdict: 'unsure' }), undefined);
    assert.notEqual(says(form({ questions, preference: { form: 'ranking' } }), 2, { verdict: 'unsure' }), undefined);
  });
});

describe('page to label and back', () => {
  it('puts what was said of a card to all of its items', () => {
    const f = form({ preference: { form: 'ranking' }, criteria: [{ id: 'c' }], flags: ['odd'], questions: [{ id: 's', text: 's', kind: 'span', per: 'answer', tags: ['wrong'] }] });
    const label = toLabel(f, [[2], [0, 1]], said({ verdict: 'ranked', ranks: [2, 1], values: { 'criterion/c/0': 3, 'criterion/c/1': 6, 'flags/1': ['odd'], 'question/s/1': [{ start: 1, end: 3, tag: 'wrong' }] } }));
    assert.deepEqual(label, {
      verdict: 'ranked',
      ranks: [1, 1, 3],
      criteria: { c: [6, 6, 3] },
      flags: [['odd'], ['odd'], []],
      spans: [0, 1].map((item) => ({ item, start: 1, end: 3, tag: 'wrong', question: 's' })),
    });
  });
  it('tells which of two is better by a criterion, and of three only the best', () => {
    const f = form({ criteria: [{ id: 'c' }], criteriaForm: 'preference' });
    const by = (cards: Cards, value: Value): unknown => toLabel(f, cards, said({ values: { 'better/c': value } })).criteriaRanks?.['c'];
    assert.deepEqual(by([[1], [0]], 0), [2, 1]);
    assert.deepEqual(by([[1], [0]], 'same'), [1, 1]);
    assert.deepEqual(by(apart(3), 1), [null, 1, null]);
  });
  it('keeps nothing of what is skipped', () => {
    assert.deepEqual(toLabel(form({ preference: { form: 'ranking' }, rationale: 'optional' }), apart(2), said({ verdict: 'skipped', ranks: [1, 2], values: { rationale: 'no' } })), { verdict: 'skipped' });
  });

  it('comes back the same, and is never a faulty label, whatever was entered', () => {
    fc.assert(
      fc.property(filledForms(), ({ f, cards, s }) => {
        const count = cards.length;
        const judged = toLabel(f, cards, s);
        const k = cards.flat().length;
        const label: Label = { v: 1, id: 'x', op: 'label', task: f.id, labeler: 'a', at: '2026-01-01T00:00:00Z', promptHash: hashText('p'), items: Array.from({ length: k }, (_, i) => ({ hash: hashText(String(cards.findIndex((card) => card.includes(i)))), source: 's' })), shown: cards.flat(), ...judged };
        if (missing(f, count, s) === undefined) assert.equal(labelFault(label), undefined);
        labelSchema.parse(JSON.parse(JSON.stringify(label)));
        const back = fromLabel(f, cards, JSON.parse(JSON.stringify(judged)) as typeof judged);
        assert.deepEqual(back.values, keptValues(f, count, s));
        assert.equal(back.verdict, s.verdict);
        if (s.verdict !== 'skipped' && f.preference) assert.deepEqual(back.ranks, competitionRanks(s.ranks));
        assert.deepEqual(toLabel(f, cards, { ...back, rest: s.rest }), judged);
      }),
      { numRuns: 400 },
    );
  });
});

/** Forms of every kind, cards in any order (some with several items), and entries that mostly fit. */
function filledForms(): fc.Arbitrary<{ f: TaskForm; cards: Cards; s: Said }> {
  const kinds = ['yes-no', 'choice', 'multiple', 'scale', 'text', 'span'] as const;
  const question = (i: number): fc.Arbitrary<Question> =>
    fc.record({ kind: fc.constantFrom(...kinds), per: fc.constantFrom('prompt', 'answer', 'pair'), required: fc.boolean(), when: fc.option(fc.record({ question: fc.constant(`q${i - 1}`), is: fc.constantFrom([true], ['x', 3]) }), { nil: undefined }) }, { requiredKeys: ['kind', 'per'] }).map((q) => ({ id: `q${i}`, text: 'Q', choices: ['x', 'y'], tags: ['t', 'u'], ...q, ...(q.kind === 'span' ? { per: 'answer' as const } : {}) }));
  const forms = fc.record({
    preference: fc.option(fc.record({ form: fc.constantFrom('ranking', 'best', 'pairwise'), strength: fc.boolean(), ties: fc.boolean() }), { nil: undefined }),
    criteria: fc.constantFrom([], [{ id: 'c' }], [{ id: 'c' }, { id: 'd', scale: { min: 0, max: 2 } }]),
    criteriaForm: fc.constantFrom('scale', 'preference'),
    questions: fc.integer({ min: 0, max: 4 }).chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => question(i)))),
    rules: fc.constantFrom([], [{ id: 'r', text: 'R' }]),
    flags: fc.constantFrom([], ['odd', 'rude']),
    rationale: fc.constantFrom('off', 'optional', 'required'),
    confidence: fc.option(fc.constant({ min: 1, max: 5 }), { nil: undefined }),
  });
  const cards = fc.integer({ min: 1, max: 5 }).chain((k) => fc.tuple(fc.shuffledSubarray([...Array(k).keys()], { minLength: k, maxLength: k }), fc.integer({ min: 1, max: k }))).map(([order, n]) => order.slice(0, n).map((item, at) => (at === n - 1 ? order.slice(n - 1) : [item])));
  return fc.tuple(forms, cards, fc.infiniteStream(fc.nat(20)), fc.constantFrom('ranked', 'tie', 'all_bad', 'unsure', 'skipped', 'answered')).map(([{ preference, confidence, ...rest }, c, stream, verdict]) => {
    const f = form({ ...rest, ...(preference ? { preference } : {}), ...(confidence ? { confidence } : {}) });
    const draw = (n: number): number => (stream.next().value as number) % n;
    const ranks = competitionRanks(c.map(() => [null, 1, 2, 3][draw(4)]!));
    let s: Said = { verdict: f.preference ? verdict : verdict === 'skipped' || verdict === 'unsure' ? verdict : 'answered', ranks: verdict === 'tie' ? c.map(() => 1) : ranks, rest: draw(2) ? 'subset' : 'top_k', values: { 'question/gone': 'x', 'rule/r/9': true } };
    // Twice, since an answer may bring up further fields.
    for (let round = 0; round < 2; round++) for (const field of fieldsOf(f, c.length, s)) if (draw(3) > 0) s = { ...s, values: { ...s.values, [field.id]: entry(field, draw) } };
    return { f, cards: c, s };
  });
}

function entry(field: Field, draw: (n: number) => number): Value {
  if (draw(15) === 0) return ['no such option'];
  const options = field.options.map((o) => o.value);
  if (field.kind === 'one') return options[draw(options.length)]!;
  if (field.kind === 'many') return options.filter(() => draw(2) > 0) as string[];
  if (field.kind === 'text') return ['', '  ', 'some words', ' spaced '][draw(4)]!;
  return Array.from({ length: draw(3) }, (): Mark => ({ start: draw(5), end: 6 + draw(5), tag: options[draw(options.length)] as string }));
}

describe('values that fit', () => {
  it('refuses what is no option, spans past the end, and lists with doubles', () => {
    const [field] = fieldsOf(form({ questions: [{ id: 's', text: 's', kind: 'span', per: 'answer', tags: ['t'] }] }), 1, said());
    assert.ok(fits(field!, [{ start: 0, end: 4, tag: 't' }], 4));
    for (const marks of [[{ start: 0, end: 5, tag: 't' }], [{ start: 2, end: 2, tag: 't' }], [{ start: 0, end: 1, tag: 'other' }], ['t']]) assert.ok(!fits(field!, marks, 4), JSON.stringify(marks));
    const [flags] = fieldsOf(form({ flags: ['a', 'b'] }), 1, said());
    assert.ok(fits(flags!, ['b', 'a']));
    assert.ok(!fits(flags!, ['a', 'a']));
    assert.ok(!fits(flags!, 'a'));
  });
});
