import assert from 'node:assert/strict';
import { projectSchema } from '../../../src/protocol/project';

describe('protocol/project', () => {
  it('is valid when empty, and keeps unknown fields', () => {
    const project = projectSchema.parse({});
    assert.deepEqual(project.criteria, []);
    assert.deepEqual(project.defaults, {});
    assert.deepEqual(projectSchema.parse({ mine: 1, labelers: [{ id: 'a', mine: 2 }] }), { ...project, mine: 1, labelers: [{ id: 'a', mine: 2 }] });
  });

  it('refuses what makes no sense', () => {
    for (const wrong of [{ split: { testFraction: 1 } }, { models: { 'a b': { path: 'x' } } }, { models: { a: {} } }, { labelers: [{ id: 'a', weight: 0 }] }, { defaults: { ppo: { updates: 0 } } }, { v: 2 }]) {
      assert.equal(projectSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });
});
