import assert from 'node:assert/strict';
import fc from 'fast-check';
import { foldComparisons } from '../../../src/domain/comparisons';
import type { ComparisonExample } from '../../../src/domain/comparisons';
import { generation, response } from '../../../src/domain/content';
import { foldLabels } from '../../../src/domain/labels';
import type { PromptContent } from '../../../src/domain/records';
import { countTrl, exportTrl } from '../../../src/formats/trl-export';
import { anyHistory, generationOf, labelOf } from '../domain/records-of';
import { importOf, jsonl } from './import';

const user = (content: string): object => ({ role: 'user', content });
const assistant = (content: string): object => ({ role: 'assistant', content });
const admitted = new Map([['anna', 1], ['bert', 1], ['Bert Ö.', 1], ['con', 1]]);
const rows = (text: string): Record<string, unknown>[] => text.split('\n').filter((l) => l !== '').map((l) => JSON.parse(l) as Record<string, unknown>);

/** What an import says: prompt, the better answer, the worse one. */
function judged(read: ReturnType<typeof importOf>): [PromptContent, string, string][] {
  return read.labels.map((label) => {
    const g = read.generations.find((x) => x.id === label.generation)!;
    const text = (rank: number): string => g.responses[label.ranks!.indexOf(rank)]!.text;
    return [g.messages ?? g.prompt!, text(1), text(2)];
  });
}

describe('formats/trl-preference', () => {
  it('reads every form that TRL documents', () => {
    const forms: [object, PromptContent][] = [
      [{ prompt: 'The sky is', chosen: ' blue.', rejected: ' green.' }, 'The sky is'],
      [{ prompt: [user('q')], chosen: [assistant(' blue.')], rejected: [assistant(' green.')] }, [{ role: 'user', content: 'q' }]],
      [{ chosen: [user('q'), assistant(' blue.')], rejected: [user('q'), assistant(' green.')] }, [{ role: 'user', content: 'q' }]],
      [{ prompt: 'q', chosen: [user('q'), assistant(' blue.')], rejected: [user('q'), assistant(' green.')], score_chosen: 8 }, [{ role: 'user', content: 'q' }]],
      [{ prompt: [user('q')], chosen: [user('q'), assistant(' blue.')], rejected: [user('q'), assistant(' green.')] }, [{ role: 'user', content: 'q' }]],
      [{ prompt: 'q', chosen: [assistant(' blue.')], rejected: [assistant(' green.')] }, [{ role: 'user', content: 'q' }]],
    ];
    for (const [row, prompt] of forms) {
      const read = importOf('f.jsonl', jsonl(row));
      assert.equal(read.format!.id, 'trl-preference');
      assert.deepEqual(read.told, []);
      assert.deepEqual(judged(read), [[prompt, ' blue.', ' green.']]);
    }
    assert.deepEqual(judged(importOf('f.csv', 'prompt,chosen,rejected\nq,"a\nb",c\n')), [['q', 'a\nb', 'c']]);
  });

  it('says what it cannot read, by line', () => {
    const bad = [{ chosen: 'a', rejected: 'b' }, { prompt: 'p', chosen: 'a', rejected: [assistant('b')] }, { prompt: 'p', chosen: '', rejected: 'b' }, { chosen: [assistant('a')], rejected: [assistant('b')] }, { prompt: 'p', chosen: [assistant('a'), user('x'), assistant('y')], rejected: [assistant('b')] }, { prompt: 'p', chosen: 'a', rejected: 'a' }];
    const { told, labels } = importOf('f.jsonl', jsonl(...bad));
    assert.equal(labels.length, 0);
    assert.deepEqual(told.map((t) => t.slice(0, 9)), ['1 error t', '2 error "', '3 error o', '4 error t', '5 error w', '6 warning']);
  });
});

