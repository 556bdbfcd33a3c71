import type { ComparisonExample, ComparisonPair } from './comparisons';

/** A share with its 95 % Wilson interval. Undefined shares do not exist: a caller gets `undefined` instead. */
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/**
 * How ties enter a percentage, which moves it by many points: `half`: a tie against a preference is half an agreement, a
 * tie against a tie a whole one; `drop`: a pair that either of the two calls a tie does not count.
 */
export type TieRule = 'half' | 'drop';

const z95 = 1.959963984540054;

/**
 * Wilson score interval of `successes` out of `n` (successes may be halves). It assumes independent trials; comparisons
 * out of one ranking are not, so that it is somewhat too narrow for them.
 */
export function wilson(successes: number, n: number, z = z95): Share | undefined {
  if (n <= 0) return undefined;
  const share = successes / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { share, low: Math.max(0, middle - half), high: Math.min(1, middle + half), n };
}

/** Agreement of each two labelers on the pairs that both have judged, and of all together. */
export interface Agreement {
  readonly all: Share | undefined;
  /** By `"a b"` with the ids in order; labelers without a common pair are left out. */
  readonly byPair: Map<string, Share>;
}

/** Percent agreement over comparison pairs, as in InstructGPT: how often two labelers say the same about two answers. */
export function percentAgreement(examples: Iterable<ComparisonExample>, ties: TieRule): Agreement {
  const sums = new Map<string, { same: number; n: number }>();
  const all = { same: 0, n: 0 };
  for (const votes of votesByPair(examples)) {
    for (let a = 0; a < votes.length; a++) {
      for (let b = a + 1; b < votes.length; b++) {
        const [x, y] = [votes[a]!, votes[b]!];
        if (ties === 'drop' && (x.sign === 0 || y.sign === 0)) continue;
        const same = x.sign === y.sign ? 1 : x.sign === 0 || y.sign === 0 ? 0.5 : 0;
        const key = `${x.labeler} ${y.labeler}`;
        const sum = sums.get(key) ?? { same: 0, n: 0 };
        sums.set(key, sum);
        for (const s of [sum, all]) {
          s.same += same;
          s.n++;
        }
      }
    }
  }
  return { all: wilson(all.same, all.n), byPair: new Map([...sums].map(([key, s]) => [key, wilson(s.same, s.n)!])) };
}

export interface Ceiling {
  /** Undefined when no preference was judged by anybody else; `reason` says so. */
  readonly ceiling: Share | undefined;
  readonly reason?: string;
  readonly byLabeler: Map<string, Share>;
}

/**
 * How well the other labelers' majority foretells a labeler's preference, over preferences (no ties) that somebody else
 * has judged too; a majority that is split counts half. A reward model cannot be expected to do better on the same
 * labels than people do, so that this stands beside its accuracy.
 */
export function leaveOneOutCeiling(examples: Iterable<ComparisonExample>): Ceiling {
  const sums = new Map<string, { same: number; n: number }>();
  for (const votes of votesByPair(examples)) {
    const total = votes.reduce((sum, v) => sum + v.sign, 0);
    for (const { labeler, sign } of votes) {
      if (sign === 0 || votes.length < 2) continue;
      const others = Math.sign(total - sign);
      const sum = sums.get(labeler) ?? { same: 0, n: 0 };
      sums.set(labeler, sum);
      sum.same += others === 0 ? 0.5 : others === sign ? 1 : 0;
      sum.n++;
    }
  }
  const all = [...sums.values()].reduce((a, b) => ({ same: a.same + b.same, n: a.n + b.n }), { same: 0, n: 0 });
  const ceiling = wilson(all.same, all.n);
  return {
    ceiling,
    ...(ceiling === undefined ? { reason: 'no two labelers have judged the same comparison' } : {}),
    byLabeler: new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, s]) => [id, wilson(s.same, s.n)!])),
  };
}

interface Vote {
  readonly labeler: string;
  /** 1: the first answer, −1: the second, 0: a tie. */
  readonly sign: number;
}

/** The votes on each pair of answers, one per labeler, labelers in order. A labeler's several labels of one pair become their sign. */
function* votesByPair(examples: Iterable<ComparisonExample>): Generator<Vote[]> {
  for (const { pairs } of examples) {
    const byPair = new Map<string, Map<string, number>>();
    for (const pair of pairs) {
      const key = `${Math.min(pair.i, pair.j)} ${Math.max(pair.i, pair.j)}`;
      const votes = byPair.get(key) ?? new Map<string, number>();
      byPair.set(key, votes);
      votes.set(pair.labeler, (votes.get(pair.labeler) ?? 0) + signOf(pair));
    }
    for (const votes of byPair.values()) {
      yield [...votes].map(([labeler, sum]) => ({ labeler, sign: Math.sign(sum) })).sort((a, b) => (a.labeler < b.labeler ? -1 : 1));
    }
  }
}

function signOf({ i, j, p }: ComparisonPair): number {
  return p === 0.5 ? 0 : i < j ? 1 : -1;
}
