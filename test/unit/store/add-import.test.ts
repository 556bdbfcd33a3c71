import assert from 'node:assert/strict';
import { promptRecord } from '../../../src/domain/content';
import type { Imported } from '../../../src/domain/records';
import { addGenerations, addImport } from '../../../src/store/add-import';
import { readGenerations, readPrompts } from '../../../src/store/data-files';
import { readLabels } from '../../../src/store/label-files';
import { generationOf, labelOf } from '../domain/records-of';
import { inWorkspace } from './folders';

const g = generationOf('p', 2);
const imported: Imported = { prompts: [promptRecord('p'), promptRecord('q')], generations: [g], labels: [labelOf(g, { id: 'l' })] };

describe('store/add-import', () => {
  it('adds what is new and counts what is known', () =>
    inWorkspace(async (ws) => {
      const first = await addImport(ws, 'file', imported);
      assert.deepEqual({ ...first, files: first.files.length }, { prompts: 2, generations: 1, labels: 1, known: 0, files: 2 });
      const again = await addImport(ws, 'file', imported);
      assert.deepEqual(again, { prompts: 0, generations: 0, labels: 0, known: 4, files: [] });
      const more = await addImport(ws, 'file', { ...imported, prompts: [promptRecord('q', { id: 'other-id' }), promptRecord('r'), promptRecord('r')] });
      assert.equal(more.prompts, 1);
      assert.deepEqual((await readPrompts(ws)).records.map((s) => [s.name, s.records.length]), [['file', 2], ['file-2', 1]]);
      assert.deepEqual((await readLabels(ws)).records, imported.labels);
    }));

  it('adds the answers of a run', () =>
    inWorkspace(async (ws) => {
      await addGenerations(ws, 'run-7', [g]);
      assert.deepEqual((await readGenerations(ws)).records.map((s) => [s.name, s.records]), [['run-7', [g]]]);
    }));
});
