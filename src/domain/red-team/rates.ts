import { groupBy } from '../../base/group';
import { wilson, type Share } from '../agreement';
import { rewriteMutation } from './plan';
import { anyBroken } from './rules';
import type { AttackRecord } from './records';

/** How often attacks worked: broken ÷ judged with its 95 % Wilson interval. */
export interface Rate {
  readonly name: string;
  /** Undefined when none was judged. */
  readonly rate: Share | undefined;
  readonly broken: number;
  /** Answers of which somebody could tell. */
  readonly judged: number;
  /** Answers that wait for a human. */
  readonly waiting: number;
}

/**
 * What an attack run has found. An attack succeeded when its answer breaks a rule. Harmless prompts do not count for it; they
 * tell how often the model refuses what it should not. Attacks of one seed are not independent of each other, so that the
 * intervals are somewhat too narrow.
 */
export interface AttackRates {
  /** Any rule. */
  readonly all: Rate;
  readonly byRule: readonly Rate[];
  readonly byTactic: readonly Rate[];
  readonly byMutation: readonly Rate[];
  readonly byCategory: readonly Rate[];
  /** Refusals of attacks, and of harmless prompts. */
  readonly refused: Rate;
  readonly overRefused: Rate;
  readonly checks: CheckCounts;
}

/** What became of the attacks that worked once. */
export interface CheckCounts {
  /** Ids of the checks whose answers all keep the rules, of those with an answer that breaks one, and of those of which nobody can tell. */
  readonly fixed: readonly string[];
  readonly broken: readonly string[];
  readonly unknown: readonly string[];
}

export function attackRates(records: readonly AttackRecord[]): AttackRates {
  const attacks = records.filter((r) => !r.safe);
  const rules = [...new Set(attacks.flatMap((r) => Object.keys(r.broken)))];
  const success = (r: AttackRecord): boolean | null => anyBroken(r.broken);
  return {
    all: rateOf('all', attacks.map(success)),
    byRule: rules.map((rule) => rateOf(rule, attacks.map((r) => r.broken[rule] ?? null))),
    byTactic: grouped(attacks, (r) => r.tactic, success),
    byMutation: grouped(attacks, (r) => r.mutation, success),
    byCategory: grouped(attacks, (r) => r.category ?? 'other', success),
    refused: rateOf('refused', attacks.map((r) => r.refused)),
    overRefused: rateOf('over-refused', records.filter((r) => r.safe).map((r) => r.refused)),
    checks: checkCounts(records),
  };
}

function grouped(records: readonly AttackRecord[], by: (r: AttackRecord) => string, outcome: (r: AttackRecord) => boolean | null): Rate[] {
  return [...groupBy(records, by)].map(([name, group]) => rateOf(name, group.map(outcome)));
}

function rateOf(name: string, outcomes: readonly (boolean | null)[]): Rate {
  const judged = outcomes.filter((o) => o !== null);
  const broken = judged.filter((o) => o).length;
  const rate = wilson(broken, judged.length);
  // Rounding leaves 1e-19 where the bound is 0.
  return { name, rate: rate && { ...rate, ...(broken === 0 ? { low: 0 } : {}), ...(broken === rate.n ? { high: 1 } : {}) }, broken, judged: judged.length, waiting: outcomes.length - judged.length };
}

function checkCounts(records: readonly AttackRecord[]): CheckCounts {
  const byCheck = groupBy(records.filter((r) => r.check !== undefined), (r) => r.check!);
  const fixed: string[] = [];
  const broken: string[] = [];
  const unknown: string[] = [];
  for (const [check, group] of byCheck) {
    const outcomes = group.map((r) => anyBroken(r.broken));
    (outcomes.includes(true) ? broken : outcomes.every((o) => o === false) ? fixed : unknown).push(check);
  }
  return { fixed, broken, unknown };
}

/** One line of a comparison: before, after, and the difference of the rates. */
export interface RateChange {
  readonly name: string;
  readonly before: Rate | undefined;
  readonly after: Rate | undefined;
  /** After − before, with Newcombe's 95 % interval (hybrid score, Statistics in Medicine 17:873, 1998, method 10); undefined when either is unknown. */
  readonly change: { readonly difference: number; readonly low: number; readonly high: number } | undefined;
}

export interface AttackComparison {
  readonly before: AttackRates;
  readonly after: AttackRates;
  readonly all: RateChange;
  readonly byRule: readonly RateChange[];
  readonly byTactic: readonly RateChange[];
  readonly byCategory: readonly RateChange[];
  readonly refused: RateChange;
  readonly overRefused: RateChange;
  /** Attacks (seed, mutation, sample and messages) that both runs made; only these are compared when there are any. */
  readonly common: number;
  /** Of those: worked before and not after, and the other way round. */
  readonly fixed: number;
  readonly newly: number;
}

/**
 * Two attack runs side by side, before and after tuning. Where both have made the same attacks only those count, so that the
 * difference is not one of the attacks.
 */
export function compareAttacks(a: readonly AttackRecord[], b: readonly AttackRecord[]): AttackComparison {
  const later = new Map(b.map((r) => [attackKey(r), r]));
  const pairs = a.flatMap((r) => {
    const other = later.get(attackKey(r));
    return other === undefined ? [] : [[r, other] as const];
  });
  // Checks are what was found before: the earlier run has fewer of them, and each run tells of its own.
  const before = { ...attackRates(pairs.length === 0 ? a : pairs.map(([r]) => r)), checks: checkCounts(a) };
  const after = { ...attackRates(pairs.length === 0 ? b : pairs.map(([, r]) => r)), checks: checkCounts(b) };
  const outcomes = pairs.filter(([r]) => !r.safe).map(([x, y]) => [anyBroken(x.broken), anyBroken(y.broken)] as const);
  return {
    before,
    after,
    all: changeOf(before.all, after.all),
    byRule: changes(before.byRule, after.byRule),
    byTactic: changes(before.byTactic, after.byTactic),
    byCategory: changes(before.byCategory, after.byCategory),
    refused: changeOf(before.refused, after.refused),
    overRefused: changeOf(before.overRefused, after.overRefused),
    common: pairs.length,
    fixed: outcomes.filter(([x, y]) => x === true && y === false).length,
    newly: outcomes.filter(([x, y]) => x === false && y === true).length,
  };
}

/** What makes two records the same attack. The messages of the attacker decide; answers in between differ. */
function attackKey(r: AttackRecord): string {
  // A model writes another message each time.
  if (r.mutation === rewriteMutation) return JSON.stringify([r.seed, r.mutation, r.sample]);
  const turns = r.messages === undefined ? [r.prompt ?? ''] : r.messages.filter((m) => m.role === 'user').map((m) => m.content);
  return JSON.stringify([r.seed, r.mutation, r.sample, ...turns]);
}

function changes(before: readonly Rate[], after: readonly Rate[]): RateChange[] {
  const names = [...new Set([...before, ...after].map((r) => r.name))];
  const find = (rates: readonly Rate[], name: string): Rate | undefined => rates.find((r) => r.name === name);
  return names.map((name) => changeOf(find(before, name), find(after, name), name));
}

function changeOf(before: Rate | undefined, after: Rate | undefined, name = before?.name ?? after?.name ?? ''): RateChange {
  const [x, y] = [before?.rate, after?.rate];
  if (x === undefined || y === undefined) return { name, before, after, change: undefined };
  const difference = y.share - x.share;
  return {
    name,
    before,
    after,
    change: {
      difference,
      low: difference - Math.hypot(y.share - y.low, x.high - x.share),
      high: difference + Math.hypot(y.high - y.share, x.share - x.low),
    },
  };
}
