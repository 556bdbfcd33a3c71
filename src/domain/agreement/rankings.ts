/**
 * Kendall's τ-b (Kendall 1945) of two orders given as the signs of the same pairs: −1, 0 for a tie, 1; a pair that one of
 * the two does not order is left out. Undefined when one of them ties everything.
 */
export function tauB(a: readonly (number | undefined)[], b: readonly (number | undefined)[]): number | undefined {
  let [both, x, y] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [s, t] = [a[i], b[i]];
    if (s === undefined || t === undefined) continue;
    both += s * t;
    x += s * s;
    y += t * t;
  }
  return x === 0 || y === 0 ? undefined : both / Math.sqrt(x * y);
}

/** Signs of all pairs i < j of ranks, 1 is best: −1 when the first is better. */
export function pairSigns(ranks: readonly number[]): number[] {
  const signs: number[] = [];
  for (let i = 0; i < ranks.length; i++) for (let j = i + 1; j < ranks.length; j++) signs.push(Math.sign(ranks[i]! - ranks[j]!));
  return signs;
}

/** Mean ranks of the same order: ties share the mean of the places they take (1, 2.5, 2.5, 4). */
export function meanRanks(ranks: readonly number[]): number[] {
  return ranks.map((r) => 1 + ranks.filter((x) => x < r).length + (ranks.filter((x) => x === r).length - 1) / 2);
}

/**
 * Kendall's coefficient of concordance W with the correction for ties (Kendall and Babington Smith 1939; Siegel and Castellan
 * 1988, §9.7): 1 all raters order the n items alike, 0 their rank sums are all the same. Undefined when everybody ties everything.
 *
 * @param rankings raters × items, any ranks in which 1 is best
 */
export function kendallW(rankings: readonly (readonly number[])[]): number | undefined {
  const m = rankings.length;
  const n = rankings[0]?.length ?? 0;
  const sums = new Array<number>(n).fill(0);
  let ties = 0;
  for (const ranking of rankings) {
    for (const [i, r] of meanRanks(ranking).entries()) sums[i]! += r;
    for (const value of new Set(ranking)) {
      const t = ranking.filter((r) => r === value).length;
      ties += t ** 3 - t;
    }
  }
  const squares = sums.reduce((sum, r) => sum + r * r, 0);
  const under = m * m * n * (n * n - 1) - m * ties;
  return under <= 1e-9 ? undefined : (12 * squares - 3 * m * m * n * (n + 1) ** 2) / under;
}
