import { wilson } from '../agreement';
import type { Share } from '../agreement';
import { verdicts } from '../records';
import type { BootstrapOptions, Finish } from './additive';
import { bootstrap, coefficientsOf, sumByCluster } from './additive';
import type { Coefficient } from './coefficient';
import { reasons } from './coefficient';
import type { Judgements } from './judgements';
import type { Part } from './parts';
import { signOf } from './signs';

/** How one labeler works. */
export interface LabelerReport {
  readonly id: string;
  /** Ordinary labels that stand. */
  readonly labels: number;
  readonly skipped: number;
  /** Milliseconds, the first and last ordinary label. */
  readonly first?: number;
  readonly last?: number;
  /** Median seconds an item, of the labels that know; per 100 words of prompt and answers. */
  readonly seconds?: number;
  readonly secondsPer100Words?: number;
  readonly timed: number;
  /** Of comparisons that the labeler made, those called a tie. */
  readonly ties?: Share;
  /** Of strict preferences between answers whose order on screen is known: how often the one shown first was preferred. */
  readonly firstPosition: Coefficient;
  /** With the majority of the others. */
  readonly agreement: Coefficient;
  /** With himself, of items that came twice. */
  readonly repeats: Coefficient;
  /** With the researchers, of gold items. */
  readonly gold?: Share;
  /** Why this labeler stands out; empty: does not. */
  readonly outlier: readonly string[];
}

export interface GoldScore {
  readonly labeler: string;
  /** Sum of the shares of agreement of n labels. */
  readonly sum: number;
  readonly n: number;
}

/** Fewer prompts than this say too little to call somebody an outlier. */
const enough = 10;

/**
 * All labelers. @param part what agreement is about (the preference, where a task asks for one)
 * @param again the same part of items judged twice, and whose each slot is
 */
export function labelerReports(j: Judgements, part: Part | undefined, again: { readonly part: Part; readonly labelerOf: Int32Array } | undefined, gold: readonly GoldScore[], options: BootstrapOptions): LabelerReport[] {
  const own = j.labelers.map(() => [] as number[]);
  j.kind.forEach((kind, l) => {
    if (kind === 0) own[j.labeler[l]!]!.push(l);
  });
  const agreement = part === undefined ? undefined : agreementWithOthers(part, j.labelers.length, options);
  const repeats = again === undefined ? undefined : repeatAgreement(again.part, again.labelerOf, j.labelers.length, options);
  const positions = firstPosition(j, own, options);
  const paces = own.map((labels) => paceOf(j, labels));
  const skipped = verdicts.indexOf('skipped');
  return j.labelers.flatMap((id, r) => {
    const labels = own[r]!;
    const score = gold.find((g) => g.labeler === id);
    if (labels.length === 0 && !score) return [];
    const times = labels.map((l) => j.at[l]!).filter((t) => !Number.isNaN(t));
    const ties = tieShare(j, labels);
    const mine = agreement?.own[r] ?? { n: 0, reason: reasons.nothing };
    const report = {
      id,
      labels: labels.length,
      skipped: labels.filter((l) => j.verdict[l] === skipped).length,
      ...(times.length === 0 ? {} : { first: least(times), last: -least(times.map((t) => -t)) }),
      ...paces[r]!,
      ...(ties ? { ties } : {}),
      firstPosition: positions[r]!,
      agreement: mine,
      repeats: repeats?.[r] ?? { n: 0, reason: 'No item came twice.' },
      ...(score ? { gold: wilson(score.sum, score.n)! } : {}),
    };
    return [{ ...report, outlier: outlierReasons(report, agreement?.others[r], paces.filter((_, o) => o !== r).flatMap((p) => (p.timed >= enough && p.seconds !== undefined ? [p.seconds] : []))) }];
  });
}

/**
 * Agreement of each labeler with the majority of the others, and of everybody else with theirs (the lower end). For preferences the majority is the sign of the sum, as in `leaveOneOutCeiling`; elsewhere the most
 * frequent value, of several equally frequent ones each its part. A tie against a preference is half.
 */
export function agreementWithOthers({ ratings, tie }: Part, raters: number, options: BootstrapOptions): { own: Coefficient[]; others: (number | undefined)[] } {
  const { start, rater, value, values } = ratings;
  const n = new Array<number>(raters).fill(0);
  const counts = new Float64Array(values.length);
  const sums = sumByCluster(2 * raters + 2, ratings.cluster, (u, add) => {
    const m = start[u + 1]! - start[u]!;
    if (m < 2) return;
    counts.fill(0);
    let total = 0;
    for (let i = start[u]!; i < start[u + 1]!; i++) {
      counts[value[i]!]!++;
      total += values[value[i]!]!;
    }
    for (let i = start[u]!; i < start[u + 1]!; i++) {
      const [mine, r] = [value[i]!, rater[i]!];
      let score: number;
      if (tie !== undefined) score = 1 - Math.abs(Math.sign(values[mine]!) - Math.sign(total - values[mine]!)) / 2;
      else {
        counts[mine]!--;
        const most = Math.max(...counts);
        score = counts[mine] === most ? 1 / counts.reduce((times, c) => times + Number(c === most), 0) : 0;
        counts[mine]!++;
      }
      n[r]!++;
      add(2 * r, score);
      add(2 * r + 1, 1);
      add(2 * raters, score);
      add(2 * raters + 1, 1);
    }
  });
  const own = (r: number): Finish => (t) => (t[2 * r + 1]! > 0 ? t[2 * r]! / t[2 * r + 1]! : undefined);
  const rest = (r: number): Finish => (t) => (t[2 * raters + 1]! > t[2 * r + 1]! ? (t[2 * raters]! - t[2 * r]!) / (t[2 * raters + 1]! - t[2 * r + 1]!) : undefined);
  const all = n.map((_, r) => r);
  const found = coefficientsOf(sums, all.map((r) => ({ finish: own(r), n: n[r]!, undefinedReason: reasons.nothing })), options);
  return { own: found, others: bootstrap(sums, all.map(rest), options).map((interval) => interval?.low) };
}

