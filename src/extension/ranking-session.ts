import { UserError } from '../base/errors';
import type { Problem } from '../base/problems';
import { contentOf, keyOfGeneration, keyOfLabel, labelItems } from '../domain/content';
import { foldLabels, redoTarget, undoTarget } from '../domain/labels';
import { blindOrder } from '../domain/progress';
import { competitionRanks, toItemOrder, toShownOrder } from '../domain/ranks';
import type { Generation, Label, LabelLine } from '../domain/records';
import type { Params } from '../protocol/panels';
import type { Judgement, RankingItem, RankingMethods, RankingView } from '../protocol/panels-ranking';
import type { DataSet } from '../store/data-files';
import { readIfThere } from '../store/files';
import { appendLabels, labelFile, newLabel, parseLabels, retract } from '../store/label-files';
import type { Workspace } from '../store/workspace';

export interface RankingOptions {
  readonly workspace: Workspace;
  readonly labeler: string;
  readonly generations: readonly DataSet<Generation>[];
  /** The name of the set to rank; absent: all of them. */
  readonly batch?: string;
  readonly now: () => Date;
}

/** One labeler going through one batch. Holds what was read of the files; the files hold the truth. */
export interface RankingSession {
  /** The item `current` when it is still to be ranked, else the first that is. */
  view(current?: string): Core;
  /** On disk when the promise resolves. @throws UserError when the item is not in the batch. */
  submit(judgement: Params<RankingMethods, 'submit'>): Promise<Core>;
  /** Takes the labeler's last label back, of whatever session, and shows its item with what was said. */
  undo(): Promise<Core>;
  redo(): Promise<Core>;
  readonly problems: readonly Problem[];
}
type Core = Omit<RankingView, 'labeler' | 'trusted'>;

/** An item with the order in which this labeler sees it. Equal answers are one card: `cards[position]` are the items of a card. */
interface Shown {
  readonly generation: Generation;
  readonly cards: readonly (readonly number[])[];
}

const most = 9;
/** Labels a minute are told over so many labels, none of which counts for longer than this (a coffee is no label). */
const paceLabels = 20;
const longest = 120_000;

export async function openRanking({ workspace, labeler, generations, batch, now }: RankingOptions): Promise<RankingSession> {
  const file = labelFile(workspace, labeler);
  const labels = parseLabels((await readIfThere(file)) ?? new Uint8Array(), file);
  const lines: LabelLine[] = [...labels.records];
  const problems: Problem[] = [];
  const items = new Map<string, Generation>();
  const inBatch: string[] = [];
  for (const set of generations) {
    for (const generation of set.records) {
      const key = keyOfGeneration(generation);
      if (items.has(key)) continue;
      items.set(key, generation);
      // Answers that all say the same need no judgement.
      const cards = new Set(generation.responses.map((r) => r.hash)).size;
      if (cards > most) problems.push({ file: set.file, severity: 'warning', message: `${generation.id} has ${cards} different answers; ranking takes 2 to ${most}` });
      else if (cards >= 2 && (batch === undefined || set.name === batch)) inBatch.push(key);
    }
  }
  const shownAs = (key: string | undefined): Shown | undefined => {
    const generation = key === undefined ? undefined : items.get(key);
    return generation && { generation, cards: cardsOf(generation, labeler, key!) };
  };
  const batchKeys = new Set(inBatch);
  let done = new Set<string>();
  /** Of this batch. */
  let doneCount = 0;
  let stacks = { canUndo: false, canRedo: false };
  let cursor = 0;
  recount();
  const pace = recentPace(lines, now().getTime());

  /** Folds all lines; a submit, which must be quick, knows what it changes instead. */
  function recount(): void {
    done = doneBy(lines, labeler);
    doneCount = inBatch.filter((key) => done.has(key)).length;
    stacks = { canUndo: undoTarget(lines, labeler) !== undefined, canRedo: redoTarget(lines, labeler) !== undefined };
    cursor = 0;
  }

  function next(): string | undefined {
    while (cursor < inBatch.length && done.has(inBatch[cursor]!)) cursor++;
    return inBatch[cursor];
  }

  function core(key: string | undefined, before?: Judgement): Core {
    const shown = shownAs(key);
    return {
      ...(shown ? { item: pageItem(key!, shown) } : {}),
      done: doneCount,
      total: inBatch.length,
      ...stacks,
      ...(before ? { before } : {}),
      ...(pace.length >= 3 ? { perMinute: (60_000 * pace.length) / pace.reduce((a, b) => a + b, 0) } : {}),
    };
  }

  async function takeBack(target: string | undefined): Promise<void> {
    if (target === undefined) return;
    lines.push(await retract(workspace, labeler, target, now()));
    recount();
  }

  return {
    problems,
    view: (current) => core(current !== undefined && items.has(current) && !done.has(current) ? current : next()),
    async submit({ id, verdict, ranks, rest, ms }) {
      const shown = shownAs(id);
      if (!shown) throw new UserError('ranking.gone', 'The answers of this item have changed or are gone; the list is read again.');
      if (ranks.length !== shown.cards.length) throw new UserError('ranking.answers', `${ranks.length} ranks for ${shown.cards.length} answers.`);
      const order = shown.cards.flat();
      const byPosition = shown.cards.flatMap((card, i) => card.map(() => ranks[i] ?? null));
      const byItem = competitionRanks(toItemOrder(byPosition, order));
      const anyRank = byItem.some((r) => r !== null);
      const label = newLabel(
        {
          task: 'ranking',
          labeler,
          promptHash: shown.generation.promptHash,
          items: labelItems(shown.generation),
          shown: order,
          touched: true,
          verdict,
          ...(anyRank ? { ranks: byItem } : {}),
          ...(anyRank && byItem.includes(null) ? { unranked: rest } : {}),
          ms,
          generation: shown.generation.id,
        },
        now(),
      );
      await appendLabels(workspace, [label]);
      lines.push(label);
      if (!done.has(id) && batchKeys.has(id)) doneCount++;
      done.add(id);
      stacks = { canUndo: true, canRedo: false };
      if (ms > 0) pace.push(Math.min(ms, longest));
      if (pace.length > paceLabels) pace.shift();
      return core(next());
    },
    async undo() {
      const target = undoTarget(lines, labeler);
      const label = lines.find((l): l is Label => l.op === 'label' && l.id === target);
      await takeBack(target);
      pace.pop();
      const shown = label && shownAs(keyOfLabel(label));
      return label && shown ? core(keyOfLabel(label), judgementOf(label, shown)) : core(next());
    },
    async redo() {
      await takeBack(redoTarget(lines, labeler));
      return core(next());
    },
  };
}

