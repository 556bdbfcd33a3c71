import assert from 'node:assert/strict';
import { z } from 'zod';
import { UserError } from '../../../src/base/errors';
import { serve } from '../../../src/extension/panel-wire';

const methods = { twice: z.object({ n: z.number() }), fail: z.object({}), refuse: z.object({}) };
interface Results extends Record<keyof typeof methods, unknown> {
  twice: number;
  fail: null;
  refuse: null;
}

/** The host's end of the wire, with a page that sends what it likes. */
describe('panel wire', () => {
  let send: (message: unknown) => unknown;
  let sent: unknown[];
  beforeEach(() => {
    sent = [];
    const webview = {
      postMessage: (message: unknown) => {
        sent.push(message);
        return Promise.resolve(true);
      },
      onDidReceiveMessage: (listener: (message: unknown) => unknown) => {
        send = listener;
        return { dispose: () => undefined };
      },
    };
    serve<typeof methods, Results, never>(webview, methods, {
      twice: ({ n }) => 2 * n,
      fail: () => {
        throw new Error('a bug');
      },
      refuse: () => {
        throw new UserError('no', 'not like this');
      },
    });
  });

  it('answers a call with its id', async () => {
    await send({ type: 'call', id: 7, method: 'twice', params: { n: 4 } });
    assert.deepEqual(sent, [{ type: 'result', id: 7, value: 8 }]);
  });
  it('answers an error, so that the page does not wait for ever', async () => {
    await send({ type: 'call', id: 8, method: 'refuse', params: {} });
    assert.deepEqual(sent, [{ type: 'error', id: 8, error: { message: 'not like this', shown: false } }]);
  });
  it('refuses methods and parameters that are not in the contract, and inherited names', async () => {
    for (const [method, params] of [['nothing', {}], ['toString', {}], ['twice', { n: '4' }], ['twice', null]] as const) await send({ type: 'call', id: 9, method, params });
    assert.deepEqual(sent.map((m) => (m as { type: string }).type), ['error', 'error', 'error', 'error']);
  });
  it('passes over what is no call', async () => {
    for (const message of [null, 'x', { type: 'result', id: 1 }, { type: 'call', id: -1, method: 'twice', params: {} }]) await send(message);
    assert.deepEqual(sent, []);
  });
});
