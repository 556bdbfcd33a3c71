import assert from 'node:assert/strict';
import type { RunView } from '../../../src/jobs/view';
import { answers, fakeOpenAi, status, type Behaviour } from '../../unit/sources/fake-openai';
import { commandLine, smallWorkspace, type CommandLine } from './command-line';

interface Sample {
  readonly text: string;
  readonly reference: { readonly text: string };
  /** 1: the model's answer won, 0.5: a tie, 0: the reference's; absent: the judge's words could not be read. */
  readonly judged?: number;
}

/** Both answers as the judge is shown them. */
function shown(question: string): { a: string; b: string } {
  const [, a, b] = /\[Answer A\]\n([^]*)\n\n\[Answer B\]\n([^]*)\n\nReply with one word/.exec(question) ?? assert.fail(question);
  return { a: a!, b: b! };
}

/** A judge that likes the answer that comes later in the alphabet. */
const sorter = (question: string): string => {
  const { a, b } = shown(question);
  return a > b ? 'A' : 'B';
};

/** What a server of the test's own, with all the moods of real ones, says of two real models' answers. */
describe('plumbline evaluate, judged by an endpoint', function () {
  this.timeout(180_000);
  let line: CommandLine;
  let model: string;
  before(async () => {
    line = commandLine({ PLUMBLINE_API_KEY: 'sk-very-secret' });
    await smallWorkspace(line);
    model = (await line.json<{ run: RunView }>('train', 'sft', '--chosen', '--max-steps', '2', '--learning-rate', '0.05', '--threads', '1')).run.id;
  });
  after(() => line.remove());

  const command = (url: string): string[] => ['evaluate', '--policy', model, '--reference', 'tiny', '--reward', 'none', '--texts', 'none', '--judge', url, '--judge-model', 'big-judge', '--samples', '2', '--max-new-tokens', '4', '--threads', '1', '--seed', '4'];
  const samples = (id: string): Sample[] => line.file(id, 'samples.jsonl').toString().trimEnd().split('\n').map((l) => JSON.parse(l) as Sample);

  async function judged(...behaviours: Behaviour[]): Promise<{ summary: Readonly<Record<string, number>>; lines: Sample[]; asked: string[]; id: string }> {
    const server = await fakeOpenAi(...behaviours);
    try {
      const { run } = await line.json<{ run: RunView }>(...command(server.url));
      assert.ok(server.seen.every((s) => s.url === '/v1/chat/completions' && s.body.model === 'big-judge' && s.authorization === 'Bearer sk-very-secret'));
      return { summary: run.summary!, lines: samples(run.id), asked: server.seen.map((s) => s.body.messages.at(-1)!.content), id: run.id };
    } finally {
      await server.close();
    }
  }

  it('asks in both orders, through 429, 500 and slow answers, and says who judged', async () => {
    const { summary, lines, asked, id } = await judged(status(429, 'slow down', { 'retry-after': '0.05' }), status(500, 'oops'), (response, seen) => setTimeout(() => { answers(sorter)(response, seen); }, 300), answers(sorter));
    const differ = lines.filter((l) => l.text !== l.reference.text);
    assert.ok(differ.length > 0 && lines.length === 6);
    for (const l of lines) assert.equal(l.judged, l.text === l.reference.text ? 0.5 : l.text > l.reference.text ? 1 : 0);
    const pairs = new Set(asked.map((q) => JSON.stringify(shown(q))));
    for (const { text, reference } of differ) for (const [a, b] of [[text, reference.text], [reference.text, text]]) assert.ok(pairs.has(JSON.stringify({ a, b })), 'both orders');
    const rate = lines.reduce((sum, l) => sum + l.judged!, 0) / lines.length;
    assert.ok(Math.abs(summary['win_rate/endpoint']! - rate) < 1e-9);
    assert.deepEqual([summary['win_rate/endpoint_comparisons'], summary['win_rate/endpoint_unread']], [6, 0]);
    assert.ok(summary['win_rate/endpoint_low']! <= rate && rate <= summary['win_rate/endpoint_high']!);
    const report = await line.ok('report', id, '--out', 'report');
    assert.match(report, /a language model, asked in both orders \(big-judge at 127\.0\.0\.1:\d+\)/);
    assert.doesNotMatch(['run.json', 'events.jsonl', 'samples.jsonl', 'log.txt'].map((f) => line.file(id, f).toString()).join('') + report, /very-secret/);
  });

  it('takes a preference for a place for a tie, and leaves out words that say nothing', async () => {
    const biased = await judged(answers(() => 'A.'));
    assert.deepEqual([biased.summary['win_rate/endpoint'], biased.summary['win_rate/endpoint_ties']], [0.5, 1]);
    let n = 0;
    const words = ['Both are fine', '', 'C', 'It depends on what you mean.'];
    const silent = await judged(answers(() => words[n++ % words.length]!));
    const differ = silent.lines.filter((l) => l.text !== l.reference.text).length;
    assert.equal(silent.summary['win_rate/endpoint_unread'], differ);
    assert.ok(silent.lines.every((l) => l.judged === (l.text === l.reference.text ? 0.5 : undefined)));
    // What is left are ties of the same text; with none there is no win rate at all.
    assert.equal(silent.summary['win_rate/endpoint_comparisons'], differ === 6 ? undefined : 6 - differ);
  });

  it('says what a server answered that is no judge, and goes on when it is one', async () => {
    let torn = true;
    const server = await fakeOpenAi((response, seen) => {
      if (!torn) answers(() => 'TIE')(response, seen);
      else response.end('{"choices":[{"message":{"content":"A"');
    });
    try {
      const failed = await line.run(...command(server.url));
      assert.equal(failed.code, 2, failed.stdout);
      assert.match(failed.stdout, /“big-judge at 127\.0\.0\.1:\d+” .*its answer is not JSON: \{"choices"/);
      torn = false;
      const { run } = await line.json<{ run: RunView }>('resume', 'last');
      assert.deepEqual([run.state, run.summary!['win_rate/endpoint']], ['finished', 0.5]);
    } finally {
      await server.close();
    }
    const cases: [string[], RegExp][] = [[['--judge', 'http://example.org/v1', '--judge-model', 'x'], /begins with https/], [['--judge', server.url], /say with --judge-model/]];
    for (const [args, says] of cases) {
      const { code, stderr } = await line.run('evaluate', ...args);
      assert.equal(code, 2);
      assert.match(stderr, says);
    }
  });
});
