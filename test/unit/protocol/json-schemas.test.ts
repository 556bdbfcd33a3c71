import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { jsonSchemas } from '../../../src/protocol/json-schemas';

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
});
