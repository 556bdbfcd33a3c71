import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: { model: string; n: number; seed: number; messages: { role: string; content: string }[] };
}

/** What the server does with one request. */
export type Behaviour = (response: ServerResponse, seen: Seen) => void;

/** A server on this machine that answers as it is told: the behaviours in turn, the last one from then on. */
export async function fakeOpenAi(...behaviours: Behaviour[]): Promise<{ url: string; seen: Seen[]; close(): Promise<void>; server: Server }> {
  const seen: Seen[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const one: Seen = { url: request.url ?? '', authorization: request.headers.authorization, body: JSON.parse(text) as Seen['body'] };
      seen.push(one);
      behaviours[Math.min(seen.length, behaviours.length) - 1]!(response, one);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    server,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => {
        done();
      }));
    },
  };
}

/** Answers like a chat model: `reply` to the last message, n times. */
export const answers = (reply: (last: string, i: number) => string, most = 99, finish = 'stop'): Behaviour => (response, { body }) => {
  const last = body.messages.at(-1)?.content ?? '';
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ choices: Array.from({ length: Math.min(body.n, most) }, (_, i) => ({ index: i, message: { role: 'assistant', content: reply(last, i) }, finish_reason: finish })) }));
};

export const status = (code: number, body = '', headers: Record<string, string> = {}): Behaviour => (response) => {
  response.writeHead(code, headers);
  response.end(body);
};
