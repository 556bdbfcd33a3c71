import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generation, hashResponse, keyOfGeneration, response } from '../../../src/domain/content';
import type { Said } from '../../../src/domain/form';
import { foldLabels } from '../../../src/domain/labels';
import { rankedPairs } from '../../../src/domain/ranks';
import type { Generation, Label, ScreeningItem } from '../../../src/domain/records';
import type { Task, TaskSource } from '../../../src/domain/tasks';
import { guidelineHash, rankingTask, resolveTask } from '../../../src/domain/tasks';
import { openRanking } from '../../../src/extension/ranking-session';
import type { RankingSession } from '../../../src/extension/ranking-session';
import { createMasker } from '../../../src/jobs/mask-texts';
import type { RankingMode } from '../../../src/protocol/panels-ranking';
import { writeSet } from '../../../src/store/data-files';
import { openDrafts } from '../../../src/store/drafts';
import { labelFile, readLabels } from '../../../src/store/label-files';
import { openLiveData } from '../../../src/store/live-data';
import { createWorkspace } from '../../../src/store/workspace';
import type { Workspace } from '../../../src/store/workspace';

type Judgement = Parameters<RankingSession['submit']>[0];
const source = (more: Partial<TaskSource> = {}): TaskSource => ({ criteria: [], questions: [], rules: [], tasks: [], ...more });
const of = (prompt: string, ...texts: string[]): Generation => generation(prompt, texts.map((t, i) => response(t, i === 0 ? 'base' : 'policy@run')));

