import type { Additive } from './additive';
import { sumByCluster } from './additive';
import type { Ratings } from './ratings';
import { weightMatrix, weightings } from './weights';

/**
 * The sums that coefficients of many raters share, and where each stands. Of a unit with counts n_c of value c and m ratings:
 * `coincidence` n_c (n_c − 1)/(m − 1) and, for c < k, n_c n_k/(m − 1) (Krippendorff); `share` n_c/m, over all units (Gwet);
 * `agree` weighted agreement of its pairs, of units with two ratings or more (Gwet); `fleiss…` of the units with exactly
 * `raters` ratings; `same`, `half`, `strict` pairs of raters.
 */
export interface ManyLayout {
  readonly q: number;
  readonly coincidence: number;
  readonly share: number;
  readonly fleissCount: number;
  /** Three: plain, linear, quadratic. */
  readonly agree: number;
  /** Units with two ratings or more. */
  readonly several: number;
  readonly units: number;
  readonly fleissAgree: number;
  readonly fleissUnits: number;
  readonly pairs: number;
  readonly same: number;
  /** As `same`, and half for each tie against a preference. */
  readonly half: number;
  /** Pairs of which neither is a tie. */
  readonly strictPairs: number;
  readonly strictSame: number;
  readonly width: number;
}

export function manyLayout(q: number): ManyLayout {
  const share = (q * (q + 1)) / 2;
  const fleissCount = share + q;
  const agree = fleissCount + q;
  const next = agree + 3;
  return {
    ...{ q, coincidence: 0, share, fleissCount, agree },
    ...{ several: next, units: next + 1, fleissAgree: next + 2, fleissUnits: next + 3, pairs: next + 4, same: next + 5, half: next + 6, strictPairs: next + 7, strictSame: next + 8, width: next + 9 },
  };
}

/** Where the coincidences of values c ≤ k stand. */
export function coincidenceAt(q: number, c: number, k: number): number {
  return c * q - (c * (c - 1)) / 2 + (k - c);
}

export interface ManySums {
  readonly layout: ManyLayout;
  readonly sums: Additive;
  /** The most frequent number of ratings a unit has, two or more: the units that Fleiss' κ is computed on. 0 when there is none. */
  readonly raters: number;
}

/** The sums of ratings. @param tie index of the value that is a tie */
export function manySums(ratings: Ratings, tie?: number): ManySums {
  const { values, start, value } = ratings;
  const q = values.length;
  const layout = manyLayout(q);
  const weights = weightings.map((w) => weightMatrix(values, w));
  const raters = usualRaters(start);
  const counts = new Float64Array(q);
  const used: number[] = [];
  const sums = sumByCluster(layout.width, ratings.cluster, (u, add) => {
    const m = start[u + 1]! - start[u]!;
    for (let i = start[u]!; i < start[u + 1]!; i++) {
      const v = value[i]!;
      if (counts[v] === 0) used.push(v);
      counts[v]!++;
    }
    used.sort((a, b) => a - b);
    add(layout.units, 1);
    for (const c of used) add(layout.share + c, counts[c]! / m);
    if (m >= 2) {
      const all = (m * (m - 1)) / 2;
      let same = 0;
      for (const [i, c] of used.entries()) {
        same += (counts[c]! * (counts[c]! - 1)) / 2;
        add(coincidenceAt(q, c, c), (counts[c]! * (counts[c]! - 1)) / (m - 1));
        for (let l = i + 1; l < used.length; l++) add(coincidenceAt(q, c, used[l]!), (counts[c]! * counts[used[l]!]!) / (m - 1));
      }
      add(layout.several, 1);
      add(layout.pairs, all);
      add(layout.same, same);
      weights.forEach((w, which) => {
        let weighted = same;
        if (which > 0) for (const [i, c] of used.entries()) for (let l = i + 1; l < used.length; l++) weighted += counts[c]! * counts[used[l]!]! * w[c * q + used[l]!]!;
        add(layout.agree + which, weighted / all);
      });
      const ties = tie === undefined ? 0 : counts[tie]!;
      add(layout.half, same + (ties * (m - ties)) / 2);
      add(layout.strictPairs, ((m - ties) * (m - ties - 1)) / 2);
      add(layout.strictSame, same - (ties * (ties - 1)) / 2);
      if (m === raters) {
        add(layout.fleissUnits, 1);
        add(layout.fleissAgree, same / all);
        for (const c of used) add(layout.fleissCount + c, counts[c]!);
      }
    }
    for (const c of used) counts[c] = 0;
    used.length = 0;
  });
  return { layout, sums, raters };
}

function usualRaters(start: Int32Array): number {
  const times = new Map<number, number>();
  for (let u = 0; u + 1 < start.length; u++) {
    const m = start[u + 1]! - start[u]!;
    if (m >= 2) times.set(m, (times.get(m) ?? 0) + 1);
  }
  return [...times].sort(([a, x], [b, y]) => y - x || b - a)[0]?.[0] ?? 0;
}
