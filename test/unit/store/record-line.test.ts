import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lineOfRecord } from '../../../src/store/record-line';
import { inWorkspace } from './folders';

describe('store/record-line', () => {
  it('finds the line of a record, not of a text that looks like its id', () =>
    inWorkspace(async (ws) => {
      const file = path.join(ws.folder, 'x.jsonl');
      await writeFile(file, '\ufeff{"id":"one","prompt":"two"}\n\n{"prompt":"two","id":"3","x":{"id":"two"}}\r\n{broken "two"\n{"v":1,"id":"two"}\n{"id":"two"}\n{"id":"q\\"uote"}');
      assert.equal(await lineOfRecord(file, 'one'), 1);
      assert.equal(await lineOfRecord(file, 'two'), 5);
      assert.equal(await lineOfRecord(file, 'q"uote'), 7);
      assert.equal(await lineOfRecord(file, 'four'), undefined);
      assert.equal(await lineOfRecord(path.join(ws.folder, 'none.jsonl'), 'one'), undefined);
    }));
});
