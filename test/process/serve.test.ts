import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { UserError } from '../../src/base/errors';
import { createLocalSource } from '../../src/sources/local';

const trainer = resolve('dist/trainer.js');
const model = resolve('media/sample/models/tiny-assistant');
const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 24 };
const ask = (content: string, seed = 1, n = 3) => ({ messages: [{ role: 'user', content }], n, sampling, seed });

describe('a model that is served', function () {
  this.timeout(60_000);

  it('answers again and again, the same for the same seed', async () => {
    const source = createLocalSource({ trainer, folder: model, title: 'tiny' });
    const first = await source.reply(ask('What can I cook with rice?'));
    assert.equal(first.length, 3);
    assert.ok(first.every((r) => r.text.length > 0));
    const [again, other] = await Promise.all([source.reply(ask('What can I cook with rice?')), source.reply(ask('What can I cook with rice?', 2))]);
    assert.deepEqual(again, first);
    assert.notDeepEqual(other, first);
    const talk = await source.reply({ ...ask(''), messages: [{ role: 'user', content: 'Hello.' }, { role: 'assistant', content: first[0]!.text }, { role: 'user', content: 'Why?' }] });
    assert.equal(talk.length, 3);
    source.dispose();
    await assert.rejects(source.reply(ask('Hello.')), /no longer used/);
  });

  it('stops an answer, and gives the next one', async () => {
    const source = createLocalSource({ trainer, folder: model, title: 'tiny' });
    const stop = new AbortController();
    const long = source.reply({ ...ask('Tell me a story.', 1, 16), sampling: { ...sampling, maxNewTokens: 200 } }, stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(long, /stopped/);
    assert.equal((await source.reply(ask('Hello.'))).length, 3);
    source.dispose();
  });

  it('starts anew after a crash, and says what went wrong', async () => {
    const source = createLocalSource({ trainer, folder: resolve('test/fixtures'), title: 'nothing' });
    await assert.rejects(source.reply(ask('Hello.')), (e: unknown) => e instanceof UserError && e.code === 'local.ended' && /“nothing”.*config\.json/s.test(e.message));
    await assert.rejects(source.reply(ask('Hello.')), /“nothing” does not answer/);
    source.dispose();
  });

  it('says that a conversation is too long', async () => {
    const source = createLocalSource({ trainer, folder: model, title: 'tiny' });
    await assert.rejects(source.reply(ask('rice '.repeat(600))), (e: unknown) => e instanceof UserError && e.code === 'serve.long' && /reads 256/.test(e.message));
    source.dispose();
  });

  it('ends when nobody asks, and is there again when somebody does', async () => {
    const source = createLocalSource({ trainer, folder: model, title: 'tiny', idleMs: 50 });
    const first = await source.reply(ask('Hello.'));
    // Asked at any moment of its end: never is an answer lost.
    for (const ms of [400, 45, 50, 55, 60, 70]) {
      await new Promise((r) => setTimeout(r, ms));
      assert.deepEqual(await source.reply(ask('Hello.')), first);
    }
    source.dispose();
  });

  it('ends with its input, and passes over what is no request', async () => {
    const child = spawn(process.execPath, [trainer, 'serve', model], { stdio: ['pipe', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (d: Buffer) => (errors += d.toString()));
    await once(child.stdout, 'data');
    child.stdin.write('garbage\n{"id":0}\n');
    child.stdin.end();
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 0);
    assert.match(errors, /not JSON/);
    assert.match(errors, /not a request/);
  });
});
