import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generation, response } from '../../../src/domain/content';
import { foldLabels } from '../../../src/domain/labels';
import { rankedPairs } from '../../../src/domain/ranks';
import type { Label } from '../../../src/domain/records';
import { openRanking } from '../../../src/extension/ranking-session';
import type { RankingSession } from '../../../src/extension/ranking-session';
import { readGenerations, writeSet } from '../../../src/store/data-files';
import { labelFile, readLabels } from '../../../src/store/label-files';
import { createWorkspace } from '../../../src/store/workspace';
import type { Workspace } from '../../../src/store/workspace';

describe('ranking session', () => {
  let workspace: Workspace;
  let clock = Date.parse('2026-11-22T10:00:00Z');
  const open = async (batch?: string, labeler = 'anna'): Promise<RankingSession> =>
    openRanking({ workspace, labeler, generations: (await readGenerations(workspace)).records, now: () => new Date((clock += 1000)), ...(batch === undefined ? {} : { batch }) });
  const labels = async (): Promise<Label[]> => foldLabels((await readLabels(workspace)).records).current;
  const submit = (id: string, ranks: (number | null)[], more: Partial<Parameters<RankingSession['submit']>[0]> = {}): Parameters<RankingSession['submit']>[0] =>
    ({ id, verdict: 'ranked', ranks, rest: 'subset', touched: true, ms: 3000, ...more });

  beforeEach(async () => {
    workspace = await createWorkspace(await mkdtemp(path.join(tmpdir(), 'plumbline-ranking-')));
    const of = (prompt: string, ...texts: string[]) => generation(prompt, texts.map((t, i) => response(t, i === 0 ? 'base' : 'policy@run')));
    await writeSet(workspace, 'generations', 'one', [of('p1', 'a', 'b', 'c', 'd'), of('p2', 'x', 'y'), of('p3', 'same', 'same'), of('p4', 'only')]);
    await writeSet(workspace, 'generations', 'two', [of('q1', 'u', 'v', 'u')]);
  });
  afterEach(() => rm(workspace.root, { recursive: true, force: true }));

  it('counts what can be compared: not single answers, not answers that are all the same', async () => {
    const all = (await open()).view();
    assert.deepEqual([all.done, all.total, all.canUndo, all.canRedo], [0, 3, false, false]);
    assert.equal((await open('one')).view().total, 2);
  });

  it('stores ranks by item, with the order on screen, on disk before it answers', async () => {
    const ranking = await open('one');
    const { item } = ranking.view();
    assert.equal(item!.answers.length, 4);
    const next = await ranking.submit(submit(item!.id, [2, 1, 3, 3]));
    assert.equal(next.done, 1);
    assert.notEqual(next.item?.id, item!.id);
    const [label] = await labels();
    const texts = ['a', 'b', 'c', 'd'];
    assert.deepEqual(label!.shown!.map((i) => texts[i]), item!.answers);
    assert.deepEqual(label!.shown!.map((i) => label!.ranks![i]), [2, 1, 3, 3]);
    assert.equal(label!.touched, true);
    assert.equal(label!.labeler, 'anna');
    assert.equal(label!.unranked, undefined);
    assert.match(await readFile(labelFile(workspace, 'anna'), 'utf8'), /\n$/);
  });

  it('shows the same order after a reload, and others to others', async () => {
    const first = (await open('one')).view().item!;
    assert.deepEqual((await open('one')).view().item, first);
    const orders = new Set(await Promise.all(Array.from({ length: 12 }, async (_, i) => (await open('one', `l${i}`)).view().item!.answers.join(''))));
    assert.ok(orders.size > 3);
  });

  it('shows equal answers as one card and gives all of them its rank', async () => {
    const ranking = await open('two');
    const { item } = ranking.view();
    assert.deepEqual([...item!.answers].sort(), ['u', 'v']);
    const u = item!.answers.indexOf('u');
    await ranking.submit(submit(item!.id, u === 0 ? [1, 2] : [2, 1]));
    const [label] = await labels();
    assert.deepEqual(label!.ranks, [1, 3, 1]);
  });

  it('says what no rank means', async () => {
    const ranking = await open('one');
    const { item } = ranking.view();
    await ranking.submit(submit(item!.id, [1, null, null, null], { rest: 'top_k' }));
    const [label] = await labels();
    assert.equal(label!.unranked, 'top_k');
    assert.equal(rankedPairs(label!.verdict, 4, label!.ranks, label!.unranked).length, 3);
  });

  it('keeps tie, all bad, unsure and skipped apart', async () => {
    for (const verdict of ['tie', 'all_bad', 'unsure', 'skipped'] as const) {
      const ranking = await open(undefined, verdict);
      const { item } = ranking.view();
      await ranking.submit(submit(item!.id, item!.answers.map(() => (verdict === 'tie' ? 1 : null)), { verdict }));
    }
    assert.deepEqual((await labels()).map((l) => [l.labeler, l.verdict]).sort(), [['all_bad', 'all_bad'], ['skipped', 'skipped'], ['tie', 'tie'], ['unsure', 'unsure']]);
  });

  it('undoes across items and restarts, shows what was said, and redoes', async () => {
    const ranking = await open('one');
    const first = ranking.view().item!;
    await ranking.submit(submit(first.id, [2, 1, null, 3]));
    const second = ranking.view().item!;
    await ranking.submit(submit(second.id, [1, 1], { verdict: 'tie' }));
    const later = await open('one');
    assert.deepEqual([later.view().done, later.view().item], [2, undefined]);
    const undone = await later.undo();
    assert.deepEqual([undone.done, undone.item?.id, undone.before], [1, second.id, { verdict: 'tie', ranks: [1, 1], rest: 'subset' }]);
    const again = await later.undo();
    assert.deepEqual([again.done, again.item?.id, again.before?.ranks, again.canUndo, again.canRedo], [0, first.id, [2, 1, null, 3], false, true]);
    assert.equal((await labels()).length, 0);
    const redone = await (await open('one')).redo();
    assert.deepEqual([redone.done, redone.item?.id], [1, second.id]);
    assert.deepEqual([(await open('one')).view().canRedo, (await later.undo()).canUndo], [true, false]);
  });

  it('does nothing when there is nothing to undo', async () => {
    const ranking = await open('one');
    assert.equal((await ranking.undo()).done, 0);
    assert.equal((await readLabels(workspace)).records.length, 0);
  });

  it('undoes a label of another batch, whose item it shows', async () => {
    const two = await open('two');
    await two.submit(submit(two.view().item!.id, [1, 2]));
    const undone = await (await open('one')).undo();
    assert.deepEqual([...undone.item!.answers].sort(), ['u', 'v']);
  });

  it('goes back to the item that was shown, unless it is done', async () => {
    const ranking = await open('one');
    const first = ranking.view().item!.id;
    await ranking.submit(submit(first, [1, 2, 3, 4]));
    const second = ranking.view().item!.id;
    assert.equal(ranking.view(second).item!.id, second);
    assert.equal(ranking.view(first).item!.id, second);
    assert.equal(ranking.view('gone').item!.id, second);
  });

  it('refuses what does not fit: an item that is gone, ranks of another length', async () => {
    const ranking = await open('one');
    await assert.rejects(ranking.submit(submit('nothing', [1, 2])), /gone/);
    await assert.rejects(ranking.submit(submit(ranking.view().item!.id, [1, 2])), /2 ranks for 4 answers/);
    assert.equal((await readLabels(workspace)).records.length, 0);
  });

  it('tells the pace after three labels, long pauses cut', async () => {
    const ranking = await open();
    for (let i = 0; i < 3; i++) {
      const { item } = ranking.view();
      const view = await ranking.submit(submit(item!.id, item!.answers.map((_, j) => j + 1), { ms: 3000 }));
      assert.equal(view.perMinute, i < 2 ? undefined : 20);
    }
  });
});
