import { input, type Graph, type Value } from '../engine/graph';
import { add, gather, logSoftmax, mul, neg, reduceSum, reshape, slice } from '../engine/ops';
import { roundUp } from './batching';
import type { Comparison, Pair } from './comparisons';
import { rowsFor } from './shared-rows';

/** One choice of a ranking: the first of `members` was preferred to the others at once. */
export interface Stage {
  readonly members: readonly number[];
  readonly weight: number;
}

/**
 * The Plackett–Luce likelihood of labels as choices, −Σ w·(r_first − log Σ_members eʳ) (Plackett 1975, Luce 1959): the best of all, then the best of
 * the rest, and so on. Ties are the mean over the orders that they leave open, so that of two answers a tie is half a preference each way. Items that
 * a label leaves unordered at the end (`top_k`) are in the choices above them only. A label whose pairs contradict each other, as when two
 * samples are the same text, is taken pair by pair. The weights of one label's pairs sum to its labeler's, which each of its choices has.
 */
export function stagesOf(pairs: readonly Pair[]): Stage[] {
  const labels = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const key = JSON.stringify([pair.labeler, pair.label, pair.criterion]);
    labels.set(key, [...(labels.get(key) ?? []), pair]);
  }
  return [...labels.values()].flatMap((own) => {
    const weight = own.reduce((s, p) => s + p.weight, 0);
    const groups = groupsOf(own);
    if (groups === undefined) return own.flatMap((p) => [{ members: [p.i, p.j], weight: p.weight * p.p }, { members: [p.j, p.i], weight: p.weight * (1 - p.p) }]).filter((s) => s.weight > 0);
    return groups.flatMap(({ items, tied }, g) => {
      const below = groups.slice(g + 1).flatMap((x) => x.items);
      return items.length > 1 && !tied ? [] : choices(items, below, weight);
    });
  });
}

/** Items from best to worst, those between which a label sees no difference together; nothing when its pairs are no order. */
function groupsOf(pairs: readonly Pair[]): { items: number[]; tied: boolean }[] | undefined {
  const items = [...new Set(pairs.flatMap((p) => [p.i, p.j]))].sort((a, b) => a - b);
  const relation = new Map<string, number>();
  for (const { i, j, p } of pairs) {
    const known = relation.get(`${i} ${j}`);
    if (known !== undefined && known !== p) return undefined;
    relation.set(`${i} ${j}`, p).set(`${j} ${i}`, 1 - p);
  }
  const over = (x: number): number => items.filter((y) => relation.get(`${y} ${x}`) === 1).length;
  const byRank = new Map<number, number[]>();
  for (const x of items) byRank.set(over(x), [...(byRank.get(over(x)) ?? []), x]);
  const groups = [...byRank].sort(([a], [b]) => a - b).map(([, own]) => own);
  // Every item must beat all that stand below it, and within a group all pairs be ties, or none be known in the last.
  for (const [g, own] of groups.entries()) {
    const below = groups.slice(g + 1).flat();
    if (own.some((x) => below.some((y) => relation.get(`${x} ${y}`) !== 1))) return undefined;
    const within = own.flatMap((x) => own.filter((y) => y !== x).map((y) => relation.get(`${x} ${y}`)));
    if (!within.every((p) => p === 0.5) && !(within.every((p) => p === undefined) && below.length === 0)) return undefined;
  }
  return groups.map((own) => ({ items: own, tied: own.length > 1 && relation.get(`${own[0]!} ${own[1]!}`) === 0.5 }));
}

/**
 * The choices among tied items above others: each of them first out of each set S of those that are left, in the share of the g! orders where that
 * comes up, (|S| − 1)!·(g − |S|)!/g!. One item alone is chosen once.
 */
function choices(items: readonly number[], below: readonly number[], weight: number): Stage[] {
  const stages: Stage[] = [];
  const size = items.length;
  for (let set = 1; set < 2 ** size; set++) {
    const left = items.filter((_, k) => (set >> k) % 2 === 1);
    if (left.length + below.length < 2) continue;
    const share = (factorial(left.length - 1) * factorial(size - left.length)) / factorial(size);
    for (const first of left) stages.push({ members: [first, ...left.filter((x) => x !== first), ...below], weight: weight * share });
  }
  return stages;
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** The stages of a micro-batch as feeds of {@link rankingLoss}. */
export interface PackedStages {
  readonly shape: readonly [stages: number, width: number];
  readonly feeds: Record<string, BigInt64Array | Float32Array>;
}

/** Places of members among the scores of a micro-batch: text n and output k are at n·outputs + k. Filler stages weigh nothing, filler members are masked; `each`: texts a row (see `packShared`). */
export function packStages(chunk: readonly Comparison[], totalWeight: number, outputs = 1, each = 1): PackedStages {
  let base = 0;
  const all = chunk.flatMap((c) => {
    const begin = base;
    base += rowsFor(c.texts, each) * each;
    return Array.from({ length: outputs }, (_, k) => stagesOf(c.pairs.filter((p) => (p.output ?? 0) === k)).map((s) => ({ members: s.members.map((m) => (begin + m) * outputs + k), weight: s.weight }))).flat();
  });
  const size = roundUp(all.length, 4);
  const width = roundUp(all.reduce((w, s) => Math.max(w, s.members.length), 2), 2);
  const members = new BigInt64Array(size * width);
  const mask = new Float32Array(size * width);
  const weightStage = new Float32Array(size);
  all.forEach((s, n) => {
    s.members.forEach((m, k) => (members[n * width + k] = BigInt(m)));
    mask.fill(-1e30, n * width + s.members.length, (n + 1) * width);
    weightStage[n] = s.weight / totalWeight;
  });
  return { shape: [size, width], feeds: { members, mask, weightStage } };
}

/** Σ w·(log Σ_members eʳ − r_first) over the stages, of the scores r [rows · outputs]. */
export function rankingLoss(g: Graph, r: Value, [stages, width]: PackedStages['shape']): Value {
  const z = add(g, gather(g, r, input(g, 'members', 'int64', [stages, width])), input(g, 'mask', 'float32', [stages, width]));
  const chosen = reshape(g, slice(g, logSoftmax(g, z), 1, 0, 1), [stages]);
  return neg(g, reduceSum(g, mul(g, input(g, 'weightStage', 'float32', [stages]), chosen)));
}
