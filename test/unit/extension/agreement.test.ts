import assert from 'node:assert/strict';
import { withAdmission } from '../../../src/extension/agreement/admit';

describe('extension/agreement', () => {
  it('changes one labeler’s admission and nothing else', () => {
    const raw = { v: 1, note: 'kept', labelers: [{ id: 'anna', admitted: false, weight: 2 }, { id: 'bert' }] };
    assert.deepEqual(withAdmission(raw, 'anna', true), { ...raw, labelers: [{ id: 'anna', admitted: true, weight: 2 }, { id: 'bert' }] });
    assert.deepEqual(withAdmission(raw, 'anna', null), { ...raw, labelers: [{ id: 'anna', weight: 2 }, { id: 'bert' }] });
    assert.deepEqual(withAdmission(raw, 'cleo', false), { ...raw, labelers: [...raw.labelers, { id: 'cleo', admitted: false }] });
    assert.deepEqual(withAdmission({ v: 1 }, 'cleo', true), { v: 1, labelers: [{ id: 'cleo', admitted: true }] });
    assert.deepEqual(withAdmission({ v: 1 }, 'cleo', null), { v: 1, labelers: [] });
  });
});
