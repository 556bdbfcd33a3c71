import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashText } from '../../src/base/hash';
import { generationSchema } from '../../src/protocol/records';
import { createWorkspace, events, eventsOf, examples, run, start, until, type Workspace } from './trainer-folder';

const lines = (path: string): Record<string, unknown>[] => readFileSync(path, 'utf8').trimEnd().split('\n').map((l) => JSON.parse(l) as Record<string, unknown>);

describe('trainer, answers', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });

  it('generates answers as the workspace keeps them', async () => {
    const folder = workspace.run('gen', 'generate', { models: { policy: 'policy' }, params: { n: 3, batchSize: 6, sampling: { maxNewTokens: 5 } } }, examples.generate);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const published = join(workspace.root, '.plumbline', 'generations', 'gen.jsonl');
    const generations = lines(published);
    assert.deepEqual(lines(join(folder, 'generations.jsonl')), generations);
    assert.equal(generations.length, examples.generate.length);
    generations.forEach((g, i) => {
      const { promptHash, prompt, responses } = generationSchema.parse(g);
      assert.equal(promptHash, examples.generate[i]!.promptHash);
      assert.equal(prompt, examples.generate[i]!.prompt);
      assert.equal(responses.length, 3);
      for (const r of responses) {
        assert.equal(r.hash, hashText(r.text));
        assert.equal(r.source, 'policy');
        assert.ok(!r.text.includes('</s>'));
      }
      assert.equal(g['run'], 'gen');
      assert.match(String(g['model']), /^sha256:[0-9a-f]{64}$/);
    });
    assert.equal(new Set(generations.map((g) => g['id'])).size, generations.length);
    const end = events(folder).at(-1)!;
    assert.ok(end.type === 'finished' && join(folder, end.outputs['generations']!) === published && end.summary['answers'] === 27);
  });

  it('goes on with the answers that are left', async () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ ...examples.generate[i % 9]!, id: `p${i}` }));
    const fields = { models: { policy: 'policy' }, params: { n: 2, batchSize: 4, sampling: { maxNewTokens: 12 } } };
    const whole = workspace.run('whole', 'generate', fields, many);
    assert.equal((await run(whole)).code, 0);
    const folder = workspace.run('whole2', 'generate', fields, many);
    const killed = start(folder);
    await until(folder, killed, (text) => text.includes('"step":11,'));
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.equal(existsSync(join(workspace.root, '.plumbline', 'generations', 'whole2.jsonl')), false);
    const stopped = start(folder);
    await until(folder, stopped, (text) => text.includes('"step":17,'));
    writeFileSync(join(folder, 'stop'), '');
    // The last steps may be done before the file is seen.
    assert.ok([0, 3].includes((await stopped.ended).code!));
    if (events(folder).at(-1)!.type !== 'finished') assert.equal((await run(folder)).code, 0);
    const answers = (run_: string) => lines(join(run_, 'generations.jsonl')).map((g) => g['responses']);
    assert.deepEqual(answers(folder), answers(whole));
    assert.ok(eventsOf(folder, 'started').slice(1).every((e) => e.resumedFrom! >= 8));
  });

  it('measures a model against its reference', async () => {
    const folder = workspace.run('eval', 'evaluate', { models: { policy: 'policy', reference: 'policy', reward: 'reward' }, params: { samples: 2, batchSize: 4, sampling: { maxNewTokens: 5 } } }, examples.evaluate);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const end = events(folder).at(-1)!;
    assert.ok(end.type === 'finished');
    const { summary } = end;
    assert.equal(summary['answers'], 12);
    assert.ok(Math.abs(summary['objective/exact_kl']!) < 1e-6 && Math.abs(summary['objective/kl']!) < 1e-4, 'a model has no distance from itself');
    assert.ok(summary['objective/scores_se']! > 0 && summary['perplexity']! > 1 && summary['text_tokens'] === 14 + 2 - 2);
    const samples = eventsOf(folder, 'sample');
    assert.deepEqual(samples.map((s) => s.index), Array.from({ length: 12 }, (_, i) => i));
    const records = lines(join(folder, 'samples.jsonl'));
    assert.equal(records.length, 12);
    const mean = records.reduce((s, r) => s + Number(r['reward']), 0) / 12;
    assert.ok(Math.abs(mean - summary['objective/scores']!) < 1e-9);
    assert.deepEqual(records.map((r) => r['text']), samples.map((s) => s.text));
  });

  it('measures what it can without a reward model or prompts', async () => {
    const folder = workspace.run('texts', 'evaluate', { models: { policy: 'policy' } }, examples.evaluate.filter((e) => 'text' in e));
    assert.equal((await run(folder)).code, 0);
    const end = events(folder).at(-1)!;
    assert.ok(end.type === 'finished' && end.summary['perplexity']! > 1 && !('objective/scores' in end.summary));
  });

  it('says when no prompt leaves room for an answer', async () => {
    const folder = workspace.run('long', 'generate', { models: { policy: 'policy' }, params: { sampling: { maxNewTokens: 63 } } }, examples.generate);
    const { code, stderr } = await run(folder);
    assert.equal(code, 2);
    assert.match(stderr, /no prompt leaves room for 63 new tokens in a context of 64/);
  });
});
