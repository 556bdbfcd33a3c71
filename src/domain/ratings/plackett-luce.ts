import type { RankingColumns } from './columns';
import type { Likelihood, Objective, SparseRows } from './likelihood';

/** Tied groups up to this size are averaged over every order; larger ones by Efron's formula. */
export const exactTies = 6;

/**
 * Plackett–Luce (Plackett 1975, Appl. Statist. 24; Luce 1959): P(σ) = Π_k π_σ(k) / Σ_{l≥k} π_σ(l). Equal to
 * Bradley–Terry for two.
 *
 * - The rest of a top-k ranking stays in every denominator; what a ranking of a subset leaves out is in none.
 * - A tied group counts as the mean log-likelihood of all its orders, which for two is Bradley–Terry with ties as half a
 *   win. A group of more than {@link exactTies} takes the log of the mean denominator in place of the mean of the logs
 *   (Efron 1977, JASA 72, in Cox regression).
 * - Answers of one model within a ranking each have their own place in the denominators.
 */
export function plackettLuce(data: RankingColumns): Likelihood {
  const { models, weight } = data;
  const { patterns, of } = patternsOf(data);
  const most = patterns.reduce((n, p) => Math.max(n, p.order.length), 0);
  const worth = new Float64Array(most);
  const share = new Float64Array(most);

  /** Calls `denominator` for each one of a ranking, with its weight, its logarithm and which places can be in it; each one's share stands in `share`. */
  function visit({ order, ends }: Pattern, x: Float64Array, denominator: (weight: number, log: number, from: number) => void): void {
    const count = order.length;
    let top = -Infinity;
    for (let i = 0; i < count; i++) top = Math.max(top, x[order[i]!]!);
    for (let i = 0; i < count; i++) worth[i] = Math.exp(x[order[i]!]! - top);
    let from = 0;
    for (const end of ends) {
      const size = end - from;
      let below = 0;
      for (let i = end; i < count; i++) below += worth[i]!;
      const exact = size <= exactTies;
      const terms = exact ? (1 << size) - 1 : size;
      for (let t = 1; t <= terms; t++) {
        let sum = below;
        let bits = 0;
        for (let i = 0; i < size; i++) {
          const part = exact ? (t >> i) & 1 : t / size;
          if (exact) bits += part;
          sum += part * worth[from + i]!;
        }
        for (let i = from; i < count; i++) share[i] = ((i >= end ? 1 : exact ? (t >> (i - from)) & 1 : t / size) * worth[i]!) / sum;
        denominator(exact ? 1 / choose(size, bits) : 1, Math.log(sum) + top, from);
      }
      from = end;
    }
  }

  function weighted(by: ArrayLike<number>): Objective {
    const total = new Float64Array(patterns.length);
    for (let r = 0; r < of.length; r++) total[of[r]!]! += by[r]!;
    return {
      models,
      size: models,
      evaluate(x, gradient, information) {
        let value = 0;
        for (const [p, pattern] of patterns.entries()) {
          const w = total[p]!;
          if (w === 0) continue;
          const { order, ends } = pattern;
          for (let i = 0; i < (ends.at(-1) ?? 0); i++) {
            value += w * x[order[i]!]!;
            gradient[order[i]!]! += w;
          }
          visit(pattern, x, (part, log, from) => {
            const c = w * part;
            value -= c * log;
            for (let i = from; i < order.length; i++) {
              const row = order[i]! * models;
              const qi = c * share[i]!;
              if (qi === 0) continue;
              gradient[order[i]!]! -= qi;
              information[row + order[i]!]! += qi;
              // The whole square, since two places may be of one model.
              for (let j = from; j < order.length; j++) information[row + order[j]!]! -= qi * share[j]!;
            }
          });
        }
        return value;
      },
    };
  }

  function scores(x: Float64Array): SparseRows {
    const start = new Int32Array(patterns.length + 1);
    patterns.forEach(({ order }, p) => (start[p + 1] = start[p]! + order.length));
    const column = new Int32Array(start.at(-1)!);
    const value = new Float64Array(column.length);
    for (const [p, pattern] of patterns.entries()) {
      const first = start[p]!;
      const { order, ends } = pattern;
      column.set(order, first);
      value.fill(1, first, first + (ends.at(-1) ?? 0));
      visit(pattern, x, (part, _log, from) => {
        for (let i = from; i < order.length; i++) value[first + i]! -= part * share[i]!;
      });
    }
    return { start, column, value, row: of };
  }

  return {
    models,
    size: models,
    observations: weight.length,
    weight,
    cluster: data.cluster,
    clusters: data.clusters,
    cost: weight.length + 6 * (patterns.reduce((sum, p) => sum + p.cost, 0) + models ** 3 / 3),
    start: () => new Float64Array(models),
    weighted,
    scores,
  };
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
}

/** A ranking as the likelihood sees it; those that are the same are counted together. */
interface Pattern {
  /** Models from best to worst, the rest of a top-k ranking last. */
  readonly order: Int32Array;
  /** Where each tied group of ranked ones ends: after the last one the rest begins. */
  readonly ends: readonly number[];
  /** Multiplications of one look at it, roughly. */
  readonly cost: number;
}

function patternsOf({ start, model, rank, weight }: RankingColumns): { patterns: Pattern[]; of: Int32Array } {
  const patterns: Pattern[] = [];
  const known = new Map<string, number>();
  const of = new Int32Array(weight.length);
  for (let r = 0; r < of.length; r++) {
    const entries: number[] = [];
    for (let e = start[r]!; e < start[r + 1]!; e++) entries.push(e);
    const place = (e: number): number => (rank[e] === 0 ? Infinity : rank[e]!);
    entries.sort((e, f) => (place(e) === place(f) ? model[e]! - model[f]! : place(e) - place(f)));
    let key = '';
    const ends: number[] = [];
    entries.forEach((e, i) => {
      const last = i + 1 === entries.length || rank[entries[i + 1]!] !== rank[e];
      if (last && rank[e] !== 0) ends.push(i + 1);
      key += `${model[e]!}${rank[e] === 0 ? '.' : last ? '>' : '='}`;
    });
    let pattern = known.get(key);
    if (pattern === undefined) {
      pattern = patterns.length;
      known.set(key, pattern);
      patterns.push({ order: Int32Array.from(entries, (e) => model[e]!), ends, cost: costOf(entries.length, ends) });
    }
    of[r] = pattern;
  }
  return { patterns, of };
}

/** A logarithm for each denominator, an exponential for each place and the square of shares. */
function costOf(count: number, ends: readonly number[]): number {
  let cost = 20 * count;
  ends.forEach((end, g) => {
    const from = g === 0 ? 0 : ends[g - 1]!;
    const size = end - from;
    cost += (size <= exactTies ? 2 ** size : size) * (40 + 3 * (count - from) ** 2);
  });
  return cost;
}
