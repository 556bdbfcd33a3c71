import { createRng } from '../base/rng';
import type { ItemWorth, OpenItems } from './open-items';
import { createOpenItems } from './open-items';
import type { Label, Selection } from './records';
import type { QueueOptions } from './tasks';

/** What the choice of the next item depends on. */
export interface QueueInput {
  readonly labeler: string;
  readonly task: string;
  /** Keys of the task's items, in their order. */
  readonly items: readonly string[];
  /** The labeler's own ordinary labels that stand, by item. */
  readonly mine: ReadonlyMap<string, Label>;
  /** How many other labelers have an ordinary label of an item. */
  readonly others: (key: string) => number;
  /** The labeler's own repeat labels, by item. */
  readonly repeated: ReadonlyMap<string, Label>;
  /** Items whose answer the researchers know, not judged by the labeler yet. */
  readonly gold: readonly { readonly key: string; readonly id: string }[];
  readonly goldDone: number;
  /** What a label of an item would be worth, for `uncertainty` and `information`. */
  readonly worth?: ItemWorth;
  /** The items that are open to this labeler, kept by who asks often; made of `items`, in time proportional to them, when it is not there. */
  readonly open?: OpenItems;
}

/** An item, and how it came to be chosen. */
export interface Chosen {
  readonly key: string;
  readonly kind?: 'repeat' | 'gold';
  /** `p`: the probability with which this item was chosen in this way, given all that had been labeled before. */
  readonly select: Selection;
  /** Of a repeat: the id of the label that is repeated. */
  readonly repeats?: string;
  /** Of a gold item: the id of the screening item. */
  readonly gold?: string;
}

/** So many other labels lie between a label and its repeat, so that it is not answered from memory. */
export const repeatDistance = 10;
/** Share of the choice that stays uniform when the task does not say. */
const defaultFloor = 0.1;
/** However far behind their share they are, no more than this part of what comes is a repeat, or gold. */
const mostOfKind = 0.5;

/**
 * What a labeler judges next; undefined when there is nothing left. First it is drawn whether the item is new, a repeat or
 * gold, then which one. Both draws are seeded by labeler, task and the number of own labels: a reload shows the same item,
 * another labeler gets other ones.
 *
 * - Repeats and gold: drawn with the probability that gives their share in the long run, more when they have fallen behind
 *   and less when they are ahead, so that small sets come near to it as well. What is still missing when the new items
 *   are used up comes then.
 * - `random`: uniform. `uncertainty`, `information`: with probability ε/n + (1 − ε) w/Σw for n candidates of worth w, so that every
 *   item keeps a chance and choices can be weighted back (inverse propensity). An item of unknown worth counts as the mean.
 */
export function chooseNext(input: QueueInput, options: QueueOptions): Chosen | undefined {
  const { labeler, task, mine, repeated, goldDone } = input;
  const made = mine.size + repeated.size + goldDone;
  const rng = createRng(`queue ${labeler}\n${task}\n${made}`);
  const order = options.order ?? 'in-order';
  const overlap = options.overlap ?? Infinity;
  const open = (key: string): boolean => !mine.has(key) && input.others(key) < overlap;

  const repeats = options.repeats === undefined || options.repeats <= 0 ? [] : repeatable(input);
  const repeatDebt = (options.repeats ?? 0) * mine.size - repeated.size;
  const goldDebt = (options.gold ?? 0) * made - goldDone;
  // Of all that is shown, so many are new: o + s·o + g = 1 with s repeats for each new item and a share g of gold.
  const newShare = (1 - (options.gold ?? 0)) / (1 + (options.repeats ?? 0));
  const share = (usual: number, debt: number): number => Math.min(mostOfKind, Math.max(0, usual * (1 + debt)));
  let pRepeat = repeats.length === 0 ? 0 : share((options.repeats ?? 0) * newShare, repeatDebt);
  let pGold = input.gold.length === 0 ? 0 : share(options.gold ?? 0, goldDebt);

  const first = order === 'in-order' ? input.items.find(open) : undefined;
  const left = order === 'in-order' ? undefined : (input.open ?? createOpenItems(input.items, open, order === 'random' ? undefined : input.worth));
  if (first === undefined && (left?.count ?? 0) === 0) {
    const owedRepeat = repeats.length > 0 && Math.round(repeatDebt) >= 1;
    const owedGold = input.gold.length > 0 && Math.round(goldDebt) >= 1;
    if (!owedRepeat && !owedGold) return undefined;
    pRepeat = owedRepeat ? (owedGold ? 0.5 : 1) : 0;
    pGold = 1 - pRepeat;
  }

  const u = rng.next();
  if (u < pRepeat) {
    const label = rng.pick(repeats);
    return { key: label.key, kind: 'repeat', select: { policy: 'repeat', p: pRepeat / repeats.length }, repeats: label.id };
  }
  if (u < pRepeat + pGold) {
    const { key, id } = rng.pick(input.gold);
    return { key, kind: 'gold', select: { policy: 'gold', p: pGold / input.gold.length }, gold: id };
  }
  const pNew = 1 - pRepeat - pGold;
  if (first !== undefined) return { key: first, select: { policy: order, p: pNew } };
  const { key, p } = left!.draw(rng, options.floor ?? defaultFloor);
  return { key, select: { policy: order, p: pNew * p } };
}

/** Own labels that may come again: judged (not skipped), not repeated yet, and made long enough ago; oldest first. */
function repeatable({ mine, repeated }: QueueInput): { readonly key: string; readonly id: string }[] {
  const times = [...mine.values(), ...repeated.values()].map((l) => l.at).sort();
  // A label made before the tenth newest has ten others after it.
  const before = times.at(-repeatDistance);
  if (before === undefined) return [];
  const found: { key: string; id: string; at: string }[] = [];
  for (const [key, { id, at, verdict }] of mine) if (at < before && verdict !== 'skipped' && !repeated.has(key)) found.push({ key, id, at });
  return found.sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1));
}
