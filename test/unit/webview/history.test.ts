import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changed, redone, startHistory, undone } from '../../../src/webview/task/history';
import type { History } from '../../../src/webview/task/history';

describe('webview/task/history', () => {
  it('takes what is typed into one field as one step', () => {
    let h = startHistory('');
    for (const text of ['a', 'ab', 'abc']) h = changed(h, text, 'title');
    h = changed(h, 'abc!', 'text');
    assert.deepEqual([undone(h).now, undone(undone(h)).now, redone(undone(h)).now], ['abc', '', 'abc!']);
    assert.equal(changed(h, h.now), h);
  });

  it('typing on after an undo is a new step, and leaves nothing to redo', () => {
    let h = changed(changed(startHistory('x'), 'y', 'title'), 'z', 'other');
    h = changed(undone(h), 'w', 'title');
    assert.equal(redone(h), h);
    assert.equal(undone(h).now, 'y');
  });

  it('goes all the way back and forth', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 30 }), (values) => {
        const full = values.reduce<History<number>>((h, v) => changed(h, v), startHistory(-1));
        let h = full;
        for (let i = 0; i < full.past.length; i++) h = undone(h);
        assert.equal(h.now, -1);
        for (let i = 0; i < full.past.length; i++) h = redone(h);
        assert.deepEqual([h.now, h.past, h.future], [full.now, full.past, full.future]);
      }),
    );
  });
});
