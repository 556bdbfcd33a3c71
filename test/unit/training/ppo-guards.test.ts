import assert from 'node:assert/strict';
import { checkGates, checkGuards, freshGuards } from '../../../src/training/ppo-guards';

const good = { 'objective/kl': 2, 'policy/entropy_avg': 1.5, 'objective/eos_rate': 0.6 };
const code = (expected: string) => (e: Error & { code?: string }) => e.code === expected;

describe('ppo guards', () => {
  it('lets a healthy run pass', () => {
    let state = checkGuards(freshGuards, 1, 64, 20, good);
    assert.deepEqual(state, { entropy: 1.5, eosRate: 0.6, endless: 0 });
    state = checkGuards(state, 2, 64, 20, { ...good, 'policy/entropy_avg': 0.2 });
    assert.equal(state.entropy, 1.5);
  });

  it('stops at numbers that are none, a KL beyond its bound, a collapsed policy', () => {
    const state = checkGuards(freshGuards, 1, 64, 20, good);
    assert.throws(() => checkGuards(state, 2, 64, 20, { ...good, 'loss/value_avg': NaN }), code('guard.nonFinite'));
    assert.throws(() => checkGuards(state, 2, 64, 20, { ...good, 'objective/kl': 20.1 }), code('guard.kl'));
    assert.throws(() => checkGuards(state, 2, 64, 20, { ...good, 'policy/entropy_avg': 0.01 }), code('guard.entropy'));
  });

  it('stops when no answer ends any more in two updates, unless few ever did', () => {
    const none = { ...good, 'objective/eos_rate': 0 };
    const once = checkGuards(checkGuards(freshGuards, 1, 64, 20, good), 2, 64, 20, none);
    assert.throws(() => checkGuards(once, 3, 64, 20, none), code('guard.eos'));
    assert.equal(checkGuards(once, 3, 64, 20, good).endless, 0);
    let rare = checkGuards(freshGuards, 1, 64, 20, { ...good, 'objective/eos_rate': 0.05 });
    for (let update = 2; update < 6; update++) rare = checkGuards(rare, update, 64, 20, none);
  });

  it('refuses to start when log-probabilities do not agree', () => {
    checkGates({ generation: 2e-5, reference: 0, ratio: 3e-5 });
    assert.throws(() => { checkGates({ generation: 2e-4, reference: 0, ratio: 0 }); }, /generation differ/);
    assert.throws(() => { checkGates({ generation: 0, reference: 1e-3, ratio: 0 }); }, /same model/);
    assert.throws(() => { checkGates({ generation: 0, reference: 0, ratio: NaN }); }, /ratio of the first pass/);
  });
});
