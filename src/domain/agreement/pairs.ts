import type { Additive, Finish } from './additive';
import { sumByCluster } from './additive';
import type { Part } from './parts';
import type { Weighting } from './weights';
import { weightMatrix } from './weights';

/** Counts by value of each two labelers, summed by prompt. */
export interface PairTables {
  /** The labelers that are compared, as raters: those with the most units in common with others. */
  readonly raters: readonly number[];
  /** Each two of them, by their places in `raters`. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Units that both have rated, by pair. */
  readonly units: readonly number[];
  readonly q: number;
  /** The table of pair p stands at p·q². */
  readonly sums: Additive;
}

/** @param limit so many labelers at most: tables are quadratic in them */
export function pairTables({ ratings }: Part, limit = 12): PairTables {
  const { start, rater, value, cluster, values } = ratings;
  const q = values.length;
  const shared = new Map<number, number>();
  for (let u = 0; u + 1 < start.length; u++) {
    if (start[u + 1]! - start[u]! < 2) continue;
    for (let i = start[u]!; i < start[u + 1]!; i++) shared.set(rater[i]!, (shared.get(rater[i]!) ?? 0) + 1);
  }
  const raters = [...shared].sort(([a, x], [b, y]) => y - x || a - b).slice(0, limit).map(([r]) => r).sort((a, b) => a - b);
  const place = new Map(raters.map((r, i) => [r, i]));
  const pairs = raters.flatMap((_, a) => raters.slice(a + 1).map((_, i) => [a, a + 1 + i] as const));
  const number = new Map(pairs.map(([a, b], p) => [a * limit + b, p]));
  const units = new Array<number>(pairs.length).fill(0);
  const sums = sumByCluster(pairs.length * q * q, cluster, (u, add) => {
    for (let i = start[u]!; i < start[u + 1]!; i++) {
      const x = place.get(rater[i]!);
      if (x === undefined) continue;
      for (let l = i + 1; l < start[u + 1]!; l++) {
        const y = place.get(rater[l]!);
        if (y === undefined || x === y) continue;
        const p = number.get(Math.min(x, y) * limit + Math.max(x, y))!;
        const [first, second] = x < y ? [value[i]!, value[l]!] : [value[l]!, value[i]!];
        units[p]!++;
        add(p * q * q + first * q + second, 1);
      }
    }
  });
  return { raters, pairs, units, q, sums };
}

/** What the matrix can show, from a pair's table. `half`: a tie against a preference is half an agreement. */
export type PairMeasure = 'percent' | 'half' | 'strict' | 'kappa' | 'kappa-linear' | 'kappa-quadratic' | 'pi' | 'ac1';

/** A measure of one pair, or undefined where it cannot be computed. */
export function measureOf({ q }: Pick<PairTables, 'q'>, pair: number, measure: PairMeasure, values: readonly number[], tie?: number): Finish {
  const at = pair * q * q;
  if (measure === 'percent' || measure === 'half' || measure === 'strict') return shareOf(at, q, measure, tie);
  const weighting: Weighting = measure === 'kappa-linear' ? 'linear' : measure === 'kappa-quadratic' ? 'quadratic' : 'plain';
  const w = weightMatrix(values, weighting);
  const [rows, columns] = [new Float64Array(q), new Float64Array(q)];
  return (totals) => {
    rows.fill(0);
    columns.fill(0);
    let [n, agree, chance] = [0, 0, 0];
    for (let a = 0; a < q; a++) {
      for (let b = 0; b < q; b++) {
        const count = totals[at + a * q + b]!;
        rows[a]! += count;
        columns[b]! += count;
        n += count;
        agree += count * w[a * q + b]!;
      }
    }
    if (n === 0) return undefined;
    for (let a = 0; a < q; a++) {
      const both = (rows[a]! + columns[a]!) / (2 * n);
      if (measure === 'ac1') chance += (both * (1 - both)) / (q - 1);
      else if (measure === 'pi') chance += both * both;
      else for (let b = 0; b < q; b++) chance += (w[a * q + b]! * rows[a]! * columns[b]!) / (n * n);
    }
    return 1 - chance < 1e-12 ? undefined : (agree / n - chance) / (1 - chance);
  };
}

/** The mean of a measure over pairs of labelers (of κ: Light 1971); pairs where it is undefined are left out. */
export function meanOfPairs(finishes: readonly Finish[]): Finish {
  return (totals) => {
    let [sum, n] = [0, 0];
    for (const finish of finishes) {
      const value = finish(totals);
      if (value === undefined) continue;
      sum += value;
      n++;
    }
    return n === 0 ? undefined : sum / n;
  };
}

function shareOf(at: number, q: number, rule: 'percent' | 'half' | 'strict', tie: number | undefined): Finish {
  return (totals) => {
    let [n, same] = [0, 0];
    for (let a = 0; a < q; a++) {
      for (let b = 0; b < q; b++) {
        const count = totals[at + a * q + b]!;
        const ties = Number(a === tie) + Number(b === tie);
        if (rule === 'strict' && ties > 0) continue;
        n += count;
        if (a === b) same += count;
        else if (rule === 'half' && ties === 1) same += count / 2;
      }
    }
    return n === 0 ? undefined : same / n;
  };
}