/** How often the second judgement of an item says the same, by labeler. */
function repeatAgreement({ ratings, tie, slotOf }: Part, labelerOf: Int32Array, raters: number, options: BootstrapOptions): Coefficient[] {
  const { start, value } = ratings;
  const n = new Array<number>(raters).fill(0);
  const sums = sumByCluster(2 * raters, ratings.cluster, (u, add) => {
    if (start[u + 1]! - start[u]! < 2) return;
    const [a, b] = [value[start[u]!]!, value[start[u]! + 1]!];
    const r = labelerOf[slotOf[u]!]!;
    n[r]!++;
    add(2 * r, a === b ? 1 : a === tie || b === tie ? 0.5 : 0);
    add(2 * r + 1, 1);
  });
  return ratios(sums, n, 'No item came twice.', options);
}

function firstPosition(j: Judgements, own: readonly (readonly number[])[], options: BootstrapOptions): Coefficient[] {
  const position = j.perAnswer['position'];
  const labels = own.flat();
  const n = own.map(() => 0);
  const sums = sumByCluster(2 * own.length, labels.map((l) => j.promptOf[j.item[l]!]!), (at, add) => {
    const l = labels[at]!;
    const k = j.start[l + 1]! - j.start[l]!;
    const r = j.labeler[l]!;
    for (let a = 0; a < k; a++) {
      for (let b = a + 1; b < k; b++) {
        const [x, y] = [position?.[j.start[l]! + a] ?? NaN, position?.[j.start[l]! + b] ?? NaN];
        const sign = signOf(j, l, a, b) ?? 0;
        if (sign === 0 || Number.isNaN(x) || Number.isNaN(y)) continue;
        n[r]!++;
        add(2 * r, Number(x < y === sign < 0));
        add(2 * r + 1, 1);
      }
    }
  });
  return ratios(sums, n, 'No preference between answers whose order on screen is known.', options);
}

function ratios(sums: ReturnType<typeof sumByCluster>, n: readonly number[], undefinedReason: string, options: BootstrapOptions): Coefficient[] {
  const share = (r: number): Finish => (t) => (t[2 * r + 1]! > 0 ? t[2 * r]! / t[2 * r + 1]! : undefined);
  return coefficientsOf(sums, n.map((count, r) => ({ finish: share(r), n: count, undefinedReason })), options);
}

function paceOf(j: Judgements, labels: readonly number[]): { seconds?: number; secondsPer100Words?: number; timed: number } {
  const times = labels.flatMap((l) => {
    const ms = j.perLabel['ms']?.[l] ?? NaN;
    return Number.isNaN(ms) ? [] : [{ ms, words: j.words[j.item[l]!]! }];
  });
  const seconds = median(times.map((t) => t.ms / 1000));
  const perWords = median(times.flatMap(({ ms, words }) => (words > 0 ? [(ms / 1000) * (100 / words)] : [])));
  return { timed: times.length, ...(seconds === undefined ? {} : { seconds }), ...(perWords === undefined ? {} : { secondsPer100Words: perWords }) };
}

function tieShare(j: Judgements, labels: readonly number[]): Share | undefined {
  let [ties, n] = [0, 0];
  for (const l of labels) {
    const k = j.start[l + 1]! - j.start[l]!;
    for (let a = 0; a < k; a++) {
      for (let b = a + 1; b < k; b++) {
        const sign = signOf(j, l, a, b);
        if (sign === undefined) continue;
        n++;
        ties += Number(sign === 0);
      }
    }
  }
  return wilson(ties, n);
}

function outlierReasons({ agreement, seconds, timed, firstPosition: first }: Pick<LabelerReport, 'agreement' | 'seconds' | 'timed' | 'firstPosition'>, othersLow: number | undefined, otherSeconds: readonly number[]): string[] {
  const found: string[] = [];
  if (agreement.n >= enough && agreement.high !== undefined && othersLow !== undefined && agreement.high < othersLow) {
    found.push(`Agrees with the majority of the others ${percent(agreement.value!)} of the time, at most ${percent(agreement.high)}; the others at least ${percent(othersLow)}.`);
  }
  const group = median(otherSeconds);
  if (seconds !== undefined && timed >= enough && group !== undefined && seconds < group / 3) found.push(`Takes ${seconds.toFixed(1)} s an item, under a third of the others' ${group.toFixed(1)} s.`);
  if (first.n >= enough && first.low !== undefined && first.high !== undefined && (first.low > 0.5 || first.high < 0.5)) {
    found.push(`Prefers the answer shown ${first.low > 0.5 ? 'first' : 'last'} too often: the first one ${percent(first.value!)} of the time (${percent(first.low)} to ${percent(first.high)}), where 50 % is expected.`);
  }
  return found;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length === 0 ? undefined : sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
