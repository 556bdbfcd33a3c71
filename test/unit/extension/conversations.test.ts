import assert from 'node:assert/strict';
import type { RedTeamLine } from '../../../src/domain/red-team/records';
import { attemptRow, attemptView, choiceOf, createConversations } from '../../../src/extension/red-team/conversations';
import { redTeamLineSchema } from '../../../src/protocol/red-team';
import type { Ask, Source } from '../../../src/sources/source';

const target = { kind: 'model', name: 'tiny', source: 'tiny' } as const;

function made(lines: readonly RedTeamLine[] = []) {
  const saved: RedTeamLine[] = [];
  const asked: Ask[] = [];
  let seed = 0;
  let full = false;
  const talks = createConversations({
    lines,
    labeler: () => Promise.resolve('anna'),
    append: (fresh) => {
      if (full) return Promise.reject(new Error('the disk is full'));
      saved.push(...fresh.map((l) => redTeamLineSchema.parse(l)));
      return Promise.resolve();
    },
    seed: () => seed++,
  });
  const source: Source = {
    reply: (ask, signal) => {
      signal?.throwIfAborted();
      asked.push(ask);
      return Promise.resolve(Array.from({ length: ask.n }, (_, i) => ({ text: `${ask.messages.at(-1)!.content} → ${i}`, finished: true })));
    },
    dispose: () => undefined,
  };
  const send = (fields: object, signal = new AbortController().signal) => talks.send({ target: 'model:tiny', goal: 'g', after: null, text: 'Hi', n: 3, ...fields }, { source, target }, signal);
  return { talks, saved, asked, send, fill: () => (full = true) };
}

describe('red-team conversations', () => {
  it('save an attempt with its first message, in an order that is drawn', async () => {
    const { talks, saved, send } = made();
    const id = await send({ rule: 'r' });
    assert.deepEqual(saved.map((l) => l.op), ['attempt', 'turn']);
    const view = attemptView(talks.attempts()[0]!, 'anna');
    assert.deepEqual([view.id, view.target, view.goal, view.rule], [id, 'model:tiny', 'g', 'r']);
    assert.deepEqual(view.turns[0]!.replies.map((r) => r.candidate).sort(), [0, 1, 2]);
    assert.ok(view.turns[0]!.replies.every((r) => r.text === `Hi → ${r.candidate}`));
  });

  it('go on with the reply that was picked, else with the first on screen, and say so', async () => {
    const { talks, saved, asked, send } = made();
    const attempt = await send({});
    const first = attemptView(talks.attempts()[0]!, 'anna').turns[0]!;
    await send({ attempt, after: first.id, text: 'Go on' });
    assert.deepEqual(asked[1]!.messages.map((m) => m.content), ['Hi', first.replies[0]!.text, 'Go on']);
    const pick = saved.find((l) => l.op === 'pick')!;
    assert.deepEqual([pick.candidate, pick.harmful], [first.replies[0]!.candidate, false]);
    const second = attemptView(talks.attempts()[0]!, 'anna').turns[1]!;
    await talks.pick({ attempt, turn: second.id, candidate: 2, harmful: true });
    await send({ attempt, after: second.id, text: 'More' });
    assert.equal(asked[2]!.messages[3]!.content, 'Go on → 2');
    assert.equal(saved.filter((l) => l.op === 'pick').length, 2);
  });

  it('retry a message in another form, from the same place', async () => {
    const { talks, asked, send } = made();
    const attempt = await send({});
    const first = attemptView(talks.attempts()[0]!, 'anna').turns[0]!;
    await send({ attempt, after: first.id, text: 'One' });
    await send({ attempt, after: first.id, text: 'Two' });
    assert.equal(asked[2]!.messages.length, 3);
    assert.deepEqual(attemptView(talks.attempts()[0]!, 'anna').turns.map((x) => x.text), ['Hi', 'Two']);
    await send({ attempt, after: null, text: 'Anew' });
    assert.deepEqual(attemptView(talks.attempts()[0]!, 'anna').turns.map((x) => x.text), ['Anew']);
  });

  it('save nothing when stopped, and say when nothing could be saved', async () => {
    const { talks, saved, send, fill } = made();
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await assert.rejects(send({}, stop.signal), /stopped/);
    fill();
    await assert.rejects(send({}), /disk is full/);
    assert.deepEqual([saved, talks.attempts()], [[], []]);
  });

  it('mark, take back, and show whose a mark is', async () => {
    const { talks, send } = made();
    const attempt = await send({});
    const turn = attemptView(talks.attempts()[0]!, 'anna').turns[0]!.id;
    await talks.mark({ attempt, turn, candidate: 1, rule: 'r', severity: 3, tactic: '', note: '  ' });
    const [mark] = attemptView(talks.attempts()[0]!, 'ben').turns[0]!.marks;
    assert.deepEqual(mark, { id: mark?.id, candidate: 1, rule: 'r', severity: 3, labeler: 'anna', mine: false });
    assert.equal(attemptRow(talks.attempts()[0]!).severity, 3);
    await talks.unmark({ attempt, mark: mark.id });
    assert.equal(attemptRow(talks.attempts()[0]!).severity, undefined);
    await assert.rejects(talks.mark({ attempt, turn, candidate: 9, rule: 'r', severity: 1 }), /no candidate 9/);
    await assert.rejects(talks.pick({ attempt: 'x', turn, candidate: 0, harmful: true }), /not there any more/);
  });

  it('take over the lines of another window once', async () => {
    const one = made();
    await one.send({});
    const other = made();
    assert.equal(other.talks.merge(one.saved), true);
    assert.equal(other.talks.merge(one.saved), false);
    assert.equal(other.talks.attempts().length, 1);
    assert.equal(choiceOf({ kind: 'model', name: 'run:x', source: 's' }), 'run:x');
    assert.equal(choiceOf({ kind: 'endpoint', name: 'a:b', source: 's' }), 'endpoint:a:b');
  });
});
