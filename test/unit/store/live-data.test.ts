import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { keyOfGeneration } from '../../../src/domain/content';
import { writeSet } from '../../../src/store/data-files';
import { appendLabels, labelFile } from '../../../src/store/label-files';
import { openLiveData } from '../../../src/store/live-data';
import { at, generationOf, labelOf, retractOf } from '../domain/records-of';
import { inWorkspace } from './folders';

const g = generationOf('p', 2);

describe('store/live-data', () => {
  it('knows own labels at once, and those of others after a read', () =>
    inWorkspace(async (ws) => {
      await writeSet(ws, 'generations', 'one', [g, generationOf('q', 3), { ...g, id: 'again' }]);
      const live = openLiveData(ws);
      const data = await live.read();
      assert.deepEqual([...data.byKey('best')], [[keyOfGeneration(g, 'best'), g], [keyOfGeneration(generationOf('q', 3), 'best'), generationOf('q', 3)]]);
      assert.equal(data.byKey('best'), data.byKey('best'));
      await live.append([labelOf(g, { id: 'a' })]);
      assert.deepEqual(data.labels.map((l) => l.id), ['a']);
      await appendLabels(ws, [labelOf(g, { id: 'b', labeler: 'bert', at: at(1) })]);
      await live.append([retractOf('a', 'r', 2)]);
      const after = await live.read();
      assert.deepEqual(after.labels.map((l) => l.id), ['b']);
      assert.equal(after.generations, data.generations, 'the answers were not read again');
      assert.equal(after.byKey('best'), data.byKey('best'));
      assert.equal(live.data(), after);
    }));

  it('forgets what is no longer in the files', () =>
    inWorkspace(async (ws) => {
      const live = openLiveData(ws);
      await appendLabels(ws, [labelOf(g, { id: 'a' }), labelOf(g, { id: 'b', labeler: 'bert' })]);
      assert.equal((await live.read()).index.size, 2);
      await rm(labelFile(ws, 'anna'));
      assert.deepEqual((await live.read()).labels.map((l) => l.id), ['b']);
      await writeFile(labelFile(ws, 'bert'), 'nonsense\n');
      const { labels, problems } = await live.read();
      assert.deepEqual(labels, []);
      assert.deepEqual(problems.map((p) => p.line), [1]);
    }));

  it('loses no label that is written while it reads', () =>
    inWorkspace(async (ws) => {
      const live = openLiveData(ws);
      await live.read();
      const ids = Array.from({ length: 40 }, (_, n) => `l${n}`);
      for (const [n, id] of ids.entries()) {
        const reading = n % 3 === 0 ? live.read() : undefined;
        if (n === 20) await rm(labelFile(ws, 'anna')).then(() => writeFile(labelFile(ws, 'anna'), '')); // and the file is another one
        await live.append([labelOf(generationOf(id, 2), { id })]);
        await reading;
        assert.ok(live.data().index.get(id), `${id} is known`);
      }
      const { labels } = await live.read();
      assert.deepEqual(labels.map((l) => l.id).sort(), ids.slice(20).sort());
    }));
});
