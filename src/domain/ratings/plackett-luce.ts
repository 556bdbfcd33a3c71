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
  const { models, start, model } = data;
  const observations = data.weight.length;
  const groups = groupsOf(data);
  const most = groups.reduce((n, g) => Math.max(n, g.entries.length), 0);
  const worth = new Float64Array(most);
  const share = new Float64Array(most);

  /**
   * Calls `won` for each entry that was ranked above others and `denominator` for each denominator, with its weight, its
   * logarithm, how many of the entries (from `from`) can be in it, and each one's share in `share`.
   */
  function visit(r: number, x: Float64Array, won: (entry: number) => void, denominator: (weight: number, log: number, from: number, count: number) => void): void {
    const { entries, ends } = groups[r]!;
    const count = entries.length;
    let top = -Infinity;
    for (const e of entries) top = Math.max(top, x[model[e]!]!);
    for (let i = 0; i < count; i++) worth[i] = Math.exp(x[model[entries[i]!]!]! - top);
    let from = 0;
    for (const end of ends) {
      const size = end - from;
      let below = 0;
      for (let i = end; i < count; i++) below += worth[i]!;
      for (let i = from; i < end; i++) won(entries[i]!);
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
        denominator(exact ? 1 / choose(size, bits) : 1, Math.log(sum) + top, from, count);
      }
      from = end;
    }
  }

  function weighted(weight: ArrayLike<number>): Objective {
    return {
      models,
      size: models,
      evaluate(x, gradient, information) {
        let value = 0;
        for (let r = 0; r < observations; r++) {
          const w = weight[r]!;
          if (w === 0) continue;
          const { entries } = groups[r]!;
          visit(r, x, (e) => {
            value += w * x[model[e]!]!;
            gradient[model[e]!]! += w;
          }, (part, log, from, count) => {
            const c = w * part;
            value -= c * log;
            for (let i = from; i < count; i++) {
              const mi = model[entries[i]!]!;
              const qi = share[i]!;
              gradient[mi]! -= c * qi;
              information[mi * models + mi]! += c * qi;
              // The whole square, since two entries may be of one model.
              for (let j = from; j < count; j++) information[mi * models + model[entries[j]!]!]! -= c * qi * share[j]!;
            }
          });
        }
        return value;
      },
    };
  }

  function scores(x: Float64Array): SparseRows {
    const value = new Float64Array(model.length);
    for (let r = 0; r < observations; r++) {
      const { entries } = groups[r]!;
      visit(r, x, (e) => {
        value[e]! += 1;
      }, (part, _log, from, count) => {
        for (let i = from; i < count; i++) value[entries[i]!]! -= part * share[i]!;
      });
    }
    return { start, column: model, value };
  }

  return {
    models,
    size: models,
    observations,
    weight: data.weight,
    cluster: data.cluster,
    clusters: data.clusters,
    cost: 6 * groups.reduce((sum, g) => sum + g.cost, 0) + 2 * models ** 3,
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

interface Groups {
  readonly entries: Int32Array;
  readonly ends: readonly number[];
  /** Multiplications of one look at it. */
  readonly cost: number;
}

/** Entries of each ranking from best to worst, the unranked last, and where each tied group of ranked ones ends. A group with nothing below it says something only if it is a tie. */
function groupsOf({ start, rank, weight }: RankingColumns): Groups[] {
  return Array.from(weight, (_weight, r) => {
    const entries = Int32Array.from({ length: start[r + 1]! - start[r]! }, (_e, i) => start[r]! + i);
    const place = (e: number): number => (rank[e] === 0 ? Infinity : rank[e]!);
    entries.sort((e, f) => (place(e) === place(f) ? e - f : place(e) - place(f)));
    const ends: number[] = [];
    let cost = 0;
    for (let i = 0; i < entries.length && rank[entries[i]!] !== 0; ) {
      let end = i + 1;
      while (end < entries.length && rank[entries[end]!] === rank[entries[i]!]) end++;
      ends.push(end);
      cost += (end - i <= exactTies ? 1 << (end - i) : end - i) * (entries.length - i) ** 2;
      i = end;
    }
    return { entries, ends, cost };
  });
}
