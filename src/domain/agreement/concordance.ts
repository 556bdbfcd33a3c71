import type { Additive } from './additive';
import { sumByCluster } from './additive';
import type { Judgements } from './judgements';
import { kendallW, pairSigns, tauB } from './rankings';
import { signOf } from './signs';
import { verdicts } from '../records';
import type { Slots } from './slots';

/** Sums over items: W and how many items have one, τ-b and how many pairs of labelers have one. */
export interface Concordance {
  readonly sums: Additive;
  readonly items: number;
  readonly pairs: number;
  /** Items left out since everybody tied everything, and pairs since one of the two did or they have no two answers in common. */
  readonly undefinedItems: number;
  readonly undefinedPairs: number;
}

/**
 * Kendall's W by item of three answers or more that three labelers or more have ordered completely, and τ-b of each two of
 * them who have ordered it in whole or part. Unranked answers that are worse than every ranked one are tied for last.
 */
export function concordance(j: Judgements, slots: Slots): Concordance {
  const bySlot = new Map<number, number[]>();
  slots.label.forEach((label, entry) => {
    const slot = slots.slot[entry]!;
    if (j.sizes[slots.itemOf[slot]!]! < 3 || !isOrder(j, label)) return;
    const list = bySlot.get(slot);
    if (list) list.push(label);
    else bySlot.set(slot, [label]);
  });
  const several = [...bySlot].filter(([, labels]) => labels.length > 1);
  const counts = { items: 0, pairs: 0, undefinedItems: 0, undefinedPairs: 0 };
  const sums = sumByCluster(4, several.map(([slot]) => j.promptOf[slots.itemOf[slot]!]!), (n, add) => {
    const [slot, labels] = several[n]!;
    const k = j.sizes[slots.itemOf[slot]!]!;
    const complete = labels.flatMap((l) => ranksOf(j, l, k) ?? []);
    if (complete.length >= 3) {
      const w = kendallW(complete);
      if (w === undefined) counts.undefinedItems++;
      else {
        add(0, w);
        add(1, 1);
        counts.items++;
      }
    }
    const signs = labels.map((l) => signsOf(j, l, k));
    for (let a = 0; a < signs.length; a++) {
      for (let b = a + 1; b < signs.length; b++) {
        const tau = tauB(signs[a]!, signs[b]!);
        if (tau === undefined) counts.undefinedPairs++;
        else {
          add(2, tau);
          add(3, 1);
          counts.pairs++;
        }
      }
    }
  });
  return { sums, ...counts };
}

function isOrder(j: Judgements, label: number): boolean {
  const verdict = verdicts[j.verdict[label]!];
  return verdict === 'ranked' || verdict === 'tie';
}

/** Complete ranks, or nothing for an order of a part of the answers. */
function ranksOf(j: Judgements, label: number, k: number): number[][] | undefined {
  if (verdicts[j.verdict[label]!] === 'tie') return [new Array<number>(k).fill(1)];
  const ranks = Array.from({ length: k }, (_, a) => j.perAnswer['rank']?.[j.start[label]! + a] ?? NaN);
  if (ranks.some(Number.isNaN) && j.perLabel['top_k']?.[label] !== 1) return undefined;
  return [ranks.map((r) => (Number.isNaN(r) ? k + 1 : r))];
}

function signsOf(j: Judgements, label: number, k: number): (number | undefined)[] {
  const complete = ranksOf(j, label, k)?.[0];
  if (complete) return pairSigns(complete);
  const signs: (number | undefined)[] = [];
  for (let a = 0; a < k; a++) for (let b = a + 1; b < k; b++) signs.push(signOf(j, label, a, b));
  return signs;
}
