import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maxWindow } from '../../../src/domain/item-filter';
import { missing } from '../../../src/webview/items/windows';
import { covers, drawn, moveBy, pieces, scrolledTo } from '../../../src/webview/shared/rows-in-view';

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

  it('draws anew only when what is seen comes near the edge of what is drawn', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 500 }), fc.integer({ min: -2000, max: 2000 }), (top, height, count, moved) => {
        const at = Math.min(top, Math.max(0, count * 30 - height));
        const span = drawn(at, height, 30, count);
        assert.ok(covers(span, at, height, 30, count));
        const next = Math.max(0, Math.min(at + moved, count * 30 - height));
        if (covers(span, next, height, 30, count)) for (let row = Math.floor(next / 30); row * 30 < next + height && row < count; row++) assert.ok(row >= span.from && row < span.to);
        else assert.ok(Math.abs(next - at) > 80);
      }),
    );
    assert.equal(covers({ from: 0, to: 30 }, 0, 600, 30, 10), false, 'fewer rows than before');
  });

  it('moves and scrolls', () => {
    assert.deepEqual(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End', 'x'].map((key) => moveBy(key, 5, 10, 20)), [6, 4, 9, 0, 0, 9, undefined]);
    assert.equal(scrolledTo(3, 0, 300, 30), 0);
    assert.equal(scrolledTo(10, 0, 300, 30), 30);
    assert.equal(scrolledTo(2, 100, 300, 30), 60);
  });

  it('keeps rows that are out of view, with the room of all others between', () => {
    assert.deepEqual(pieces({ from: 3, to: 5 }, [], 8), [{ gap: 3 }, 3, 4, { gap: 3 }]);
    assert.deepEqual(pieces({ from: 3, to: 5 }, [0, 4, 7, -1, 8], 8), [0, { gap: 2 }, 3, 4, { gap: 2 }, 7]);
    // A panel with fewer runs than are drawn at first, and one whose filter has left fewer than were there.
    assert.deepEqual(pieces({ from: 0, to: 30 }, [], 3), [0, 1, 2]);
    assert.deepEqual(pieces({ from: 10, to: 30 }, [2], 3), [{ gap: 2 }, 2]);
    fc.assert(
      fc.property(fc.nat(300), fc.nat(60), fc.array(fc.nat(400)), fc.integer({ min: 1, max: 300 }), (from, more, kept, count) => {
        const span = { from, to: from + more };
        const all = pieces(span, kept, count);
        let at = 0;
        for (const piece of all) {
          if (typeof piece === 'number') assert.equal(piece, at);
          at += typeof piece === 'number' ? 1 : piece.gap;
        }
        assert.equal(at, count);
        assert.ok(all.every((piece) => typeof piece !== 'number' || piece < count));
        for (const place of [span.from, span.to - 1, ...kept]) if (place < count && place >= 0 && (kept.includes(place) || span.to > span.from)) assert.ok(all.includes(place));
      }),
    );
  });
});
