import assert from 'node:assert/strict';
import { modelNames } from '../../../src/extension/leaderboard/names';

describe('what models are called', () => {
  const runs = [{ id: 'r1', name: 'tune 2' }, { id: 'r2', name: 'tune 2' }, { id: 'r3', name: 'sft' }];

  it('is the name of the run that made them', () => {
    assert.deepEqual(modelNames(['base', 'policy@r3', 'value@r3', 'policy@gone'], runs).map((m) => m.name), ['base', 'sft', 'value · sft', 'policy@gone']);
  });

  it('tells runs of one name apart', () => {
    assert.deepEqual(modelNames(['policy@r1', 'policy@r2'], runs).map((m) => m.name), ['tune 2 (r1)', 'tune 2 (r2)']);
  });
});
