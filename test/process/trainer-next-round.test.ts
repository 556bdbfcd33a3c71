import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uncertaintyWorth } from '../../src/domain/uncertainty';
import { readScores, scoreKey } from '../../src/jobs/scores';
import type { RunView } from '../../src/jobs/view';
import { generationSchema } from '../../src/protocol/records';
import { createWorkspace, eventsOf, examples, run, start, until, type Workspace } from './trainer-folder';

const lines = (path: string): Record<string, unknown>[] => readFileSync(path, 'utf8').trimEnd().split('\n').map((l) => JSON.parse(l) as Record<string, unknown>);

describe('trainer, next round', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });
  const fields = { models: { policy: 'policy', beside: 'policy', reward: ['reward', 'reward'] }, params: { n: 4, besideN: 1, batchSize: 8, keep: 5, sampling: { maxNewTokens: 8 } } };

  it('puts answers of two models side by side, scores them and publishes what is least sure first', async () => {
    const folder = workspace.run('next', 'generate', fields, examples.generate);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const end = eventsOf(folder, 'finished')[0]!;
    assert.equal(end.outputs['scores'], 'scores.jsonl');
    assert.ok(end.summary['closeness']! > 0 && end.summary['disagreement'] === 0, 'one model twice never disagrees with itself');
    const published = lines(join(workspace.root, '.plumbline', 'generations', 'next.jsonl')).map((g) => generationSchema.parse(g));
    assert.equal(published.length, 5);
    const view: RunView = { id: 'next', kind: 'generate', name: 'next', folder, state: 'finished', createdAt: '', step: 1, total: 1, percent: 100, metrics: {}, outputs: end.outputs, warnings: [] };
    const scores = await readScores([view]);
    const worth = (g: { promptHash: string; responses: readonly { hash: string }[] }): number => uncertaintyWorth(g.responses.map((r) => scores.get(scoreKey(g.promptHash, r.hash))!))!;
    const shown = published.map(worth);
    assert.deepEqual(shown, shown.toSorted((a, b) => b - a));
    const all = lines(join(folder, 'generations.jsonl')).map((g) => generationSchema.parse(g));
    assert.equal(all.length, 9);
    assert.deepEqual(shown, all.map(worth).sort((a, b) => b - a).slice(0, 5));
    for (const g of published) {
      assert.equal(g.responses.length, 4);
      assert.ok(!('scores' in g));
    }
    // A score run that came later knows everything: what was scored before it does not count any more.
    assert.equal((await readScores([view, { ...view, id: 'score', kind: 'score', folder: '/nowhere' }])).size, 0);
  });

  it('killed and resumed, it publishes the same', async () => {
    const folder = workspace.run('again', 'generate', fields, examples.generate);
    const killed = start(folder);
    await until(folder, killed, (text) => text.includes('"type":"step","step":2,'));
    killed.child.kill('SIGKILL');
    await killed.ended;
    if (eventsOf(folder, 'finished').length === 0) assert.equal((await run(folder)).code, 0);
    const answers = (id: string) => lines(join(workspace.root, '.plumbline', 'generations', `${id}.jsonl`)).map((g) => [g['promptHash'], g['responses']]);
    assert.deepEqual(answers('again'), answers('next'));
    assert.equal(readFileSync(join(folder, 'scores.jsonl'), 'utf8'), readFileSync(join(workspace.root, '.plumbline', 'runs', 'next', 'scores.jsonl'), 'utf8'));
  });
});
