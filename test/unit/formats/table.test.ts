import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formats } from '../../../src/formats/table';
import { importOf, jsonl } from './import';

describe('formats/table', () => {
  it('has formats with distinct ids', () => {
    assert.equal(new Set(formats.map((f) => f.id)).size, formats.length);
  });

  it('says what a file holds when no format fits', () => {
    assert.match(importOf('f.jsonl', jsonl({ x: 1, y: 2 })).told[0]!, /its columns are x, y/);
    assert.match(importOf('f.jsonl', '').told[0]!, /holds no records/);
    assert.match(importOf('f.csv', 'a,b\n').told[0]!, /holds no records/);
    assert.match(importOf('f.jsonl', jsonl({ prompt: 'p' }), 'nonsense').told[0]!, /no format "nonsense"; there are hh-rlhf, /);
  });

  it('keeps what is left of a file with a torn line', () => {
    const read = importOf('f.jsonl', `${jsonl({ prompt: 'a' })}{"prompt":"b`);
    assert.equal(read.prompts.length, 1);
    assert.match(read.told[0]!, /^2 error the last line is cut off/);
  });

  it('never throws, whatever the file holds', () => {
    const value = fc.oneof(fc.jsonValue(), fc.record({ prompt: fc.jsonValue(), chosen: fc.jsonValue(), rejected: fc.jsonValue(), responses: fc.jsonValue(), ranks: fc.jsonValue(), id: fc.jsonValue(), messages: fc.jsonValue() }, { requiredKeys: [] }));
    fc.assert(
      fc.property(fc.array(value), fc.constantFrom(...formats.map((f) => f.id), undefined), fc.constantFrom('f.jsonl', 'f.json', 'f.csv'), (values, format, name) => {
        const text = name === 'f.json' ? JSON.stringify(values) : jsonl(...values);
        const { prompts, generations, labels, told, rows } = importOf(name, text, format);
        if (rows > 0 && prompts.length + generations.length + labels.length === 0) assert.ok(told.length > 0, 'rows went lost without a word');
      }),
      { numRuns: 150 },
    );
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '{', '}', '[', 'prompt', 'a', ';', '\r') }), fc.constantFrom('f.jsonl', 'f.json', 'f.csv', 'f'), (text, name) => { importOf(name, text); }), { numRuns: 500 });
  });
});
