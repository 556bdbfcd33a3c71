import assert from 'node:assert/strict';
import { asked, placeIn } from '../../../src/webview/items/place';

describe('webview/items/place', () => {
  const next = { count: 10, position: 4 };

  it('follows the item that was current', () => {
    assert.equal(placeIn(next, 7, true, false), 4);
    assert.equal(placeIn(next, 7, false, false), 4);
  });

  it('is at the top of a list without that item, and stays where it was when only labels came', () => {
    assert.equal(placeIn({ count: 10 }, 7, true, false), 0);
    assert.equal(placeIn({ count: 10 }, 7, false, false), 7);
    assert.equal(placeIn({ count: 3 }, 7, false, false), 2);
    assert.equal(placeIn({ count: 0 }, 7, false, false), 0);
  });

  it('is where somebody went meanwhile', () => {
    assert.equal(placeIn(next, 0, true, true), 0);
    assert.equal(placeIn({ count: 3 }, 7, true, true), 2);
  });

  it('keeps of a request that another one replaces that the list is another, and that somebody moved in it', () => {
    assert.deepEqual(asked(undefined, false), { toTop: false, moved: false });
    assert.deepEqual(asked({ toTop: true, moved: true }, false), { toTop: true, moved: true });
    // What somebody did in a list of the same order, its key tells.
    assert.deepEqual(asked({ toTop: false, moved: true }, true), { toTop: true, moved: false });
  });
});
