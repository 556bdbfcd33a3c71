import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Field } from '../../../src/domain/form';
import { maskedPieces } from '../../../src/domain/masking';
import { moveCaret, stretchOf, trimStretch, wordsOf } from '../../../src/webview/ranking/caret';
import { keysFor } from '../../../src/webview/ranking/keys';
import { fieldBeside } from '../../../src/webview/ranking/navigation';
import { inOneLine } from '../../../src/webview/ranking/one-line';
import { addMark, chooseNth, marksOf, removeMarks, toggleOption } from '../../../src/webview/ranking/values';

const field = (more: Partial<Field> & { id: string }): Field => ({ of: 'question', ref: 'q', at: 'all', kind: 'one', label: 'Q', options: [], required: false, minLength: 0, ...more });
const options = (...values: (string | number | boolean)[]): Field['options'] => values.map((value) => ({ value, label: String(value) }));

describe('fields of the page', () => {
  it('digits choose the n-th option, the same again none', () => {
    const f = field({ id: 'q', options: options('x', 'y') });
    const { values } = chooseNth({}, f, 2);
    assert.deepEqual(values, { q: 'y' });
    assert.deepEqual(chooseNth(values, f, 2).values, {});
    assert.deepEqual(chooseNth(values, f, 3), { values, says: 'Q has no option 3' });
  });
  it('digits choose the point of a scale that has them', () => {
    const f = field({ id: 'q', scale: { min: 0, max: 4 }, options: options(0, 1, 2, 3, 4) });
    assert.deepEqual(chooseNth({}, f, 3).values, { q: 3 });
    assert.deepEqual(chooseNth({}, f, 7).values, {});
  });
  it('several are kept in the order of the options', () => {
    const f = field({ id: 'q', kind: 'many', options: options('x', 'y', 'z') });
    const step = toggleOption(toggleOption({}, f, 'z').values, f, 'x');
    assert.deepEqual([step.values, step.says], [{ q: ['x', 'z'] }, 'Q: x']);
    assert.deepEqual(toggleOption(toggleOption(step.values, f, 'x').values, f, 'z').values, {});
  });
  it('marks, marks otherwise, and takes marks away', () => {
    const f = field({ id: 's', kind: 'span', options: options('wrong', 'vague') });
    const text = 'one two three';
    let { values } = addMark({}, f, { start: 4, end: 7, tag: 'wrong' }, text);
    values = addMark(values, f, { start: 0, end: 3, tag: 'vague' }, text).values;
    assert.deepEqual(marksOf(values, f).map((m) => m.start), [0, 4]);
    values = addMark(values, f, { start: 4, end: 7, tag: 'vague' }, text).values;
    assert.deepEqual(marksOf(values, f).map((m) => m.tag), ['vague', 'vague']);
    assert.equal(addMark(values, f, { start: 4, end: 7, tag: 'vague' }, text).says, 'No longer marked: two');
    assert.deepEqual(marksOf(removeMarks(values, f, { start: 5, end: 6 }).values, f).map((m) => m.start), [0]);
    assert.equal(removeMarks(values, f, { start: 8, end: 13 }).says, 'Nothing is marked there');
  });
  it('goes from the answers to the focused one’s fields, through all of them, and back to the answers', () => {
    const fields = [field({ id: 'a', at: 0 }), field({ id: 'b', at: 1 }), field({ id: 'c', at: 'all' })];
    assert.deepEqual([fieldBeside(fields, undefined, 1, 1), fieldBeside(fields, 'b', 1, 1), fieldBeside(fields, 'c', 1, 1)], ['b', 'c', undefined]);
    assert.deepEqual([fieldBeside(fields, 'a', 0, -1), fieldBeside(fields, undefined, 0, -1), fieldBeside([], undefined, 0, 1)], [undefined, 'c', undefined]);
  });
  it('lists the keys that apply', () => {
    const form = { id: 't', title: 'T', guideline: '', criteria: [], criteriaForm: 'scale' as const, questions: [], rules: [], flags: [], rationale: 'off' as const, rationaleMinLength: 0 };
    const names = (f: typeof form, count = 2): string => keysFor(f, count).map(([k]) => k.join('')).join(' ');
    assert.ok(!names(form).includes('W') && !names(form).includes('F') && !names(form).includes('B'));
    assert.ok(names({ ...form, preference: { form: 'ranking' } } as typeof form).includes('W'));
    assert.ok(names({ ...form, flags: ['x'] } as unknown as typeof form).includes('F'));
  });
  it('says a preference in one line', () => {
    const said = (ranks: (number | null)[], rest: 'subset' | 'top_k' = 'subset') => inOneLine({ verdict: 'ranked', ranks, rest, values: {} });
    assert.deepEqual([said([2, 1, 2]), said([null, 1, null], 'top_k'), said([2, 1, null])], ['B > A = C', 'B > A, C', 'B > A; C not compared']);
  });
});

describe('choosing words', () => {
  const text = 'It’s a well-known fact: 42!';
  const quote = (s: { start: number; end: number } | undefined): string | undefined => s && text.slice(s.start, s.end);
  it('walks word by word and grows with shift', () => {
    const words = wordsOf(text, []);
    assert.deepEqual(words.map(quote), ['It’s', 'a', 'well-known', 'fact', ':', '42', '!']);
    let caret = moveCaret(undefined, 'ArrowRight', false, words.length)!;
    assert.equal(quote(stretchOf(caret, words)), 'It’s');
    for (const [key, shift, expected] of [['ArrowRight', false, 'a'], ['ArrowRight', true, 'a well-known'], ['ArrowRight', true, 'a well-known fact'], ['ArrowLeft', true, 'a well-known'], ['End', false, '!'], ['Home', true, text]] as const) {
      caret = moveCaret(caret, key, shift, words.length)!;
      assert.equal(quote(stretchOf(caret, words)), expected);
    }
    assert.equal(moveCaret(caret, 'x', false, words.length), undefined);
    assert.equal(moveCaret(undefined, 'ArrowRight', false, 0), undefined);
  });
  it('takes what is hidden as one word', () => {
    const hidden = [{ start: 0, end: 6 }];
    assert.deepEqual(wordsOf(text, hidden).slice(0, 2).map(quote), ['It’s a', 'well-known']);
    assert.deepEqual(trimStretch({ start: 3, end: 9 }, text, hidden), { start: 0, end: 9 });
    assert.deepEqual(trimStretch({ start: 6, end: 18 }, text, []), { start: 7, end: 17 });
    assert.equal(trimStretch({ start: 6, end: 7 }, text, []), undefined);
  });
  it('never leaves the text, whatever is pressed', () => {
    const keys = fc.array(fc.tuple(fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'), fc.boolean()));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), keys, (some, presses) => {
        const words = wordsOf(some, []);
        let caret: ReturnType<typeof moveCaret>;
        for (const [key, shift] of presses) caret = moveCaret(caret, key, shift, words.length) ?? caret;
        const stretch = caret && stretchOf(caret, words);
        if (stretch) assert.ok(stretch.start >= 0 && stretch.start < stretch.end && stretch.end <= some.length);
        assert.equal(maskedPieces(some, words).map((p) => p.text).join(''), some);
      }),
    );
  });
});
