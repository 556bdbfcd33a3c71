import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulateLabels } from '../../../src/cli/simulate';
import { generation, response } from '../../../src/domain/content';
import { readData } from '../../../src/jobs/plan';
import { addGenerations } from '../../../src/store/add-import';
import { createWorkspace } from '../../../src/store/workspace';

describe('cli/simulate', () => {
  const answers = ['Boil it for nine minutes.', 'Boil it for two days.', 'I will not tell you, fool.'].map((text) => response(text, 'base'));
  const home: string[] = [];
  after(() => Promise.all(home.map((folder) => rm(folder, { recursive: true }))));

  /** What the labelers say of the same answers under ids that begin so. */
  async function said(ids: string, seed: number): Promise<object[]> {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-simulate-'));
    home.push(folder);
    const workspace = await createWorkspace(folder, { v: 1, evaluation: { judge: 'tiny-assistant' } });
    await addGenerations(workspace, 'some', Array.from({ length: 40 }, (_, i) => generation(`How do I boil egg ${i}?`, answers, `${ids}${i}`)));
    await simulateLabels(workspace, await readData(workspace), seed);
    return (await readData(workspace)).lines.flatMap((line) => (line.op === 'label' ? [{ who: line.labeler, prompt: line.promptHash, verdict: line.verdict, ranks: line.ranks }] : []));
  }

  it('says the same with the same seed, whenever and under whatever id the answers were made', async () => {
    const first = await said('monday-', 0);
    assert.equal(first.length, 120);
    assert.deepEqual(await said('tuesday-', 0), first);
    assert.notDeepEqual(await said('monday-', 1), first);
  });
});
