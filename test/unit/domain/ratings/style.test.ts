import assert from 'node:assert/strict';
import { createRng } from '../../../../src/base/rng';
import { pairColumns } from './columns-of';
import type { Comparison } from './columns-of';
import { rate } from '../../../../src/domain/ratings/report';
import { scaledCovariates, styleDifference, styleOf } from '../../../../src/domain/ratings/style';

describe('the style of a text', () => {
  it('is counted', () => {
    const text = '# Title\n\nSome **bold words** and __more__.\n\n- one\n- two\n1. three\n\n```sh\n# no header\n- no item\n```\n\n## Next';
    assert.deepEqual(styleOf(text), { words: text.match(/\S+/g)!.length, headers: 2, lists: 3, bold: 2 });
  });

  it('ends a code fence that is never closed with the text', () => {
    assert.deepEqual(styleOf('- a\n```\n# x\n- y'), { words: 7, headers: 0, lists: 1, bold: 0 });
  });

  it('has words where the script has no spaces', () => {
    assert.equal(styleOf('你好 world').words, 3);
    assert.equal(styleOf('').words, 0);
  });

  it('differs by what share', () => {
    assert.deepEqual([styleDifference(3, 1), styleDifference(1, 3), styleDifference(0, 0), styleDifference(0, 4)], [0.5, -0.5, 0, -1]);
  });

  it('is scaled without favouring a side, and left out when it never differs', () => {
    const scaled = scaledCovariates([{ name: 'words', values: Float64Array.of(1, 2, 3) }, { name: 'bold', values: Float64Array.of(0, 0, 0) }]);
    assert.deepEqual(scaled.map((c) => c.name), ['words']);
    const [one, two] = [scaled[0]!.values, scaledCovariates([{ name: 'words', values: Float64Array.of(-1, 2, -3) }])[0]!.values];
    assert.deepEqual([...one].map(Math.abs), [...two].map(Math.abs));
  });

  it('is taken out of the ratings: a model that only writes more is no better', () => {
    const rng = createRng('style');
    const length = [3, 0, 0]; // model 0 writes long
    const values: number[] = [];
    const rows = Array.from({ length: 6000 }, (_, n): Comparison => {
      const a = rng.int(3);
      const b = (a + 1 + rng.int(2)) % 3;
      const difference = length[a]! - length[b]! + 2 * rng.normal();
      values.push(difference);
      const eta = 0.5 * difference;
      return { a, b, outcome: (rng.next() < 1 / (1 + Math.exp(-eta)) ? 1 : 0), cluster: n >> 1 };
    });
    const covariates = scaledCovariates([{ name: 'words', values: Float64Array.from(values) }]);
    const plain = rate({ method: 'bradley-terry', pairs: pairColumns(3, rows), draws: 0, seed: 0 });
    const held = rate({ method: 'bradley-terry', pairs: pairColumns(3, rows, covariates), draws: 0, seed: 0 });
    assert.ok(plain.models[0]!.rating - plain.models[1]!.rating > 150);
    assert.ok(Math.abs(held.models[0]!.rating - held.models[1]!.rating) < 40);
    assert.deepEqual([held.ridge?.reason, held.style[0]?.name], ['style', 'words']);
    assert.ok(held.style[0]!.interval!.low > 0);
  });
});