/** Milliseconds of the labels of the last half hour, so that a reload does not forget the pace. */
function recentPace(lines: readonly LabelLine[], now: number): number[] {
  return lines.flatMap((l) => (l.op === 'label' && l.ms !== undefined && l.ms > 0 && now - Date.parse(l.at) < 1_800_000 ? [Math.min(l.ms, longest)] : [])).slice(-paceLabels);
}

/** The labeler's standing judgements, as item keys. */
function doneBy(lines: readonly LabelLine[], labeler: string): Set<string> {
  return new Set(foldLabels(lines).current.filter((l) => l.labeler === labeler && l.task === 'ranking').map(keyOfLabel));
}

/** Blind and shuffled; answers with the same text stand on one card, where the first of them falls. */
function cardsOf(generation: Generation, labeler: string, key: string): number[][] {
  const cards = new Map<string, number[]>();
  for (const i of blindOrder(labeler, key, generation.responses.length)) {
    const { hash } = generation.responses[i]!;
    const card = cards.get(hash);
    if (card) card.push(i);
    else cards.set(hash, [i]);
  }
  return [...cards.values()];
}

function pageItem(id: string, { generation, cards }: Shown): RankingItem {
  const content = contentOf(generation);
  return {
    id,
    prompt: typeof content === 'string' ? [{ role: 'user', content }] : content.map((m) => ({ role: m.role, content: m.content })),
    answers: cards.map((card) => generation.responses[card[0]!]!.text),
  };
}

/** A stored label as the page said it. */
function judgementOf(label: Label, shown: Shown): Judgement {
  const order = shown.cards.flat();
  // The label may have been made from an older generation with the same answers in another order.
  const index = new Map(label.items.map((item, i) => [item.hash, i]));
  const ranks = shown.generation.responses.map((r) => label.ranks?.[index.get(r.hash) ?? -1] ?? null);
  const byPosition = toShownOrder(ranks, order);
  let at = 0;
  const cards = shown.cards.map((card) => {
    const rank = byPosition[at] ?? null;
    at += card.length;
    return rank;
  });
  return { verdict: label.verdict, ranks: competitionRanks(cards), rest: label.unranked ?? 'subset' };
}
