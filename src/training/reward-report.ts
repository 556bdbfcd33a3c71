import { leaveOneOutCeiling, wilson } from '../domain/agreement';
import type { AccuracyGroup, Grouping, Proportion, RewardModelReport } from '../domain/model-report';
import { judgedPairs, type Comparison, type Judged } from './comparisons';
import { calibrationOf, correlation } from './statistics';

/** What a reward model is worth on held-out comparisons. `scores`: one a text, a list a comparison. @param criteria names of the outputs, when there are several */
export function rewardReport(comparisons: readonly Comparison[], scores: readonly Float64Array[], criteria?: readonly string[]): RewardModelReport {
  const judged = judgedPairs(comparisons, scores);
  const first = judged.filter(({ pair }) => (pair.i < pair.j ? pair.p : 1 - pair.p) > 0.5).length;
  const ceiling = leaveOneOutCeiling(comparisons.map((c) => ({ promptHash: '', prompt: '', responses: [], split: 'test', pairs: c.pairs.map((p) => ({ ...p, p: p.p === 0.5 ? 0.5 : 1, label: p.label ?? '', ...swapped(p.i, p.j, p.p) })) })));
  return {
    v: 1,
    kind: 'reward',
    accuracy: accuracyOf(judged),
    groups: {
      ...grouped('labeler', judged, (j) => j.labeler),
      ...grouped('task', judged, (j) => j.pair.task ?? 'ranking'),
      ...grouped('criterion', judged, (j) => (criteria === undefined ? undefined : criteria[j.pair.output ?? 0])),
      ...grouped('length', judged, lengthBin, lengthBins),
      ...grouped('agreement', judged, agreementBin(comparisons), agreementBins),
      ...grouped('strength', judged, (j) => (j.pair.strength === undefined ? undefined : strengths[j.pair.strength - 1]), strengths),
    },
    calibration: judged.length === 0 ? null : calibrationOf(judged),
    lengthCorrelation: judged.length === 0 ? null : correlation(comparisons.flatMap((c) => [...c.lengths]), scores.slice(0, comparisons.length).flatMap((s) => [...s])),
    baselines: {
      length: proportion(judged.reduce((s, j) => s + j.longer, 0), judged.length),
      majority: proportion(Math.max(first, judged.length - first), judged.length),
    },
    ceiling: ceiling.ceiling ?? null,
  };
}

const proportion = (hits: number, n: number): Proportion | null => wilson(hits, n) ?? null;
const accuracyOf = (judged: readonly Judged[]): Proportion | null => proportion(judged.reduce((s, j) => s + j.right, 0), judged.length);

/** Accuracy by the group that `of` names, in the given order or that of names. Nothing when there is but one group that says nothing new. */
function grouped(by: Grouping, judged: readonly Judged[], of: (j: Judged) => string | undefined, order?: readonly string[]): Partial<Record<Grouping, AccuracyGroup[]>> {
  const groups = new Map<string, Judged[]>();
  for (const j of judged) {
    const name = of(j);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), j]);
  }
  if (groups.size === 0 || (groups.size === 1 && by !== 'labeler' && by !== 'criterion')) return {};
  const place = (name: string): number => order?.indexOf(name) ?? 0;
  const sorted = [...groups].sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
  return { [by]: sorted.map(([name, own]) => ({ name, accuracy: accuracyOf(own)! })) };
}

const lengthBins = ['less than half as long', 'shorter', 'about as long', 'longer', 'more than twice as long'] as const;

/** How long the preferred answer is beside the other: within a tenth is about as long. */
function lengthBin({ lengthDifference: d }: Judged): string {
  return lengthBins[d < -0.5 ? 0 : d < -0.1 ? 1 : d <= 0.1 ? 2 : d <= 0.5 ? 3 : 4];
}

const agreementBins = ['one labeler', 'half or fewer agree', 'most agree', 'all agree'] as const;

/** How many of those who judged the same two answers prefer the same one, ties among the others. */
function agreementBin(comparisons: readonly Comparison[]): (j: Judged) => string {
  const votes = new Map<string, Map<string, number>>();
  const key = (comparison: number, { i, j, output = 0 }: { i: number; j: number; output?: number }): string => `${comparison} ${Math.min(i, j)} ${Math.max(i, j)} ${output}`;
  comparisons.forEach((c, n) => {
    for (const pair of c.pairs) {
      const own = votes.get(key(n, pair)) ?? new Map<string, number>();
      votes.set(key(n, pair), own);
      own.set(pair.labeler, (own.get(pair.labeler) ?? 0) + (2 * pair.p - 1) * (pair.i < pair.j ? 1 : -1));
    }
  });
  return (j) => {
    const own = [...votes.get(key(j.comparison, j.pair))!.values()];
    if (own.length < 2) return agreementBins[0];
    const most = Math.max(own.filter((v) => v > 0).length, own.filter((v) => v < 0).length);
    return most === own.length ? agreementBins[3] : most > own.length / 2 ? agreementBins[2] : agreementBins[1];
  };
}

const strengths = ['negligibly better', 'slightly better', 'better', 'significantly better'] as const;

/** A pair as the agreement of labelers takes it: the preferred answer first. */
const swapped = (i: number, j: number, p: number): { i: number; j: number } => (p < 0.5 ? { i: j, j: i } : { i, j });

/** Accuracy where several models that were trained alike disagree least to most, and how far their scores are apart. @param members normalised scores, by model and comparison */
export function ensembleReport(comparisons: readonly Comparison[], members: readonly (readonly Float64Array[])[], accuracies: readonly number[]): NonNullable<RewardModelReport['ensemble']> {
  const mean = meanScores(members);
  const deviation = (of: (scores: readonly Float64Array[]) => number): number => {
    const values = members.map(of);
    const middle = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((s, x) => s + (x - middle) ** 2, 0) / (values.length - 1));
  };
  const judged = judgedPairs(comparisons, mean).map((j) => ({ ...j, apart: deviation((s) => s[j.comparison]![j.pair.i]! - s[j.comparison]![j.pair.j]!) })).sort((a, b) => a.apart - b.apart);
  const names = ['least', 'in the middle', 'most'];
  const answers = mean.flatMap((s, c) => Array.from(s, (_, i) => deviation((m) => m[c]![i]!)));
  return {
    members: [...accuracies],
    uncertainty: answers.reduce((a, b) => a + b, 0) / Math.max(1, answers.length),
    byUncertainty: names.flatMap((name, k) => {
      const accuracy = accuracyOf(judged.slice(Math.round((k * judged.length) / 3), Math.round(((k + 1) * judged.length) / 3)));
      return accuracy === null ? [] : [{ name, accuracy }];
    }),
  };
}

/** The mean of the members' scores of each answer: what the models say together. */
export function meanScores(members: readonly (readonly Float64Array[])[]): Float64Array[] {
  return members[0]!.map((s, c) => s.map((_, i) => members.reduce((sum, m) => sum + m[c]![i]!, 0) / members.length));
}
