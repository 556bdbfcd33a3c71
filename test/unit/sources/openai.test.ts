import assert from 'node:assert/strict';
import { UserError } from '../../../src/base/errors';
import { isSafeUrl } from '../../../src/protocol/endpoint';
import { createOpenAiSource } from '../../../src/sources/openai';
import { retryAfter } from '../../../src/sources/retry';
import { answers, fakeOpenAi, status, type Behaviour } from './fake-openai';

const sampling = { temperature: 0.8, topK: 0, topP: 1, maxNewTokens: 20 };
const ask = (n = 2) => ({ messages: [{ role: 'user', content: 'Hi' }], n, sampling, seed: 7 });

async function withServer<T>(behaviours: Behaviour[], work: (fake: Awaited<ReturnType<typeof fakeOpenAi>>) => Promise<T>): Promise<T> {
  const fake = await fakeOpenAi(...behaviours);
  try {
    return await work(fake);
  } finally {
    await fake.close();
  }
}

const sourceOf = (url: string, more: object = {}) => createOpenAiSource({ name: 'test', url, model: 'small' }, { key: 'sk-secret', pauseMs: 1, ...more });

function fails(code: string, ...says: RegExp[]) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.code, code);
    for (const part of says) assert.match(error.message, part);
    assert.ok(!error.message.includes('sk-secret'), 'the key is in the message');
    return true;
  };
}

describe('OpenAI-compatible endpoints', () => {
  it('asks as the API wants it, and gives the answers', () =>
    withServer([answers((last, i) => `${last} ${i}`)], async ({ url, seen }) => {
      assert.deepEqual(await sourceOf(`${url}/`).reply(ask()), [{ text: 'Hi 0', finished: true }, { text: 'Hi 1', finished: true }]);
      assert.equal(seen[0]!.url, '/v1/chat/completions');
      assert.equal(seen[0]!.authorization, 'Bearer sk-secret');
      assert.deepEqual(seen[0]!.body, { model: 'small', messages: [{ role: 'user', content: 'Hi' }], n: 2, seed: 7, temperature: 0.8, top_p: 1, max_tokens: 20 });
    }));

  it('asks again where a server gives one answer at a time, with other seeds', () =>
    withServer([answers(() => 'one', 1, 'length')], async ({ url, seen }) => {
      assert.deepEqual(await sourceOf(url).reply(ask(3)), Array.from({ length: 3 }, () => ({ text: 'one', finished: false })));
      assert.deepEqual(seen.map((s) => s.body.seed), [7, 8, 9]);
    }));

  it('tries again on 429 and 5xx, as long as the server asks for', () =>
    withServer([status(429, 'slow down', { 'retry-after': '0.05' }), status(503), status(500), answers(() => 'at last')], async ({ url, seen }) => {
      const begin = Date.now();
      assert.equal((await sourceOf(url).reply(ask(1)))[0]!.text, 'at last');
      assert.ok(Date.now() - begin >= 50);
      assert.equal(seen.length, 4);
    }));

  it('says what a server answered, never the key', () =>
    withServer([status(401, 'Incorrect API key provided: sk-secret.')], async ({ url, seen }) => {
      await assert.rejects(sourceOf(url).reply(ask()), fails('endpoint.failed', /“test”/, new RegExp(url), /401/, /Incorrect API key provided: •••/));
      assert.equal(seen.length, 1, 'a wrong key is not tried again');
    }));

  it('gives up after its tries', () =>
    withServer([status(500, 'broken')], async ({ url, seen }) => {
      await assert.rejects(sourceOf(url, { retries: 2 }).reply(ask()), fails('endpoint.failed', /3 tries/, /500: broken/));
      assert.equal(seen.length, 3);
    }));

  for (const [name, body] of Object.entries({ html: '<html>Sign in</html>', array: '[1]', empty: '{"choices":[]}', 'no message': '{"choices":[{}]}', 'text of another type': '{"choices":[{"message":{"content":7}}]}', nothing: '' })) {
    it(`refuses garbage: ${name}`, () => withServer([status(200, body)], ({ url }) => assert.rejects(sourceOf(url).reply(ask()), fails('endpoint.failed', /is not JSON|no chat completion/))));
  }

  it('reads a null content as an empty answer', () =>
    withServer([status(200, '{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}')], async ({ url }) => {
      assert.deepEqual(await sourceOf(url).reply(ask(1)), [{ text: '', finished: true }]);
    }));

  it('does not follow a redirect with the key', () =>
    withServer([status(302, '', { location: 'https://elsewhere.example/' })], ({ url }) => assert.rejects(sourceOf(url, { retries: 0 }).reply(ask()), fails('endpoint.failed'))));

  it('does not wait for ever', () =>
    withServer([() => undefined], ({ url }) => assert.rejects(sourceOf(url, { timeoutMs: 40, retries: 1 }).reply(ask()), fails('endpoint.failed', /no answer within/))));

  it('does not read an answer without end', () =>
    withServer([
      (response) => {
        const block = 'x'.repeat(1 << 20);
        const more = (): void => {
          while (!response.destroyed && response.write(block));
          response.once('drain', more);
        };
        more();
      },
    ], ({ url }) => assert.rejects(sourceOf(url).reply(ask()), fails('endpoint.failed', /not JSON/))));

  it('stops when it is told to, also while it waits to try again', () =>
    withServer([status(429, '', { 'retry-after': '30' })], async ({ url, seen }) => {
      const stop = new AbortController();
      const asked = sourceOf(url).reply(ask(), stop.signal);
      while (seen.length === 0) await new Promise((r) => setTimeout(r, 2));
      stop.abort(new Error('enough'));
      await assert.rejects(asked, /enough/);
      const source = sourceOf(url);
      const other = source.reply(ask());
      source.dispose();
      await assert.rejects(other, /no longer used/);
    }));

  it('says when nobody is there', () => assert.rejects(sourceOf('http://127.0.0.1:9', { retries: 0 }).reply(ask()), fails('endpoint.failed', /ECONNREFUSED|bad port|fetch failed/)));

  it('talks to https and to this machine only', () => {
    for (const good of ['https://api.example.com/v1', 'http://localhost:8080/v1', 'http://127.0.0.1:1/v1', 'http://[::1]:8/v1']) assert.ok(isSafeUrl(good), good);
    for (const bad of ['http://api.example.com/v1', 'http://localhost.example.com', 'http://127.0.0.1.example.com', 'ftp://localhost', 'file:///etc/passwd', 'https://user:pw@example.com', 'nonsense', '']) assert.ok(!isSafeUrl(bad), bad);
    assert.throws(() => sourceOf('http://api.example.com/v1'), fails('endpoint.url', /https/));
  });

  it('reads Retry-After', () => {
    assert.equal(retryAfter(null, 0), undefined);
    assert.equal(retryAfter('2', 0), 2000);
    assert.equal(retryAfter('3600', 0), 60_000);
    assert.equal(retryAfter('-1', 0), 0);
    assert.equal(retryAfter('Wed, 21 Oct 2015 07:28:10 GMT', Date.parse('Wed, 21 Oct 2015 07:28:00 GMT')), 10_000);
    assert.equal(retryAfter('soon', 0), undefined);
  });
});
