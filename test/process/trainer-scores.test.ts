import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashText } from '../../src/base/hash';
import { readScores, scoreKey, scoreLineSchema } from '../../src/jobs/scores';
import type { RunView } from '../../src/jobs/view';
import { createWorkspace, events, eventsOf, examples, run, start, until, type Workspace } from './trainer-folder';

const data = examples.reward.map(({ promptHash, prompt, responses }) => ({ promptHash, prompt, responses: responses.map((text) => ({ hash: hashText(text), text })) }));
const lines = (folder: string) => readFileSync(join(folder, 'scores.jsonl'), 'utf8').trimEnd().split('\n').map((l) => scoreLineSchema.parse(JSON.parse(l)));

describe('trainer, scores', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });

  it('scores every answer by every model, and they can be read back', async () => {
    const folder = workspace.run('scores', 'score', { models: { reward: ['reward', 'reward'] }, params: { batchSize: 32 } }, data);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const found = lines(folder);
    assert.equal(found.length, 120);
    assert.deepEqual(found.map((l) => l.hash), data.flatMap((d) => d.responses.map((r) => r.hash)));
    assert.ok(found.every(({ scores: [a, b] }) => a === b) && new Set(found.map((l) => l.scores[0])).size > 20);
    const end = events(folder).at(-1)!;
    assert.ok(end.type === 'finished' && end.outputs['scores'] === 'scores.jsonl' && end.summary['answers'] === 120);
    assert.equal(end.summary['disagreement'], 0);
    const mean = found.reduce((s, l) => s + l.scores[0]!, 0) / 120;
    assert.ok(Math.abs(end.summary['scores']! - mean) < 1e-9);
    const view = { id: 'scores', kind: 'score', state: 'finished', folder, outputs: end.outputs } as unknown as RunView;
    const read = await readScores([view, { ...view, id: 'a-older', folder: '/nowhere' }]);
    assert.deepEqual(read.get(scoreKey(found[7]!.promptHash, found[7]!.hash)), found[7]!.scores);
    assert.equal((await readScores([{ ...view, state: 'running' }])).size, 0);
  });

  it('goes on after a kill and after a stop', async () => {
    const whole = lines(join(workspace.root, '.plumbline', 'runs', 'scores')).map((l) => l.scores[0]);
    const folder = workspace.run('again', 'score', { models: { reward: ['reward'] }, params: { batchSize: 2 } }, data);
    const killed = start(folder);
    await until(folder, killed, (text) => text.includes('"step":19,'));
    killed.child.kill('SIGKILL');
    await killed.ended;
    const stopped = start(folder);
    await until(folder, stopped, (text) => text.includes('"step":25,'));
    writeFileSync(join(folder, 'stop'), '');
    assert.ok([0, 3].includes((await stopped.ended).code!));
    if (events(folder).at(-1)!.type !== 'finished') assert.equal((await run(folder)).code, 0);
    const found = lines(folder);
    assert.equal(found.length, 120);
    assert.ok(found.every((l, i) => Math.abs(l.scores[0]! - whole[i]!) < 1e-4));
    assert.ok(eventsOf(folder, 'started').slice(1).every((e) => e.resumedFrom! >= 16));
  });

  it('says that a language model is no reward model', async () => {
    const folder = workspace.run('wrong', 'score', { models: { reward: ['policy'] } }, data);
    const { code, stderr } = await run(folder);
    assert.equal(code, 2);
    assert.match(stderr, /no reward model/);
  });
});
