/**
 * KL divergence of best-of-n from the policy it draws from, in nats: log n − (n − 1)/n (Stiennon et al. 2020, arXiv 2009.01325 app. G.3).
 * Exact where no two answers can be the same; an upper bound otherwise (Beirami et al. 2024, arXiv 2401.01879).
 */
export function bestOfNKl(n: number): number {
  return Math.log(n) - (n - 1) / n;
}

/**
 * The expected value of the best of n answers, without bias, from N ≥ n drawn ones (Nakano et al. 2021, arXiv 2112.09332 app. I; Gao et al. 2022,
 * arXiv 2210.10760): Σᵢ C(i−1, n−1)/C(N, n) · value of the i-th lowest by `by`. Answers that `by` cannot tell apart share the mean of their values.
 *
 * @param by what the best is chosen by (the proxy); @param value what is expected of it (the proxy itself, or a held-out reward)
 * @throws RangeError when n is not a whole number from 1 to N
 */
export function bestOfN(by: readonly number[], value: readonly number[], n: number): number {
  const N = by.length;
  if (!Number.isInteger(n) || n < 1 || n > N) throw new RangeError(`best of ${n} needs as many answers, there are ${N}`);
  const order = by.map((_, i) => i).sort((a, b) => by[a]! - by[b]! || a - b);
  const shared = order.map((i) => value[i]!);
  for (let from = 0; from < N; ) {
    let to = from + 1;
    while (to < N && by[order[to]!] === by[order[from]!]) to++;
    const mean = shared.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
    shared.fill(mean, from, to);
    from = to;
  }
  let weight = n / N;
  let sum = 0;
  for (let i = N; i >= n; i--) {
    sum += weight * shared[i - 1]!;
    // C(i−2, n−1) / C(i−1, n−1)
    weight *= i > 1 ? (i - n) / (i - 1) : 0;
  }
  return sum;
}

/** The place of the highest score; of equal ones the first. Undefined without scores. */
export function bestAt(scores: readonly number[]): number | undefined {
  if (scores.length === 0) return undefined;
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/** 1, 2, 4, … up to `most`, and `most`. */
export function doublings(most: number): number[] {
  const list: number[] = [];
  for (let n = 1; n < most; n *= 2) list.push(n);
  return [...list, most];
}
