import assert from 'node:assert/strict';
import fc from 'fast-check';
import { generationSchema } from '../../../src/protocol/records';
import { isGeneration } from '../../../src/store/known-shapes';
import { generationOf } from '../domain/records-of';

const g = generationOf('p', 3);
const wrong = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(1, '', 'x', [], [{ role: 'user', content: 'x' }], [{ role: 'user', content: 'x', name: 'y' }], g.promptHash, g.promptHash.toUpperCase(), [{ ...g.responses[0], finished: 1 }], [{ ...g.responses[0], more: 1, finished: true }], [{ ...g.responses[0], source: '' }], undefined));

describe('store/known-shapes', () => {
  it('knows generations that the schema gives back unchanged, and no others', () => {
    let known = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('v', 'id', 'promptHash', 'prompt', 'messages', 'responses', 'more'), wrong, { maxKeys: 2 }), fc.boolean(), (fields, asConversation) => {
        const { prompt, ...rest } = g;
        const value = JSON.parse(JSON.stringify({ ...(asConversation ? { ...rest, messages: [{ role: 'user', content: prompt }] } : g), ...fields })) as unknown;
        if (!isGeneration(value)) return;
        known++;
        const parsed = generationSchema.safeParse(value);
        assert.ok(parsed.success);
        assert.deepEqual(parsed.data, value);
      }),
      { numRuns: 3000 },
    );
    assert.ok(known > 300, `${known} were known`);
    assert.ok(isGeneration(JSON.parse(JSON.stringify(g))));
  });
});
