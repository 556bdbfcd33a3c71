import assert from 'node:assert/strict';
import { createRng } from '../../../src/base/rng';
import { choose, expand } from '../../../src/sample/expand';

describe('sample/expand', () => {
  it('lists every sentence a wording stands for', () => {
    assert.deepEqual(expand('[Fill|Pack] a pot [|well].'), ['Fill a pot.', 'Fill a pot well.', 'Pack a pot.', 'Pack a pot well.']);
    assert.deepEqual(expand('No choice.'), ['No choice.']);
  });

  it('chooses only listed sentences, and each of them', () => {
    const rng = createRng(1);
    const wording = '[Fill|Pack] a [pot|cup] [|well].';
    const seen = new Set(Array.from({ length: 400 }, () => choose(wording, rng)));
    assert.deepEqual([...seen].sort(), expand(wording).sort());
  });
});