describe('formats/trl-export', () => {
  const g = generationOf('p', 3);
  const chat = generation([{ role: 'user', content: 'Hi' }], [response('x', 's'), response('y\r\n', 's')]);
  const labels = [labelOf(g, { id: 'a', ranks: [1, 2, 2] }), labelOf(chat, { id: 'b' }), labelOf(generationOf('q', 2), { id: 'c', verdict: 'all_bad' })];
  const of = (...sets: (typeof g)[]): ComparisonExample[] => foldComparisons(labels, sets, { admitted }).examples;

  it('drops ties or writes both directions, and counts', () => {
    const drop = exportTrl(of(g), { ties: 'drop' });
    assert.deepEqual(rows(drop.text).map((r) => [r['prompt'], r['chosen'], r['rejected']]).sort(), [['p', 'p answer 0', 'p answer 1'], ['p', 'p answer 0', 'p answer 2']]);
    assert.deepEqual(drop.counts, { prompts: 1, rows: 2, preferences: 2, ties: 1, otherSplit: 0, style: 'plain' });
    const both = exportTrl(of(g), { ties: 'both' });
    assert.equal(rows(both.text).length, 4);
    assert.equal(both.counts.rows, 4);
    assert.deepEqual(countTrl(of(g), { ties: 'both' }), both.counts);
  });

  it('writes one form for all: texts, or messages as soon as one prompt needs them', () => {
    const { text, counts } = exportTrl(of(g, chat), { ties: 'drop' });
    assert.equal(counts.style, 'conversational');
    const read = rows(text).find((r) => JSON.stringify(r).includes('Hi'))!;
    assert.deepEqual(read, { prompt: [user('Hi')], chosen: [assistant('x')], rejected: [assistant('y\r\n')] });
    assert.ok(rows(text).every((r) => Array.isArray(r['prompt'])));
    const plain = exportTrl(of(g, chat), { ties: 'drop', style: 'plain' });
    assert.ok(rows(plain.text).some((r) => r['prompt'] === '\n\nHuman: Hi\n\nAssistant:' && r['chosen'] === 'x'));
  });

  it('exports one side of the split and says what it left out; provenance on demand', () => {
    const examples = foldComparisons(labels, [g, chat], { admitted, splits: new Map([[g.promptHash, 'test']]) }).examples;
    const { text, counts } = exportTrl(examples, { ties: 'drop', split: 'train', provenance: true });
    assert.deepEqual(rows(text).map((r) => [r['label_id'], r['labeler'], r['prompt_hash']]), [['b', 'anna', chat.promptHash]]);
    assert.equal(counts.otherSplit, 3);
  });

  it('comes back from an import as the same preferences, every text exact', () => {
    const hostile = fc.string({ unit: fc.constantFrom('\r\n', '\n', ' ', '"', '\\', 'ü😀', '\u2028', 'a', '\0'), minLength: 1 });
    fc.assert(
      fc.property(fc.uniqueArray(hostile, { minLength: 3, maxLength: 3 }), fc.boolean(), ([p, a, b], asMessages) => {
        const content: PromptContent = asMessages ? [{ role: 'system', content: b! }, { role: 'user', content: p! }] : p!;
        if (!asMessages && p!.trim() === '') return;
        const set = generation(content, [response(a!, 's'), response(b!, 's')]);
        const { text } = exportTrl(foldComparisons([labelOf(set, { id: 'l', ranks: [2, 1] })], [set], { admitted }).examples, { ties: 'drop' });
        const back = importOf('f.jsonl', text);
        assert.deepEqual(back.told, []);
        assert.deepEqual(judged(back), [[content, b, a]]);
        assert.equal(back.generations[0]!.promptHash, set.promptHash);
      }),
    );
  });

  it('counts what it writes, for any labels', () => {
    const items = Array.from({ length: 5 }, (_, n) => generationOf(`prompt ${n}`, 2 + (n % 4)));
    fc.assert(
      fc.property(anyHistory, fc.constantFrom('drop' as const, 'both' as const), (lines, ties) => {
        const { examples } = foldComparisons(foldLabels(lines).current, items, { admitted });
        const { text, counts } = exportTrl(examples, { ties });
        const written = rows(text);
        assert.equal(written.length, counts.rows);
        assert.equal(new Set(written.map((r) => r['prompt'])).size, counts.prompts);
        assert.equal(examples.reduce((n, e) => n + e.pairs.length, 0), counts.preferences + counts.ties);
      }),
    );
  });
});
