import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { jsonSchemas } from '../../../src/protocol/json-schemas';
import { runKinds, runSchema } from '../../../src/protocol/run';

const folder = 'media/schemas';

describe('protocol/json-schemas', () => {
  it('are the files that the editor is given', () => {
    const made = jsonSchemas();
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(made).sort());
    for (const [name, schema] of Object.entries(made)) {
      assert.deepEqual(JSON.parse(readFileSync(path.join(folder, name), 'utf8')), JSON.parse(JSON.stringify(schema)), `${name} is not up to date: run node src/dev/schemas.mjs`);
    }
  });

  it('ask a person for nothing that has a default', () => {
    const project = jsonSchemas()['project.schema.json'] as { required?: string[]; properties: { defaults: { properties: { ppo: { required?: string[] } } } } };
    assert.equal(project.required, undefined);
    assert.equal(project.properties.defaults.properties.ppo.required, undefined);
  });

  it('offer the parameters of each kind of run, in pipelines and sweeps', () => {
    type Rule = { if: { properties: { run: { const: string } } }; then: { properties: Record<string, { $ref?: string; properties?: Record<string, { items?: { minimum?: number; exclusiveMinimum?: number } }>; items?: { properties: Record<string, object> }; additionalProperties?: boolean }> } };
    type Whole = { allOf: Rule[]; definitions: Record<string, { properties: Record<string, object>; additionalProperties: boolean }>; properties: { stages: { items: { allOf: Rule[] } } } };
    const pipeline = jsonSchemas()['pipeline.schema.json'] as Whole;
    const sweep = jsonSchemas()['sweep.schema.json'] as Whole;
    for (const [whole, rules] of [[pipeline, pipeline.properties.stages.items.allOf], [sweep, sweep.allOf]] as const) {
      assert.deepEqual(rules.map((r) => r.if.properties.run.const).sort(), [...runKinds].sort());
      for (const { if: { properties: { run } }, then } of rules) {
        const name = /^#\/definitions\/(.*)$/.exec(then.properties['params']!.$ref!)![1]!;
        assert.equal(whole.definitions[name]!.additionalProperties, false, run.const);
        const known = runSchema.options.find((o) => o.shape.kind.value === run.const)!.shape.params.shape;
        assert.deepEqual(Object.keys(whole.definitions[name]!.properties).sort(), Object.keys(known).sort());
      }
    }
    const ppo = sweep.allOf.find((r) => r.if.properties.run.const === 'ppo')!.then.properties;
    assert.equal(ppo['grid']!.additionalProperties, false);
    assert.equal(ppo['grid']!.properties!['kl.coef']!.items!.minimum, 0);
    assert.ok('policyOptimizer.learningRate' in ppo['list']!.items!.properties);
    assert.ok(!('beta' in ppo['grid']!.properties!));
  });
});
