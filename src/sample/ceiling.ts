import type { Rng } from '../base/rng';
import { rank, trueQuality, type SimulatedLabeler } from './labelers';

/** One comparison: the labeler put response `i` above `j`. */
export interface Comparison {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** Every strict comparison that a ranking holds; ties give none. */
export function comparisonsOf(prompt: string, responses: readonly string[], ranks: readonly number[]): Comparison[] {
  return responses.flatMap((chosen, i) =>
    responses.flatMap((rejected, j) => (ranks[i]! < ranks[j]! ? [{ prompt, chosen, rejected }] : [])),
  );
}

/**
 * Accuracy of the *true* order on labelers' strict comparisons: no reward model can be expected to do better on them.
 * Where both answers are truly equal, any guess is right half the time. NaN for no comparisons.
 */
export function trueOrderAccuracy(comparisons: readonly Comparison[]): number {
  const hits = comparisons.map((c) => {
    const d = trueQuality(c.prompt, c.chosen) - trueQuality(c.prompt, c.rejected);
    return d > 0 ? 1 : d === 0 ? 0.5 : 0;
  });
  return hits.reduce<number>((a, b) => a + b, 0) / hits.length;
}

/**
 * Share of pairs of answers that two labelers order alike, over pairs that both order strictly, averaged over all
 * pairs of labelers. `labels[l][item]` are ranks, undefined where labeler `l` gave none. NaN when nothing overlaps.
 */
export function agreement(labels: readonly (readonly (readonly number[] | undefined)[])[]): number {
  let same = 0;
  let both = 0;
  for (let a = 0; a < labels.length; a++) {
    for (let b = a + 1; b < labels.length; b++) {
      labels[a]!.forEach((x, item) => {
        const y = labels[b]![item];
        if (x === undefined || y === undefined) return;
        for (let i = 0; i < x.length; i++) {
          for (let j = i + 1; j < x.length; j++) {
            const p = Math.sign(x[i]! - x[j]!) * Math.sign(y[i]! - y[j]!);
            if (p === 0) continue;
            both++;
            if (p > 0) same++;
          }
        }
      });
    }
  }
  return same / both;
}

/**
 * What can be expected of labelers and of a model of them on these items, by letting each labeler rank each item
 * `repeats` times with fresh noise.
 */
export function simulateCeiling(
  items: readonly { readonly prompt: string; readonly responses: readonly string[] }[],
  labelers: readonly SimulatedLabeler[],
  rng: Rng,
  repeats = 1,
): { readonly trueOrder: number; readonly agreement: number; readonly byLabeler: Readonly<Record<string, number>> } {
  const repeated = Array.from({ length: repeats }, () => items).flat();
  const labels = labelers.map((l) => repeated.map((item) => rank(item, l, rng).ranks));
  const comparisons = labels.map((ranks) => ranks.flatMap((r, i) => (r === undefined ? [] : comparisonsOf(repeated[i]!.prompt, repeated[i]!.responses, r))));
  return {
    trueOrder: trueOrderAccuracy(comparisons.flat()),
    agreement: agreement(labels),
    byLabeler: Object.fromEntries(labelers.map((l, i) => [l.name, trueOrderAccuracy(comparisons[i]!)])),
  };
}
