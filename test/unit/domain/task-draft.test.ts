import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkDraft } from '../../../src/domain/task-check';
import { addParts, addTo, changeElement, duplicateTask, emptyParts, freeId, idFrom, moved, ownCriterion, partsOf, renameElement, retitle, tidy, unnameIn, unused, withEnds, withFields, withParts } from '../../../src/domain/task-draft';
import { countUses } from '../../../src/domain/task-uses';
import type { Question, TaskSource } from '../../../src/domain/tasks';
import { resolveTask } from '../../../src/domain/tasks';
import { projectSchema } from '../../../src/protocol/project';
import { generationOf, labelOf } from './records-of';

const yesNo: Question = { id: 'ok', text: 'Is it all right?', kind: 'yes-no', per: 'answer' };
const why: Question = { id: 'why', text: 'Why not?', kind: 'text', per: 'answer', when: { question: 'ok', is: [false] } };
const draft: TaskSource = { ...emptyParts, questions: [yesNo, why], tasks: [{ id: 'first', questions: ['ok', 'why'] }, { id: 'second', questions: ['ok'], preference: { form: 'best' } }] };

describe('domain/task-draft', () => {
  it('keeps unknown fields, and where they stand', () => {
    const odd = { ...draft, tasks: [{ zeta: 1, id: 'first', future: { x: [1] }, title: 'T' }] } as unknown as TaskSource;
    const changed = changeElement(odd, 'tasks', 0, { title: undefined, rationale: 'optional' });
    assert.equal(JSON.stringify(changed.tasks[0]), '{"zeta":1,"id":"first","future":{"x":[1]},"rationale":"optional"}');
    assert.equal(JSON.stringify(renameElement(odd, 'tasks', 0, 'other').tasks[0]), '{"zeta":1,"id":"other","future":{"x":[1]},"title":"T"}');
    assert.equal(tidy(odd).tasks[0], odd.tasks[0]);
    assert.deepEqual(withFields({ a: 1, b: 2 }, { a: 3 }), { a: 3, b: 2 });
  });

  it('renames what names it, in every task and condition', () => {
    const next = renameElement(draft, 'questions', 0, 'fine');
    assert.deepEqual(next.tasks.map((t) => t.questions), [['fine', 'why'], ['fine']]);
    assert.equal(next.questions[1]!.when!.question, 'fine');
    for (const task of next.tasks) assert.deepEqual(resolveTask(next, task).faults, []);
    assert.equal(draft.questions[0]!.id, 'ok');
  });

  it('adds, shares and takes out', () => {
    const added = addTo(draft, 1, 'rules', { id: 'r', text: 'Rule.' });
    assert.deepEqual(added.tasks[1]!.rules, ['r']);
    const out = unnameIn(added, 1, 'rules', 'r');
    assert.equal('rules' in out.tasks[1]!, false);
    assert.deepEqual(unused(out, 'rules').map((r) => r.id), ['r']);
    const copy = duplicateTask(draft, 0);
    assert.deepEqual(copy.tasks.map((t) => t.id), ['first', 'first-copy', 'second']);
    assert.equal(addParts(draft, { ...emptyParts, questions: [yesNo], tasks: [{ id: 'first', title: 'First', questions: ['ok'] }] }).draft.questions.length, 2);
    const clash = addParts(draft, { ...emptyParts, questions: [{ ...yesNo, text: 'Other?' }, why], tasks: [{ id: 'first', title: 'First', questions: ['ok', 'why'] }] });
    assert.deepEqual(clash.draft.tasks[clash.task], { id: 'first-2', title: 'First 2', questions: ['ok-2', 'why-2'] });
    assert.equal(clash.draft.questions.find((q) => q.id === 'why-2')!.when!.question, 'ok-2');
    assert.deepEqual(resolveTask(clash.draft, clash.draft.tasks[clash.task]!).faults, []);
  });

  it('copies a ready-made criterion into the project before it is changed', () => {
    const { draft: next, index } = ownCriterion(draft, 'helpful');
    assert.equal(next.criteria[index]!.title, 'Helpful');
    assert.equal(ownCriterion(next, 'helpful').draft, next);
  });

  it('makes ids', () => {
    assert.equal(idFrom('Is everything that the answer says correct?', 'x'), 'is-everything-that-the');
    assert.equal(idFrom('  ', 'question'), 'question');
    assert.equal(idFrom('x'.repeat(90), 'y').length, 28);
    assert.equal(freeId('a', [{ id: 'a' }, { id: 'a-2' }]), 'a-3');
    assert.deepEqual(moved([1, 2, 3], 0, 2), [2, 3, 1]);
    fc.assert(fc.property(fc.string(), (text) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(idFrom(text, 'x'))));
  });

  it('an id follows the words it was made from, unless it is fixed', () => {
    let d = addTo(draft, 0, 'questions', { id: 'question', text: '', kind: 'yes-no' });
    for (const text of ['I', 'Is', 'Is it', 'Is it true?']) d = retitle(d, 'questions', 2, 'text', text, false);
    assert.deepEqual(d.tasks[0]!.questions, ['ok', 'why', 'is-it-true']);
    assert.equal(retitle(d, 'questions', 2, 'text', 'Other', true).questions[2]!.id, 'is-it-true');
    assert.equal(retitle(renameElement(d, 'questions', 2, 'mine'), 'questions', 2, 'text', 'Other', false).questions[2]!.id, 'mine');
    assert.equal(retitle(d, 'questions', 2, 'text', 'ok', false).questions[2]!.id, 'ok-2');
  });

  it('puts the parts back without touching anything else', () => {
    const raw = { v: 1, tasks: [{ id: 'a', x: 1 }], future: { y: [2] }, criteria: [] };
    assert.equal(JSON.stringify(withParts(raw, partsOf(raw))), JSON.stringify(raw));
    assert.equal(JSON.stringify(withParts(raw, { ...partsOf(raw), rules: [{ id: 'r', text: 'R.' }] })), '{"v":1,"tasks":[{"id":"a","x":1}],"future":{"y":[2]},"criteria":[],"rules":[{"id":"r","text":"R."}]}');
  });

  it('counts what labels name', () => {
    const g = generationOf('p', 2);
    const labels = [labelOf(g, { id: '1', criteria: { helpful: [1, 2] }, criteriaRanks: { helpful: [1, 2], honest: [1, 1] } }), labelOf(g, { id: '2', task: 't', rules: { r: [true, false] }, answers: { q: true }, spans: [{ item: 0, start: 0, end: 1, tag: 'x', question: 's' }] })];
    const work = countUses(labels);
    let step = work.next();
    while (step.done !== true) step = work.next();
    assert.deepEqual(step.value, { tasks: { ranking: 1, t: 1 }, criteria: { helpful: 1, honest: 1 }, questions: { q: 1, s: 1 }, rules: { r: 1 } });
  });

  it('moves the words of a scale with its ends', () => {
    const scale = { min: 1, max: 7, labels: { 1: 'low', 4: 'middle', 7: 'high' } };
    assert.deepEqual(withEnds(scale, { max: 5 }), { min: 1, max: 5, labels: { 1: 'low', 4: 'middle', 5: 'high' } });
    assert.deepEqual(withEnds(scale, { max: 3 }), { min: 1, max: 3, labels: { 1: 'low', 3: 'high' } });
    assert.deepEqual(withEnds({ min: 1, max: 7 }, { low: 'bad' }), { min: 1, max: 7, labels: { 1: 'bad' } });
    assert.deepEqual(withEnds({ min: 0, max: 1, labels: { 0: 'no' } }, { low: '' }), { min: 0, max: 1 });
  });

  it('tidies lists and texts', () => {
    const messy: TaskSource = {
      tasks: [{ id: 't', title: ' ', guideline: '\n', flags: ['a ', '', 'b'], queue: {} }],
      criteria: [{ id: 'c', title: ' C ', description: '' }],
      questions: [{ id: 'q', text: ' Q? ', kind: 'choice', choices: ['x', ' ', 'y'] }],
      rules: [{ id: 'r', text: 'R.', patterns: [''], examples: [{ text: ' ', violates: true }, { text: 'e', violates: false }] }],
    };
    assert.deepEqual(tidy(messy), {
      tasks: [{ id: 't', flags: ['a', 'b'] }],
      criteria: [{ id: 'c', title: 'C' }],
      questions: [{ id: 'q', text: 'Q?', kind: 'choice', choices: ['x', 'y'] }],
      rules: [{ id: 'r', text: 'R.', examples: [{ text: 'e', violates: false }] }],
    });
  });
});

