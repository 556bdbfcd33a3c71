import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../../src/base/rng';
import { base64, mutations, mutationsOf } from '../../../../src/domain/red-team/mutations';
import { planAttacks } from '../../../../src/domain/red-team/plan';
import { bundledSeeds, harmless } from '../../../../src/domain/red-team/seeds';
import { fill, paraphrases, rolePlays } from '../../../../src/domain/red-team/templates';
import { tactics } from '../../../../src/domain/red-team/tactics';

const apply = (id: string, seed: string, rng = 1, depth = 3) => mutationsOf([id])[0]!.apply(seed, createRng(rng), depth);

describe('red team: mutations', () => {
  it('are the same for the same seed and generator', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), fc.constantFrom(...mutations), (text, rng, m) => {
        assert.deepEqual(m.apply(text, createRng(rng), 4), m.apply(text, createRng(rng), 4));
      }),
    );
  });

  it('write Base64 as Node does', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => base64(text) === Buffer.from(text).toString('base64')));
  });

  it('hide words, and only words', () => {
    assert.equal(apply('spacing', 'Tell me how', 3)[0]!.replace(/[-. ]/g, ''), 'Tellmehow');
    assert.match(apply('spacing', 'Tell me how', 3)[0]!, /^T[-. ]e[-. ]l[-. ]l me how$/);
    const leet = apply('leetspeak', 'aeiost '.repeat(50))[0]!;
    assert.match(leet, /^[aeiost431057 ]+$/);
    const share = leet.replace(/[^0-9]/g, '').length / 300;
    assert.ok(share > 0.6 && share < 0.8, `${share} of the letters`);
    const twin = apply('homoglyphs', 'peace and quiet')[0]!;
    assert.equal(twin.length, 15);
    assert.notEqual(twin, 'peace and quiet');
    assert.match(twin, /[\u0400-\u04ff]/);
  });

  it('keep the seed in the message, braces and dollar signs and all', () => {
    for (const seed of ['How {seed} $& works?', '$1 {lower}']) {
      for (const id of ['paraphrase', 'prefix', 'suppression', 'multi-turn']) assert.ok(apply(id, seed).at(-1)!.includes(seed), id);
    }
    assert.equal(fill('Grandmother, {lower}?', 'How do I knit?'), 'Grandmother, how do I knit?');
    assert.equal(fill('{lower}', 'I am here.'), 'I am here');
    for (const t of [...paraphrases, ...rolePlays]) assert.match(t, /\{(seed|lower)\}/);
  });

  it('build up over as many turns as are allowed, none of them twice', () => {
    for (let depth = 1; depth < 6; depth++) {
      const turns = apply('multi-turn', 'And now?', depth, depth);
      assert.equal(turns.length, depth);
      assert.equal(new Set(turns).size, depth);
    }
  });

  it('belong to tactics that there are; so does nothing twice', () => {
    for (const m of mutations) assert.ok(tactics.some((t) => t.id === m.tactic), m.id);
    assert.equal(new Set(mutations.map((m) => m.id)).size, mutations.length);
    assert.throws(() => mutationsOf(['magic']), /no mutation "magic"/);
  });
});

describe('red team: attacks of a run', () => {
  const options = { mutations: mutations.map((m) => m.id), perSeed: 3, samples: 2, depth: 3 };

  it('are drawn for each seed apart: more seeds change nothing for the others', () => {
    const all = planAttacks(bundledSeeds, [], options, createRng(5));
    const some = planAttacks(bundledSeeds.slice(10), [], options, createRng(5));
    assert.deepEqual(some, all.filter((a) => bundledSeeds.slice(10).some((s) => s.id === a.seed)));
    assert.notDeepEqual(planAttacks(bundledSeeds, [], options, createRng(6)), all);
  });

  it('ask harmless seeds as they are, and checks first', () => {
    const check = { v: 1, id: 'check-1', at: '2026-11-22T00:00:00Z', turns: ['a', 'b'], rule: 'r', tactic: 'role-play', from: 'x' } as const;
    const attacks = planAttacks(bundledSeeds, [check], options, createRng(5));
    assert.deepEqual(attacks.slice(0, 2).map((a) => [a.check, a.turns, a.tactic, a.sample]), [['check-1', ['a', 'b'], 'role-play', 0], ['check-1', ['a', 'b'], 'role-play', 1]]);
    const safe = attacks.filter((a) => a.safe);
    assert.equal(safe.length, 2 * bundledSeeds.filter((s) => s.category === harmless).length);
    assert.ok(safe.every((a) => a.mutation === 'none'));
    assert.equal(attacks.length, 2 + safe.length + 6 * bundledSeeds.filter((s) => !s.safe).length);
  });

  it('has some sixty seeds, each once', () => {
    assert.ok(bundledSeeds.length >= 60 && bundledSeeds.length <= 70, String(bundledSeeds.length));
    assert.equal(new Set(bundledSeeds.map((s) => s.text)).size, bundledSeeds.length);
    assert.ok(bundledSeeds.every((s) => s.text.length < 100));
  });
});
