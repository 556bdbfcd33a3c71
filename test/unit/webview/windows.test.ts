import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maxWindow } from '../../../src/domain/item-filter';
import { drawn, missing, moveBy, scrolledTo } from '../../../src/webview/items/windows';

describe('webview/items/windows', () => {
  it('draws what is in view and little more', () => {
    fc.assert(
      fc.property(fc.nat(3_000_000), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 100_000 }), (top, height, count) => {
        const { from, to } = drawn(top, height, 30, count);
        assert.ok(from >= 0 && to <= count && to - from <= height / 30 + 26);
        for (let row = Math.floor(top / 30); row * 30 < top + height && row < count; row += 7) assert.ok(row >= from && row < to, `${row} in ${from}–${to}`);
      }),
    );
  });

  it('asks for windows until nothing is missing, none too large', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(600), fc.integer({ min: 1, max: 5000 }), (from, more, count) => {
        const span = { from: Math.min(from, count - 1), to: Math.min(count, from + more) };
        const there = new Set<number>();
        for (let asked = 0; ; asked++) {
          const window = missing(span, count, (i) => there.has(i));
          if (!window) break;
          assert.ok(window.count >= 1 && window.count <= maxWindow && window.from + window.count <= count && asked < 10);
          for (let i = 0; i < window.count; i++) there.add(window.from + i);
        }
        for (let i = span.from; i < span.to; i++) assert.ok(there.has(i));
      }),
    );
  });

  it('moves and scrolls', () => {
    assert.deepEqual(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End', 'x'].map((key) => moveBy(key, 5, 10, 20)), [6, 4, 9, 0, 0, 9, undefined]);
    assert.equal(scrolledTo(3, 0, 300, 30), 0);
    assert.equal(scrolledTo(10, 0, 300, 30), 30);
    assert.equal(scrolledTo(2, 100, 300, 30), 60);
  });
});