describe('ranking session', () => {
  let workspace: Workspace;
  let clock = Date.parse('2026-11-22T10:00:00Z');
  interface Opening {
    readonly batch?: string;
    readonly labeler?: string;
    readonly task?: Task;
    readonly project?: TaskSource;
    readonly mode?: RankingMode;
    readonly screening?: readonly ScreeningItem[];
    /** Text of an answer → its score. */
    readonly scores?: Readonly<Record<string, number>>;
  }
  async function open({ batch, labeler = 'anna', task = rankingTask, project = source(), mode = 'label', screening = [], scores }: Opening = {}): Promise<RankingSession> {
    const live = openLiveData(workspace);
    const data = await live.read();
    return openRanking({
      labeler,
      task,
      form: resolveTask(project, task).form,
      mode,
      data: { ...data, screening: [{ name: 's', file: 's.jsonl', records: [...screening] }] },
      append: (lines) => live.append(lines),
      masker: createMasker(undefined),
      drafts: openDrafts(path.join(workspace.root, 'drafts')),
      now: () => new Date((clock += 1000)),
      ...(batch === undefined ? {} : { batch }),
      ...(scores === undefined ? {} : { scoresOf: (_prompt: string, hash: string) => Object.entries(scores).flatMap(([text_, score]) => (hashResponse(text_) === hash ? [[score]] : []))[0] }),
    });
  }
  const labels = async (): Promise<Label[]> => foldLabels((await readLabels(workspace)).records).current;
  const submit = (id: string, ranks: (number | null)[], more: Partial<Judgement['said']> = {}, ms = 3000): Judgement => ({ id, said: { verdict: 'ranked', ranks, rest: 'subset', values: {}, ...more }, touched: true, ms });
  const text = (view: { item?: { answers: readonly { text: string }[] } }): string[] => view.item!.answers.map((a) => a.text);

  beforeEach(async () => {
    workspace = await createWorkspace(await mkdtemp(path.join(tmpdir(), 'plumbline-ranking-')));
    await writeSet(workspace, 'generations', 'one', [of('p1', 'a', 'b', 'c', 'd'), of('p2', 'x', 'y'), of('p3', 'same', 'same'), of('p4', 'only')]);
    await writeSet(workspace, 'generations', 'two', [of('q1', 'u', 'v', 'u')]);
  });
  afterEach(() => rm(workspace.root, { recursive: true, force: true }));

  describe('queue and labels', () => {
    it('counts what can be compared: not single answers, not answers that are all the same', async () => {
      const all = await (await open()).view();
      assert.deepEqual([all.done, all.total, all.canUndo, all.canRedo], [0, 3, false, false]);
      assert.equal((await (await open({ batch: 'one' })).view()).total, 2);
    });

    it('stores ranks by item, with the order on screen, task and guideline, on disk before it answers', async () => {
      const ranking = await open({ batch: 'one' });
      const { item, form } = await ranking.view();
      assert.equal(item!.answers.length, 4);
      const next = await ranking.submit(submit(item!.id, [2, 1, 3, 3]));
      assert.equal(next.done, 1);
      assert.notEqual(next.item?.id, item!.id);
      const [label] = await labels();
      const texts = ['a', 'b', 'c', 'd'];
      assert.deepEqual(label!.shown!.map((i) => texts[i]), text({ item: item! }));
      assert.deepEqual(label!.shown!.map((i) => label!.ranks![i]), [2, 1, 3, 3]);
      assert.deepEqual([label!.touched, label!.labeler, label!.task, label!.kind, label!.unranked], [true, 'anna', 'ranking', undefined, undefined]);
      assert.deepEqual([label!.guideline, label!.select], [guidelineHash(form), { policy: 'in-order', p: 1 }]);
      assert.match(await readFile(labelFile(workspace, 'anna'), 'utf8'), /\n$/);
    });

    it('shows the same order after a reload, and others to others', async () => {
      const first = (await (await open({ batch: 'one' })).view()).item!;
      assert.deepEqual((await (await open({ batch: 'one' })).view()).item, first);
      const orders = new Set(await Promise.all(Array.from({ length: 12 }, async (_, i) => text(await (await open({ batch: 'one', labeler: `l${i}` })).view()).join(''))));
      assert.ok(orders.size > 3);
    });

    it('shows equal answers as one card and gives all of them its rank', async () => {
      const ranking = await open({ batch: 'two' });
      const { item } = await ranking.view();
      assert.deepEqual(text({ item: item! }).sort(), ['u', 'v']);
      const u = text({ item: item! }).indexOf('u');
      await ranking.submit(submit(item!.id, u === 0 ? [1, 2] : [2, 1]));
      const [label] = await labels();
      assert.deepEqual(label!.ranks, [1, 3, 1]);
    });

    it('says what no rank means', async () => {
      const ranking = await open({ batch: 'one' });
      const { item } = await ranking.view();
      await ranking.submit(submit(item!.id, [1, null, null, null], { rest: 'top_k' }));
      const [label] = await labels();
      assert.equal(label!.unranked, 'top_k');
      assert.equal(rankedPairs(label!.verdict, 4, label!.ranks, label!.unranked).length, 3);
    });

    it('keeps tie, all bad, unsure and skipped apart', async () => {
      for (const verdict of ['tie', 'all_bad', 'unsure', 'skipped'] as const) {
        const ranking = await open({ labeler: verdict });
        const { item } = await ranking.view();
        await ranking.submit(submit(item!.id, item!.answers.map(() => (verdict === 'tie' ? 1 : null)), { verdict }));
      }
      assert.deepEqual((await labels()).map((l) => [l.labeler, l.verdict]).sort(), [['all_bad', 'all_bad'], ['skipped', 'skipped'], ['tie', 'tie'], ['unsure', 'unsure']]);
    });

    it('hides giveaways in answers, and says in the label what was hidden', async () => {
      await writeSet(workspace, 'generations', 'three', [of('who?', 'I am Claude.', 'Nobody.')]);
      const ranking = await open({ batch: 'three' });
      const { item } = await ranking.view();
      const at = text({ item: item! }).indexOf('I am Claude.');
      assert.deepEqual(item!.answers[at]!.hidden, [{ start: 5, end: 11 }]);
      await ranking.submit(submit(item!.id, [1, 2]));
      assert.deepEqual((await labels())[0]!.masked, [{ item: 0, start: 5, end: 11 }]);
    });

    it('refuses what does not fit: an item that is gone, ranks of another length, what is missing, no option', async () => {
      const task: Task = { id: 't', preference: { form: 'ranking' }, questions: ['q'] };
      const project = source({ tasks: [task], questions: [{ id: 'q', text: 'Is it so?', kind: 'yes-no', required: true }] });
      const ranking = await open({ batch: 'one', task, project });
      const { item } = await ranking.view();
      await assert.rejects(ranking.submit(submit('nothing', [1, 2])), /gone/);
      await assert.rejects(ranking.submit(submit(item!.id, [1, 2])), /2 ranks for 4 answers/);
      await assert.rejects(ranking.submit(submit(item!.id, [1, 2, 3, 4])), /Is it so\?: an answer is needed/);
      await assert.rejects(ranking.submit(submit(item!.id, [1, 2, 3, 4], { values: { 'question/q': 'maybe' } })), /cannot be answered/);
      assert.equal((await readLabels(workspace)).records.length, 0);
      await ranking.submit(submit(item!.id, [1, 2, 3, 4], { values: { 'question/q': false } }));
      assert.deepEqual((await labels())[0]!.answers, { q: false });
    });

    it('leaves to a pairwise task the items with two different answers, and says what it leaves out', async () => {
      const ranking = await open({ task: { id: 'pair', preference: { form: 'pairwise' } } });
      assert.equal((await ranking.view()).total, 2);
      assert.deepEqual(ranking.problems.map((p) => p.message), ['1 item without exactly two different answers: the task "pair" compares two']);
    });

    it('leaves out what has more answers than there are digits, says so, and goes on', async () => {
      const many = (name: string): Generation => of(name, ...Array.from({ length: 10 }, (_, i) => `${name} ${i}`));
      await writeSet(workspace, 'generations', 'many', [...Array.from({ length: 25 }, (_, i) => many(`m${i}`)), of('nine', ...Array.from({ length: 9 }, (_, i) => `n${i}`))]);
      for (const form of ['ranking', 'best'] as const) {
        const ranking = await open({ batch: 'many', task: { id: form, preference: { form } } });
        const view = await ranking.view();
        assert.deepEqual([view.total, view.item!.answers.length], [1, 9]);
        assert.equal(ranking.problems.length, 21);
        assert.match(ranking.problems[0]!.message, /has 10 different answers; labeling takes 9 at most/);
        assert.equal(ranking.problems[20]!.message, '5 more items with more than 9 different answers');
        const ranks = form === 'best' ? [1, ...Array.from({ length: 8 }, () => null)] : view.item!.answers.map((_, i) => i + 1);
        assert.equal((await ranking.submit(submit(view.item!.id, ranks, form === 'best' ? { rest: 'top_k' } : {}))).done, 1);
      }
    });

    it('chooses at random the same after a reload as without, also after undo', async () => {
      await writeSet(workspace, 'generations', 'many', Array.from({ length: 30 }, (_, i) => of(`m${i}`, `a${i}`, `b${i}`)));
      const task: Task = { id: 'r', preference: { form: 'pairwise' }, sets: ['many'], queue: { order: 'random' } };
      const ranking = await open({ task });
      let view = await ranking.view();
      const seen = new Set<string>();
      for (let i = 0; i < 30; i++) {
        if (i % 7 === 3) {
          await ranking.undo();
          view = await ranking.redo();
        }
        assert.equal((await (await open({ task })).view()).item!.id, view.item!.id);
        seen.add(view.item!.id);
        view = await ranking.submit(submit(view.item!.id, [1, 2]));
      }
      assert.deepEqual([seen.size, view.item], [30, undefined]);
      assert.deepEqual((await labels()).map((l) => l.select), Array.from({ length: 30 }, (_, i) => ({ policy: 'random', p: 1 / (30 - i) })));
    });

    it('asks a task without preference about single answers, too', async () => {
      const task: Task = { id: 'q', questions: ['q'] };
      const ranking = await open({ task, project: source({ questions: [{ id: 'q', text: 'Q', kind: 'yes-no', per: 'answer' }] }) });
      const view = await ranking.view();
      assert.equal(view.total, 5);
      await ranking.submit(submit(view.item!.id, view.item!.answers.map(() => null), { verdict: 'answered', values: { 'question/q/0': true } }));
      const [label] = await labels();
      assert.equal(label!.verdict, 'answered');
      assert.equal((label!.answers!['q'] as unknown[]).filter((a) => a === true).length, 1);
    });

    it('tells the pace after three labels, long pauses cut', async () => {
      const ranking = await open();
      for (let i = 0; i < 3; i++) {
        const { item } = await ranking.view();
        const view = await ranking.submit(submit(item!.id, item!.answers.map((_, j) => j + 1)));
        assert.equal(view.perMinute, i < 2 ? undefined : 20);
      }
    });
  });

  describe('undo, redo, looking back', () => {
    it('undoes across items and restarts, shows what was said, and redoes', async () => {
      const ranking = await open({ batch: 'one' });
      const first = (await ranking.view()).item!;
      await ranking.submit(submit(first.id, [2, 1, null, 3]));
      const second = (await ranking.view()).item!;
      await ranking.submit(submit(second.id, [1, 1], { verdict: 'tie' }));
      const later = await open({ batch: 'one' });
      const done = await later.view();
      assert.deepEqual([done.done, done.item], [2, undefined]);
      const undone = await later.undo();
      assert.deepEqual([undone.done, undone.item?.id, undone.before], [1, second.id, { said: { verdict: 'tie', ranks: [1, 1], rest: 'subset', values: {} }, from: 'undo' }]);
      const again = await later.undo();
      assert.deepEqual([again.done, again.item?.id, again.before?.said.ranks, again.canUndo, again.canRedo], [0, first.id, [2, 1, null, 3], false, true]);
      assert.equal((await labels()).length, 0);
      const redone = await (await open({ batch: 'one' })).redo();
      assert.deepEqual([redone.done, redone.item?.id], [1, second.id]);
    });

    it('does nothing when there is nothing to undo', async () => {
      assert.equal((await (await open({ batch: 'one' })).undo()).done, 0);
      assert.equal((await readLabels(workspace)).records.length, 0);
    });

    it('undoes a label of another set, whose item it shows, but none of another task', async () => {
      const two = await open({ batch: 'two' });
      await two.submit(submit((await two.view()).item!.id, [1, 2]));
      const undone = await (await open({ batch: 'one' })).undo();
      assert.deepEqual(text(undone).sort(), ['u', 'v']);
      await (await open()).redo();
      assert.equal((await (await open({ task: { id: 'other', preference: { form: 'ranking' } } })).view()).canUndo, false);
    });

    it('goes back to the item that was shown; one that is judged is shown to be changed', async () => {
      const ranking = await open({ batch: 'one' });
      const first = (await ranking.view()).item!.id;
      await ranking.submit(submit(first, [1, 2, 3, 4]));
      const second = (await ranking.view()).item!.id;
      assert.equal((await (await open({ batch: 'one' })).view(second)).item!.id, second);
      assert.equal((await ranking.view('gone')).item!.id, second);
      const again = await ranking.view(first);
      assert.deepEqual([again.item!.id, again.before?.said.ranks, again.again], [first, [1, 2, 3, 4], { at: 1, of: 1 }]);
      assert.equal((await (await open({ batch: 'one' })).view(first, false)).item!.id, second);
    });

    it('looks back and forward, and saves a change as one', async () => {
      const ranking = await open();
      const said: string[] = [];
      for (let i = 0; i < 2; i++) {
        const { item } = await ranking.view();
        said.push(item!.id);
        await ranking.submit(submit(item!.id, item!.answers.map((_, j) => j + 1)));
      }
      const third = (await ranking.view()).item!.id;
      const shown = text(await ranking.back());
      const back = await ranking.back();
      assert.deepEqual([back.item!.id, back.again, back.canBack, back.canForward], [said[0], { at: 1, of: 2 }, false, true]);
      assert.equal((await ranking.back()).item!.id, said[0]);
      const forward = await ranking.forward();
      assert.deepEqual([forward.item!.id, text(forward)], [said[1], shown]);
      assert.deepEqual((await ranking.forward()).item!.id, third);
      await ranking.back();
      const before = (await labels()).at(-1)!;
      const next = await ranking.submit(submit(said[1]!, shown.map((_, j) => shown.length - j)));
      assert.deepEqual([next.item!.id, next.done], [third, 2]);
      const after = (await labels()).at(-1)!;
      assert.deepEqual([(await labels()).length, after.supersedes, after.shown, after.select], [2, before.id, before.shown, before.select]);
      // Taken back, the label before the change stands again.
      const undone = await ranking.undo();
      assert.deepEqual([undone.item!.id, undone.done, (await labels()).at(-1)!.id], [said[1], 2, before.id]);
    });
  });

  describe('kinds', () => {
    it('repeats an item in the reverse of its order, beside the first label', async () => {
      await writeSet(workspace, 'generations', 'many', Array.from({ length: 30 }, (_, i) => of(`m${i}`, `a${i}`, `b${i}`, `c${i}`)));
      const task: Task = { id: 'rep', preference: { form: 'ranking' }, sets: ['many'], queue: { repeats: 0.5 } };
      const ranking = await open({ task });
      for (let i = 0; i < 40; i++) {
        const { item } = await ranking.view();
        if (!item) break;
        await ranking.submit(submit(item.id, [1, 2, 3]));
      }
      const all = await labels();
      const repeats = all.filter((l) => l.kind === 'repeat');
      assert.ok(repeats.length >= 5, `${repeats.length} repeats`);
      for (const label of repeats) {
        const first = all.find((l) => l.id === label.repeats)!;
        assert.deepEqual([label.shown, label.select?.policy], [first.shown!.toReversed(), 'repeat']);
      }
    });

    const screening = (...prompts: string[]): ScreeningItem[] => prompts.map((p): ScreeningItem => ({ ...of(p, 'good', 'bad'), gold: { verdict: 'ranked', ranks: [1, 2], by: ['r'] } }));

    it('tests a candidate blind and tells the result at the end', async () => {
      const ranking = await open({ mode: 'screening', screening: screening('s1', 's2') });
      let view = await ranking.view();
      assert.deepEqual([view.done, view.total, view.mode, JSON.stringify(view).includes('gold')], [0, 2, 'screening', false]);
      for (let i = 0; i < 2; i++) view = await ranking.submit(submit(view.item!.id, text(view).map((t) => (t === 'good' ? 1 : 2))));
      assert.deepEqual([view.item, view.done, view.result?.passed, view.result?.overall?.share], [undefined, 2, true, 1]);
      assert.deepEqual((await labels()).map((l) => [l.kind, l.gold !== undefined, l.select?.policy]), [['screening', true, 'screening'], ['screening', true, 'screening']]);
      assert.equal((await (await open()).view()).done, 0);
    });

    it('comes to the end of a test, some of whose items the task cannot ask about', async () => {
      const task: Task = { id: 'pair', preference: { form: 'pairwise' } };
      const items = [...screening('s1'), { ...of('s2', 'good', 'bad', 'worse'), gold: { verdict: 'ranked', ranks: [1, 2, 3] } } satisfies ScreeningItem].map((item) => ({ ...item, task: 'pair' }));
      const ranking = await open({ mode: 'screening', task, screening: items });
      assert.deepEqual(ranking.problems.at(-1)!.message, '1 screening item left out, which the task "pair" cannot ask about');
      const view = await ranking.view();
      const end = await ranking.submit(submit(view.item!.id, text(view).map((t) => (t === 'good' ? 1 : 2))));
      assert.deepEqual([end.done, end.total, end.result?.total, end.result?.passed], [1, 1, 1, true]);
    });

    it('undoes in a test what belongs to the test, and beside it what does not', async () => {
      const day = await open({ batch: 'two' });
      await day.submit(submit((await day.view()).item!.id, [1, 2]));
      const test = await open({ mode: 'screening', screening: screening('s1') });
      const view = await test.view();
      assert.deepEqual([view.canUndo, view.canBack, (await test.undo()).item!.id], [false, false, view.item!.id]);
      assert.equal((await labels()).length, 1);
      await test.submit(submit(view.item!.id, [1, 2]));
      assert.deepEqual([(await test.undo()).item!.id, (await labels()).length], [view.item!.id, 1]);
      await test.redo();
      const later = await open({ batch: 'two' });
      const today = await later.view();
      assert.deepEqual([today.canUndo, today.canBack, today.canRedo], [true, true, false]);
      assert.deepEqual(text(await later.undo()).sort(), ['u', 'v']);
      assert.deepEqual((await labels()).map((l) => l.kind), ['screening']);
      assert.equal((await (await open({ mode: 'screening', screening: screening('s1') })).view()).canRedo, false, 'what was undone is none of the test');
      assert.equal((await later.redo()).done, 1);
    });

    it('settles what others disagree on, without saying who they are', async () => {
      for (const [labeler, ranks] of [['bert', [1, 2]], ['cleo', [2, 1]]] as const) {
        const ranking = await open({ labeler, batch: 'two' });
        const view = await ranking.view();
        const flip = text(view)[0] === 'u';
        await ranking.submit(submit(view.item!.id, flip ? [...ranks] : [...ranks].reverse(), {}));
      }
      const ranking = await open({ mode: 'adjudicate' });
      const view = await ranking.view();
      assert.deepEqual([view.total, view.others?.length, JSON.stringify(view).includes('bert')], [1, 2, false]);
      assert.deepEqual(new Set(view.others!.map((o) => o.ranks.join())), new Set(['1,2', '2,1']));
      const next = await ranking.submit(submit(view.item!.id, [1, 2]));
      assert.deepEqual([next.done, next.item], [1, undefined]);
      const settled = (await labels()).find((l) => l.kind === 'adjudication')!;
      assert.deepEqual([settled.labeler, settled.adjudicates?.length], ['anna', 2]);
      assert.equal((await (await open({ labeler: 'bert', batch: 'two' })).view()).done, 1);
    });

    it('undoes an ordinary label after an adjudication, at once', async () => {
      for (const [labeler, ranks] of [['bert', [1, 2]], ['anna', [2, 1]]] as const) {
        const ranking = await open({ labeler, batch: 'two' });
        const view = await ranking.view();
        await ranking.submit(submit(view.item!.id, text(view)[0] === 'u' ? [...ranks] : ranks.toReversed()));
      }
      const settling = await open({ mode: 'adjudicate' });
      await settling.submit(submit((await settling.view()).item!.id, [1, 2]));
      const ranking = await open({ batch: 'two' });
      assert.equal((await ranking.view()).canUndo, true);
      assert.equal((await ranking.undo()).before?.from, 'undo');
      assert.deepEqual((await labels()).map((l) => [l.labeler, l.kind]), [['bert', undefined], ['anna', 'adjudication']]);
    });
  });

  describe('labels that reward models contradict', () => {
    const scores = { a: 4, b: 3, c: 2, d: 1, x: 0, y: 3 };
    it('come again, blind and the other way round, and stand beside the first', async () => {
      const ranking = await open({ batch: 'one' });
      const orders = new Map<string, string[]>();
      for (let view = await ranking.view(); view.item; ) {
        orders.set(view.item.id, text(view));
        // p1 as the model has it, p2 against it.
        view = await ranking.submit(submit(view.item.id, text(view).map((t) => ({ a: 1, b: 2, c: 3, d: 4, x: 1, y: 2 })[t]!)));
      }
      assert.equal((await (await open({ mode: 'contradicted' })).view()).total, 0, 'nothing is scored');
      const again = await open({ mode: 'contradicted', scores });
      const view = await again.view();
      assert.deepEqual([view.total, view.done, view.before, view.again, view.canUndo], [1, 0, undefined, undefined, false]);
      assert.deepEqual(text(view), orders.get(view.item!.id)!.toReversed());
      const end = await again.submit(submit(view.item!.id, text(view).map((t) => (t === 'y' ? 1 : 2))));
      assert.deepEqual([end.item, end.done, end.canUndo], [undefined, 1, true]);
      assert.deepEqual(end.reAsked, { labels: 1, labelers: 1, kept: 0, reversed: 1, tied: 0, open: 0, before: 0, after: 1 });
      const own = await labels();
      const second = own.find((l) => l.kind === 'repeat')!;
      const first = own.find((l) => l.id === second.repeats)!;
      assert.deepEqual([own.length, second.select, first.kind, rankedPairs(first.verdict, 2, first.ranks).length], [3, { policy: 'contradicted', p: 1 }, undefined, 1]);
      // It is no part of the ordinary day: not undone there, not asked a third time.
      assert.equal((await (await open({ batch: 'one' })).undo()).before?.from, 'undo');
      assert.equal((await labels()).filter((l) => l.kind === 'repeat').length, 1);
      assert.equal((await (await open({ mode: 'contradicted', scores, labeler: 'bert' })).view()).total, 0);
    });
    it('can be undone where they are asked', async () => {
      const ranking = await open({ batch: 'one' });
      for (let view = await ranking.view(); view.item; ) view = await ranking.submit(submit(view.item.id, text(view).map((t) => ({ a: 4, b: 3, c: 2, d: 1, x: 2, y: 1 })[t]!)));
      const again = await open({ mode: 'contradicted', scores });
      const first = (await again.view()).item!;
      assert.equal(first.answers.length, 4);
      await again.submit(submit(first.id, [1, 2, 3, 4]));
      const undone = await again.undo();
      assert.deepEqual([undone.item?.id, undone.done, undone.before?.from], [first.id, 0, 'undo']);
      assert.equal((await labels()).filter((l) => l.kind === 'repeat').length, 0);
    });
  });

  describe('drafts', () => {
    const said: Said = { verdict: 'ranked', ranks: [1, null, null, null], rest: 'subset', values: { rationale: 'half a th' } };

    it('survive everything until the label is saved', async () => {
      const ranking = await open({ batch: 'one' });
      const { item } = await ranking.view();
      await ranking.draft({ id: item!.id, said: { ...said, ranks: [...said.ranks], values: { rationale: 'half a th' } }, ms: 1234, at: 99 });
      const later = await (await open({ batch: 'one' })).view();
      assert.deepEqual(later.before, { said, from: 'draft', ms: 1234, at: 99 });
      assert.equal((await (await open({ batch: 'one', labeler: 'bert' })).view()).before, undefined);
      const session = await open({ batch: 'one' });
      await session.view();
      await session.submit(submit(item!.id, [1, 2, 3, 4]));
      await session.undo();
      await session.redo();
      assert.equal((await (await open({ batch: 'one' })).view(keyOfGeneration(of('p1', 'a', 'b', 'c', 'd')))).before?.from, 'label');
    });

    it('of other answers are dropped, and of an item that is not shown not kept', async () => {
      const ranking = await open({ batch: 'one' });
      await ranking.view();
      await ranking.draft({ id: 'another', said: { ...said, ranks: [...said.ranks], values: {} }, ms: 1, at: 1 });
      assert.equal((await (await open({ batch: 'one' })).view()).before, undefined);
      const drafts = openDrafts(path.join(workspace.root, 'drafts'));
      const { item } = await ranking.view();
      await drafts.write('anna', [item!.id, '', ''].join('\n'), { shown: ['other'], said, ms: 1 });
      assert.equal((await (await open({ batch: 'one' })).view()).before, undefined);
    });
  });
});
