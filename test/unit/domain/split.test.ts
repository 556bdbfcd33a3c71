import assert from 'node:assert/strict';
import { hashPrompt } from '../../../src/domain/content';
import { explicitSplits, splitPrompts } from '../../../src/domain/split';

const hashes = Array.from({ length: 2000 }, (_, n) => hashPrompt(`prompt ${n}`));
const options = { testFraction: 0.2, seed: 7 };

describe('domain/split', () => {
  it('holds out about the share that was asked for, the same every time', () => {
    const sides = splitPrompts(hashes, options);
    const test = [...sides.values()].filter((s) => s === 'test').length;
    assert.ok(Math.abs(test - 400) < 4 * Math.sqrt(2000 * 0.2 * 0.8), `${test} of 2000`);
    assert.deepEqual(splitPrompts([...hashes].reverse(), options).get(hashes[5]!), sides.get(hashes[5]!));
    assert.notDeepEqual(splitPrompts(hashes, { ...options, seed: 8 }), sides);
  });

  it('leaves a prompt where it is when others come', () => {
    const few = splitPrompts(hashes.slice(0, 500), options);
    const many = splitPrompts(hashes, options);
    for (const [hash, side] of few) assert.equal(many.get(hash), side);
  });

  it('holds out more of the same prompts when the share grows', () => {
    const more = splitPrompts(hashes, { ...options, testFraction: 0.5 });
    for (const [hash, side] of splitPrompts(hashes, options)) if (side === 'test') assert.equal(more.get(hash), 'test');
  });

  it('lets a prompt say its own side', () => {
    const explicit = new Map(hashes.slice(0, 100).map((h, i) => [h, i % 2 ? ('test' as const) : ('train' as const)]));
    const sides = splitPrompts(hashes, options, explicit);
    for (const [hash, side] of explicit) assert.equal(sides.get(hash), side);
  });

  it('leaves no side empty that should not be', () => {
    for (let seed = 0; seed < 40; seed++) {
      for (const testFraction of [0.01, 0.99]) {
        const sides = [...splitPrompts(hashes.slice(0, 3), { testFraction, seed }).values()];
        assert.ok(sides.includes('test') && sides.includes('train'), `seed ${seed}`);
      }
      assert.deepEqual([...splitPrompts(hashes.slice(0, 3), { testFraction: 0, seed }).values()], ['train', 'train', 'train']);
    }
    assert.equal(splitPrompts(hashes.slice(0, 1), { testFraction: 0.01, seed: 0 }).size, 1);
  });

  it('holds out a prompt that is marked both ways, and says so', () => {
    for (const order of [['train', 'test'], ['test', 'train'], ['test', 'train', 'train']] as const) {
      const { splits, problems } = explicitSplits(order.map((split) => ({ hash: 'h', split })));
      assert.equal(splits.get('h'), 'test');
      assert.equal(problems.length, 1);
    }
    assert.deepEqual(explicitSplits([{ hash: 'h' }, { hash: 'h', split: 'train' }]), { splits: new Map([['h', 'train']]), problems: [] });
  });
});
