type Sequence = readonly number[];

const gramsOf = (s: Sequence, n: number): string[] => Array.from({ length: Math.max(0, s.length - n + 1) }, (_, i) => s.slice(i, i + n).join(','));

/** Share of a sequence's n-grams that it has written before (seq-rep-n of Welleck et al. 2019, arXiv 1908.04319); 0 when it has none. */
export function repetition(sequence: Sequence, n = 4): number {
  const grams = gramsOf(sequence, n);
  return grams.length === 0 ? 0 : 1 - new Set(grams).size / grams.length;
}

/**
 * Self-BLEU (Zhu et al. 2018, arXiv 1802.01886): how much each sequence is like the others, as BLEU-4 with all others as references, on
 * average: 1 when they are all the same, near 0 when they share nothing. An order without a match counts as 0.1 of one (method 1 of Chen and
 * Cherry 2014), and orders for which a sequence is too short are left out. Undefined with fewer than two sequences that are not empty.
 */
export function selfBleu(all: readonly Sequence[], most = 4): number | undefined {
  const sequences = all.filter((s) => s.length > 0);
  if (sequences.length < 2) return undefined;
  const orders = Array.from({ length: most }, (_, k) => {
    const counts = sequences.map((s) => countsOf(gramsOf(s, k + 1)));
    // The two sequences that have most of an n-gram: the most that any other has is one of them.
    const top = new Map<string, { first: number; by: number; second: number }>();
    counts.forEach((own, i) => {
      for (const [gram, n] of own) {
        const known = top.get(gram);
        if (known === undefined) top.set(gram, { first: n, by: i, second: 0 });
        else if (n > known.first) top.set(gram, { first: n, by: i, second: known.first });
        else if (n > known.second) known.second = n;
      }
    });
    return { counts, top };
  });
  const lengths = sequences.map((s) => s.length);
  const bleu = (i: number): number => {
    let [logs, used] = [0, 0];
    for (const { counts, top } of orders) {
      let [matches, total] = [0, 0];
      for (const [gram, n] of counts[i]!) {
        const { first, by, second } = top.get(gram)!;
        matches += Math.min(n, by === i ? second : first);
        total += n;
      }
      if (total === 0) continue;
      logs += Math.log((matches === 0 ? 0.1 : matches) / total);
      used++;
    }
    // Brevity against the other whose length is nearest, the shorter of two.
    const length = lengths[i]!;
    const nearest = lengths.reduce((best, l, j) => (j !== i && (Math.abs(l - length) < Math.abs(best - length) || (Math.abs(l - length) === Math.abs(best - length) && l < best)) ? l : best), Infinity);
    return Math.exp(Math.min(0, 1 - nearest / length) + logs / used);
  };
  return sequences.reduce((sum, _, i) => sum + bleu(i), 0) / sequences.length;
}

function countsOf(grams: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  return counts;
}
