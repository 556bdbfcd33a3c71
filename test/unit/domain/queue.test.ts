import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRng } from '../../../src/base/rng';
import { createOpenItems } from '../../../src/domain/open-items';
import { chooseNext, repeatDistance } from '../../../src/domain/queue';
import type { Chosen, QueueInput } from '../../../src/domain/queue';
import type { Label } from '../../../src/domain/records';
import type { QueueOptions } from '../../../src/domain/tasks';
import { at, generationOf, labelOf } from './records-of';

const g = generationOf('p', 2);
const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `item ${i}`);
const input = (fields: Partial<QueueInput>): QueueInput => ({ labeler: 'anna', task: 'ranking', items: keys(5), mine: new Map(), others: () => 0, repeated: new Map(), gold: [], goldDone: 0, ...fields });

/** Labels everything that the queue gives, `most` items at most. */
function walk(labeler: string, items: readonly string[], options: QueueOptions, more: { gold?: number; most?: number; others?: (key: string) => number } = {}): Chosen[] {
  const mine = new Map<string, Label>();
  const repeated = new Map<string, Label>();
  let gold = Array.from({ length: more.gold ?? 0 }, (_, i) => ({ key: `gold ${i}`, id: `s-${i}` }));
  const chosen: Chosen[] = [];
  let goldDone = 0;
  while (chosen.length < (more.most ?? Infinity)) {
    const next = chooseNext(input({ labeler, items, mine, repeated, gold, goldDone, ...(more.others ? { others: more.others } : {}) }), options);
    if (!next) break;
    const label = labelOf(g, { id: `l${chosen.length}`, at: at(chosen.length) });
    if (next.kind === 'repeat') {
      assert.equal(next.repeats, mine.get(next.key)?.id);
      repeated.set(next.key, label);
    } else if (next.kind === 'gold') {
      assert.equal(next.gold, gold.find((x) => x.key === next.key)?.id);
      gold = gold.filter((x) => x.key !== next.key);
      goldDone++;
    } else mine.set(next.key, label);
    chosen.push(next);
  }
  return chosen;
}

/** How often each item was chosen against the probability that was written down for it, over many labelers. */
function assertTrue(make: (labeler: string) => QueueInput, options: QueueOptions, labelers = 20_000): Map<string, number> {
  const seen = new Map<string, { n: number; p: number }>();
  for (let i = 0; i < labelers; i++) {
    const { key, kind, select } = chooseNext(make(`labeler ${i}`), options)!;
    const name = `${kind ?? 'new'} ${key}`;
    const known = seen.get(name) ?? { n: 0, p: select.p };
    assert.ok(Math.abs(known.p - select.p) < 1e-12, `${name} has one probability`);
    seen.set(name, { n: known.n + 1, p: known.p });
  }
  let total = 0;
  for (const [name, { n, p }] of seen) {
    const spread = Math.sqrt(p * (1 - p) / labelers);
    assert.ok(Math.abs(n / labelers - p) <= 4.5 * spread + 1e-12, `${name}: chosen ${n / labelers}, written ${p}`);
    total += p;
  }
  assert.ok(Math.abs(total - 1) < 1e-9, `the probabilities of all that can be chosen sum to ${total}`);
  return new Map([...seen].map(([name, { p }]) => [name, p]));
}

