import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { ScreeningItem } from '../../../src/domain/records';
import { readScreening } from '../../../src/store/data-files';
import { screeningFile, writeScreening } from '../../../src/store/screening-files';
import { generationOf } from '../domain/records-of';
import { inWorkspace } from './folders';

describe('store/screening-files', () => {
  const item = (n: number): ScreeningItem => ({ ...generationOf(`p${n}`, 2), gold: { verdict: 'ranked', ranks: [1, 2] } });

  it('writes a set that is read as it was, and never over another unless told to', () =>
    inWorkspace(async (workspace) => {
      const file = await writeScreening(workspace, 'mine', [item(1), item(2)]);
      assert.equal(file, screeningFile(workspace, 'mine'));
      const { records, problems } = await readScreening(workspace);
      assert.deepEqual([records.map((s) => [s.name, s.records]), problems], [[['mine', [item(1), item(2)]]], []]);
      await assert.rejects(writeScreening(workspace, 'mine', [item(3)]), /exists already/);
      assert.equal((await readFile(file, 'utf8')).split('\n').length, 3);
      await writeScreening(workspace, 'mine', [item(3)], { replace: true });
      assert.deepEqual((await readScreening(workspace)).records[0]!.records, [item(3)]);
      await assert.rejects(writeScreening(workspace, '../mine', [item(1)]), /cannot name/);
    }));
});