describe('domain/task-check', () => {
  const messages = (d: TaskSource): string[] => checkDraft(d).map((f) => `${f.part}.${f.index}.${f.field} ${f.severity}`);

  it('says what is wrong at the field', () => {
    assert.deepEqual(messages(draft), []);
    assert.deepEqual(messages({ ...emptyParts, tasks: [{ id: '' }] }), ['tasks.0.id error', 'tasks.0. error']);
    assert.deepEqual(messages({ ...draft, tasks: [{ id: 'x', questions: ['why'] }] }), ['tasks.0.questions error']);
    assert.deepEqual(messages({ ...draft, tasks: [{ id: 'x', rules: ['gone'] }] }), ['tasks.0. error']);
    assert.deepEqual(messages({ ...draft, questions: [yesNo, { ...why, when: { question: 'ok', is: ['maybe'] } }] }), ['tasks.0.questions warning']);
    assert.deepEqual(messages({ ...emptyParts, questions: [{ id: 'q', text: '', kind: 'span', per: 'prompt' }] }), ['questions.0.text error', 'questions.0.tags error', 'questions.0.per error']);
    assert.deepEqual(messages({ ...emptyParts, rules: [{ id: 'r', text: 'R.', patterns: ['('] }] }), ['rules.0.patterns error']);
    assert.deepEqual(checkDraft({ ...emptyParts, tasks: [{ id: 't', flags: ['a'], sets: ['gone'] }] }, ['there']).map((f) => f.severity), ['warning']);
  });

  const name = fc.constantFrom('a', 'b', 'helpful', 'x y', '', 'c.d');
  const text = fc.constantFrom('', ' ', 'word', 'two words');
  const scale = fc.record({ min: fc.integer({ min: -2, max: 3 }), max: fc.integer({ min: -2, max: 30 }) });
  const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  const anyDraft = fc.record({
    criteria: fc.array(fc.record({ id: name, title: optional(text), scale: optional(scale) }), { maxLength: 2 }),
    questions: fc.array(
      fc.record({
        id: name,
        text,
        kind: fc.constantFrom('yes-no' as const, 'choice' as const, 'scale' as const, 'text' as const, 'span' as const),
        per: optional(fc.constantFrom('prompt' as const, 'answer' as const)),
        choices: optional(fc.array(text, { maxLength: 4 })),
        tags: optional(fc.array(text, { maxLength: 3 })),
        minLength: optional(fc.constantFrom(-1, 0, 2.5, 3)),
        when: optional(fc.record({ question: name, is: fc.array(fc.boolean(), { maxLength: 2 }) })),
      }),
      { maxLength: 3 },
    ),
    rules: fc.array(fc.record({ id: name, text, patterns: optional(fc.array(fc.constantFrom('(', 'a+', '\\p{L}', '', '\\q'), { maxLength: 2 })) }), { maxLength: 2 }),
    tasks: fc.array(
      fc.record({
        id: name,
        questions: optional(fc.array(name, { maxLength: 2 })),
        criteria: optional(fc.array(name, { maxLength: 2 })),
        flags: optional(fc.array(text, { maxLength: 2 })),
        rationaleMinLength: optional(fc.constantFrom(-1, 0, 5)),
        queue: optional(fc.record({ overlap: fc.constantFrom(0, 1, 1.5), repeats: fc.constantFrom(0, 0.5, 0.7) })),
      }),
      { maxLength: 2 },
    ),
  });

  it('what it lets pass, the schema of project.json lets pass', () => {
    let passed = 0;
    fc.assert(
      fc.property(anyDraft, (messy) => {
        const tidied = JSON.parse(JSON.stringify(tidy(messy))) as TaskSource;
        if (checkDraft(tidied).some((f) => f.severity === 'error')) return;
        passed++;
        const parsed = projectSchema.safeParse(tidied);
        assert.ok(parsed.success, JSON.stringify([tidied, parsed.error?.issues]));
      }),
      { numRuns: 3000 },
    );
    assert.ok(passed > 50, `${passed} passed`);
  });
});