describe('domain/queue', () => {
  it('goes in order, and ends', () => {
    const chosen = walk('anna', keys(4), {});
    assert.deepEqual(chosen.map((c) => c.key), keys(4));
    assert.deepEqual(chosen[0]!.select, { policy: 'in-order', p: 1 });
  });

  it('writes down true probabilities: random', () => {
    const p = assertTrue((labeler) => input({ labeler, mine: new Map([['item 1', labelOf(g, { id: 'a' })]]) }), { order: 'random' });
    assert.deepEqual([...p.values()], [0.25, 0.25, 0.25, 0.25]);
    assert.ok(!p.has('new item 1'));
  });

  it('writes down true probabilities: by worth, with a chance for every item', () => {
    const worth = (key: string): number | undefined => ({ 'item 0': 0, 'item 1': 1, 'item 2': 3 })[key];
    const p = assertTrue((labeler) => input({ labeler, worth: { of: worth }, items: keys(4) }), { order: 'uncertainty', floor: 0.2 });
    // Unknown worth is the mean, 4/3; the sum is 16/3.
    const expected = [0.05, 0.05 + 0.8 * 3 / 16, 0.05 + 0.8 * 9 / 16, 0.05 + 0.8 * 4 / 16];
    for (const [i, e] of expected.entries()) assert.ok(Math.abs(p.get(`new item ${i}`)! - e) < 1e-12);
    const none = assertTrue((labeler) => input({ labeler, worth: { of: () => undefined }, items: keys(4) }), { order: 'information' });
    assert.deepEqual([...none.values()], [0.25, 0.25, 0.25, 0.25]);
  });

  it('writes down true probabilities: by the worth of groups, whatever was taken out and put back', () => {
    const items = keys(7);
    const group = (key: string): string => 'abacdca'[items.indexOf(key)]!;
    const worth = { of: (key: string) => ({ a: 2, b: 0, c: 5, d: undefined })[group(key)], group };
    const open = createOpenItems(items, (key) => key !== 'item 2', worth);
    for (const [key, now] of [['item 5', false], ['item 2', true], ['item 0', false], ['item 5', true], ['gone', true]] as const) open.set(key, now);
    const p = assertTrue((labeler) => input({ labeler, items, open }), { order: 'information', floor: 0.3 });
    // Open: b 0, a 2 and 2, c 5 and 5, d unknown, which is the mean of five, 14/5; the sum is 84/5.
    const w: Record<string, number> = { 'item 1': 0, 'item 2': 2, 'item 6': 2, 'item 3': 5, 'item 5': 5, 'item 4': 14 / 5 };
    assert.equal(p.size, 6);
    for (const [key, value] of Object.entries(w)) assert.ok(Math.abs(p.get(`new ${key}`)! - (0.05 + (0.7 * value * 5) / 84)) < 1e-12, key);
  });

  it('draws the same from what is open, however it came to be, with groups and without', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ w: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }), g: fc.nat(4) }), { minLength: 1, maxLength: 40 }), fc.array(fc.tuple(fc.nat(39), fc.boolean()), { maxLength: 60 }), fc.constantFrom('none', 'single', 'groups'), fc.string(), (all, steps, how, seed) => {
        const items = keys(all.length);
        const of = (key: string): number | undefined => all[how === 'groups' ? all.findIndex((x) => x.g === all[items.indexOf(key)]!.g) : items.indexOf(key)]!.w;
        const worth = how === 'none' ? undefined : { of, ...(how === 'groups' ? { group: (key: string) => String(all[items.indexOf(key)]!.g) } : {}) };
        const state = new Set(items);
        const kept = createOpenItems(items, () => true, worth);
        for (const [i, now] of steps) {
          const key = items[i % items.length]!;
          if (now) state.add(key);
          else state.delete(key);
          kept.set(key, now);
        }
        assert.equal(kept.count, state.size);
        if (state.size === 0) return;
        const drawn = kept.draw(createRng(seed), 0.2);
        assert.ok(state.has(drawn.key));
        assert.deepEqual(drawn, createOpenItems(items, (key) => state.has(key), worth).draw(createRng(seed), 0.2));
        // Beside the sum over all, as it is written down.
        const worthOf = (key: string): number | undefined => ((of(key) ?? 1) < 1e-200 ? 0 : of(key));
        const open = [...state].map(worthOf);
        const known = open.filter((x): x is number => x !== undefined);
        const mean = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
        const total = open.reduce<number>((a, x) => a + (x ?? mean), 0);
        const p = how === 'none' || !(total > 0) ? 1 / state.size : 0.2 / state.size + 0.8 * ((worthOf(drawn.key) ?? mean) / total);
        assert.ok(Math.abs(drawn.p - p) < 1e-9, `${drawn.p} instead of ${p}`);
      }),
    );
  });

  it('writes down true probabilities: repeats and gold among new items', () => {
    const mine = new Map(Array.from({ length: 14 }, (_, i) => [`old ${i}`, labelOf(g, { id: `o${i}`, at: at(i) })]));
    const gold = [{ key: 'g 1', id: 's1' }, { key: 'g 2', id: 's2' }];
    const p = assertTrue((labeler) => input({ labeler, mine, gold, goldDone: 2, repeated: new Map([['old 2', labelOf(g, { id: 'r', at: at(20) })]]) }), { order: 'random', repeats: 0.1, gold: 0.15 }, 40_000);
    // Of 15 labels, ten are after old 4: old 0, 1, 3 and 4 may come again.
    assert.deepEqual([...p.keys()].filter((k) => k.startsWith('repeat')).sort(), ['repeat old 0', 'repeat old 1', 'repeat old 3', 'repeat old 4']);
    assert.equal([...p.keys()].filter((k) => k.startsWith('gold')).length, 2);
    assert.equal([...p.keys()].filter((k) => k.startsWith('new')).length, 5);
  });

  it('never gives an item no chance, nor a probability over one', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }), { minLength: 1, maxLength: 30 }), fc.double({ min: 0.01, max: 1, noNaN: true }), fc.string(), (worths, floor, labeler) => {
        const items = keys(worths.length);
        const { key, select } = chooseNext(input({ labeler, items, worth: { of: (k) => worths[items.indexOf(k)] } }), { order: 'information', floor })!;
        assert.ok(items.includes(key));
        assert.ok(select.p >= (floor / items.length) * (1 - 1e-12) && select.p <= 1 + 1e-12, `p = ${select.p}`);
      }),
    );
  });

  it('shows the same after a reload, and other items to other labelers', () => {
    const of = (labeler: string): string[] => walk(labeler, keys(30), { order: 'random', repeats: 0.2 }).map((c) => c.key);
    assert.deepEqual(of('anna'), of('anna'));
    assert.notDeepEqual(of('anna'), of('bert'));
    const half = walk('anna', keys(30), { order: 'random' }, { most: 7 });
    const mine = new Map(half.map((c, i) => [c.key, labelOf(g, { id: `l${i}`, at: at(i) })]));
    assert.deepEqual(chooseNext(input({ items: keys(30), mine }), { order: 'random' }), walk('anna', keys(30), { order: 'random' })[7]);
  });

  it('leaves alone what enough others have judged', () => {
    const others = (key: string): number => Number(key.slice(5)) % 4;
    assert.deepEqual(walk('anna', keys(8), { overlap: 2 }, { others }).map((c) => c.key), ['item 0', 'item 1', 'item 4', 'item 5']);
  });

  it('repeats only after ten others, each once, at the asked share', () => {
    for (const [n, share] of [[400, 0.1], [400, 0.25], [40, 0.2], [20, 0.1]] as const) {
      const counts: number[] = [];
      for (let who = 0; who < 20; who++) {
        const chosen = walk(`labeler ${who}`, keys(n), { order: 'random', repeats: share });
        chosen.forEach((c, i) => {
          if (c.kind !== 'repeat') return;
          const first = chosen.findIndex((x) => x.key === c.key);
          assert.ok(i - first > repeatDistance, `repeated after ${i - first - 1} others`);
        });
        const repeated = chosen.filter((c) => c.kind === 'repeat').map((c) => c.key);
        assert.equal(new Set(repeated).size, repeated.length);
        assert.equal(chosen.filter((c) => c.kind === undefined).length, n, 'every item came');
        counts.push(repeated.length);
      }
      const mean = counts.reduce((a, b) => a + b) / counts.length;
      assert.ok(Math.abs(mean / n - share) < 0.15 * share + 1 / n, `${n} items: ${mean / n} instead of ${share}`);
      assert.ok(Math.min(...counts) >= Math.floor(share * n) - 1, `${n} items: at least ${Math.min(...counts)}`);
    }
  });

  it('repeats no skipped item', () => {
    const mine = new Map(keys(12).map((k, i) => [k, labelOf(g, { id: k, at: at(i), verdict: i === 0 ? 'skipped' : 'tie' })]));
    for (let who = 0; who < 200; who++) assert.notEqual(chooseNext(input({ labeler: `labeler ${who}`, items: keys(40), mine }), { repeats: 0.5 })!.repeats, 'item 0');
  });

  it('mixes gold in at the asked share, as long as there is any', () => {
    for (const [n, share] of [[300, 0.1], [40, 0.2]] as const) {
      const shares = Array.from({ length: 20 }, (_, who) => {
        const chosen = walk(`labeler ${who}`, keys(n), { order: 'random', gold: share, repeats: 0.1 }, { gold: 500 });
        return chosen.filter((c) => c.kind === 'gold').length / chosen.length;
      });
      const mean = shares.reduce((a, b) => a + b) / shares.length;
      assert.ok(Math.abs(mean - share) < 0.15 * share, `${mean} instead of ${share}`);
    }
    assert.equal(walk('anna', keys(50), { gold: 0.3 }, { gold: 2 }).filter((c) => c.kind === 'gold').length, 2);
  });
});
