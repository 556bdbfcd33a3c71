import assert from 'node:assert/strict';
import { UserError } from '../../../src/base/errors';
import { applyWeights } from '../../../src/jobs/labeler-weights';
import { mergeParams } from '../../../src/jobs/plan';
import { rewardParamsSchema, ruleParamsSchema } from '../../../src/protocol/run';

const says = (pattern: RegExp) => (e: unknown): boolean => e instanceof UserError && pattern.test(e.message);

describe('parameters of reward and rule runs', () => {
  it('give labelers other weights, and refuse those whose labels do not count', () => {
    const admitted = new Map([['anna', 1], ['ben', 3]]);
    assert.deepEqual([...applyWeights(admitted, { anna: 2 })], [['anna', 2], ['ben', 3]]);
    assert.deepEqual([...applyWeights(admitted, undefined)], [...admitted]);
    assert.throws(() => applyWeights(admitted, { cy: 1 }), says(/"cy".*Admitted are: anna, ben/));
    assert.throws(() => mergeParams(rewardParamsSchema, {}, { labelerWeights: { anna: 0 } }), says(/labelerWeights\.anna cannot be 0/));
  });

  it('have defaults that run files of before read with', () => {
    const { loss, margin, ensemble, criteria, earlyStop } = rewardParamsSchema.parse({});
    assert.deepEqual([loss, margin, ensemble, criteria, earlyStop], ['pairwise', 0, 1, undefined, undefined]);
    assert.deepEqual(mergeParams(rewardParamsSchema, {}, { margin: [0, 1, 2, 3], earlyStop: {} }).earlyStop, { patience: 3 });
    assert.throws(() => mergeParams(rewardParamsSchema, {}, { margin: [1] }), says(/margin/));
    const rule = mergeParams(ruleParamsSchema.partial({ rules: true }), { epochs: 2 }, { rules: ['a'], optimizer: { learningRate: 0.1 } });
    assert.deepEqual([rule.rules, rule.epochs, rule.optimizer.learningRate, rule.optimizer.schedule], [['a'], 2, 0.1, 'cosine']);
  });
});
