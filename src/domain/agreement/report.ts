import { createRng } from '../../base/rng';
import { plural } from '../../base/text';
import { disagreements } from '../disagreement';
import type { TaskForm } from '../tasks';
import type { BootstrapOptions } from './additive';
import { coefficientsOf, pooledAbove, pooledInto } from './additive';
import type { Coefficient } from './coefficient';
import { reasons } from './coefficient';
import { concordance } from './concordance';
import type { Judgements } from './judgements';
import type { GoldScore, LabelerReport } from './labelers';
import { labelerReports } from './labelers';
import { manySums } from './many';
import type { Matrix, NamedCoefficient } from './part-report';
import { coefficientsOfPart, fromMany, sortCoefficients } from './part-report';
import type { Part, PartKind } from './parts';
import { partsOf } from './parts';
import type { Slots } from './slots';
import { betweenLabelers, withinLabelers } from './slots';
import type { Timeline } from './timeline';
import { timelineOf } from './timeline';

export interface AgreementInput {
  /** `keys` may be empty: `item` of a disputed item tells it, too. */
  readonly judgements: Judgements;
  readonly form: TaskForm;
  readonly gold: readonly GoldScore[];
  readonly draws?: number;
  /** Named in the report, so that the same labels give the same intervals. */
  readonly seed: string;
}

export interface PartReport {
  readonly id: string;
  readonly kind: PartKind;
  readonly title: string;
  readonly unit: Part['unit'];
  readonly ordered: boolean;
  /** Units with two labelers or more, and all ratings. */
  readonly units: number;
  readonly ratings: number;
  /** Value (its word where it has one) and how often it was given. */
  readonly values: readonly { readonly name: string; readonly count: number }[];
  readonly coefficients: readonly NamedCoefficient[];
  readonly matrix: Matrix;
  readonly timeline: Timeline;
  /** Of items judged twice by the same person; empty when there are none. */
  readonly repeats: readonly NamedCoefficient[];
}

export interface AgreementReport {
  readonly task: string;
  readonly labelers: readonly LabelerReport[];
  /** Ids by the numbers that matrices use. */
  readonly ids: readonly string[];
  readonly labels: number;
  /** Items that two labelers or more have judged. */
  readonly overlap: number;
  readonly parts: readonly PartReport[];
  readonly disputed: readonly { readonly key: string; readonly item: number; readonly labelers: number; readonly disagreement: number; readonly settled: boolean }[];
  /** How many there are; `disputed` has the first of them. */
  readonly disputedTotal: number;
  /** How many of all have no adjudication. They stand first in `disputed`. */
  readonly unsettled: number;
  readonly draws: number;
  /** Prompts are drawn in so many groups, since there are very many; absent: one by one. */
  readonly groups?: number;
  readonly seed: string;
}

/** As many disputed items as the panel lists. */
const disputedShown = 100;

/** Everything that the agreement panel shows of one task. */
export function agreementReport({ judgements: j, form, gold, draws = 1000, seed }: AgreementInput): AgreementReport {
  const between = betweenLabelers(j);
  const within = withinLabelers(j);
  const parts = partsOf(j, form, between);
  const again = partsOf(j, form, within);
  const options = (what: string): BootstrapOptions => ({ rng: createRng(seed).fork(what), draws });
  const main = parts.find((p) => p.ratings.label.length > 0);
  const overlap = disagreements(j);
  const disputed = overlap.filter((d) => d.disagreement > 0).sort((a, b) => Number(a.settled) - Number(b.settled));
  return {
    task: form.id,
    labelers: labelerReports(j, main, main && { part: again.find((p) => p.id === main.id)!, labelerOf: within.labelerOf }, gold, options('labelers')),
    ids: j.labelers,
    labels: between.label.length,
    overlap: overlap.length,
    parts: parts.filter((p) => p.ratings.label.length > 0).map((part) => partReport(j, part, again.find((p) => p.id === part.id)!, between, options)),
    disputed: disputed.slice(0, disputedShown).map(({ key, item, labelers, disagreement, settled }) => ({ key, item, labelers, disagreement, settled })),
    disputedTotal: disputed.length,
    unsettled: disputed.filter((d) => !d.settled).length,
    draws,
    ...(j.prompts > pooledAbove ? { groups: pooledInto } : {}),
    seed,
  };
}

function partReport(j: Judgements, part: Part, again: Part, slots: Slots, options: (what: string) => BootstrapOptions): PartReport {
  const { id, kind, title, unit, ordered, ratings } = part;
  const counts = ratings.values.map(() => 0);
  for (const v of ratings.value) counts[v]!++;
  // Where all said the same, every draw gives the same.
  const constant = counts.filter((c) => c > 0).length < 2;
  const drawn = (what: string): BootstrapOptions => ({ ...options(what), ...(constant ? { draws: 1 } : {}) });
  const { coefficients, matrix } = coefficientsOfPart(part, drawn(id));
  let units = 0;
  for (let u = 0; u + 1 < ratings.start.length; u++) if (ratings.start[u + 1]! - ratings.start[u]! >= 2) units++;
  return {
    ...{ id, kind, title, unit, ordered, units, matrix },
    ratings: ratings.label.length,
    values: ratings.values.map((v, i) => ({ name: part.names[i] ?? String(v), count: counts[i]! })),
    coefficients: kind === 'preference' ? sortCoefficients([...coefficients, ...rankingCoefficients(j, slots, options('rankings'))]) : coefficients,
    timeline: timelineOf(j, part, drawn(`${id} time`)),
    repeats: again.ratings.label.length === 0 ? [] : sortCoefficients(fromMany(again, manySums(again.ratings, again.tie), drawn(`${id} repeats`))),
  };
}

/** W and τ-b; none when no item has three answers. */
function rankingCoefficients(j: Judgements, slots: Slots, options: BootstrapOptions): NamedCoefficient[] {
  if (!j.sizes.some((k) => k >= 3)) return [];
  const { sums, items, pairs, undefinedItems, undefinedPairs } = concordance(j, slots);
  const wanted = [
    { finish: (t: Float64Array) => (t[1]! > 0 ? t[0]! / t[1]! : undefined), n: items, undefinedReason: reasons.fewRankings },
    { finish: (t: Float64Array) => (t[3]! > 0 ? t[2]! / t[3]! : undefined), n: pairs, undefinedReason: reasons.fewRankings },
  ];
  const [w, tau] = coefficientsOf(sums, wanted, options);
  // What is left out may be all there is: then it says why there is no value.
  const noted = (c: Coefficient, note: string | undefined): Coefficient => {
    const reason = [note, note !== undefined && c.value === undefined ? undefined : c.reason].filter((r) => r !== undefined).join(' ');
    return reason === '' ? c : { ...c, reason };
  };
  const tiedItems = undefinedItems > 0 ? `Left out: ${plural(undefinedItems, 'item')} in which everybody tied everything.` : undefined;
  const tiedPairs = undefinedPairs > 0 ? `Left out: ${plural(undefinedPairs, 'pair of rankings', 'pairs of rankings')} of which one tied everything, or which have no two answers in common.` : undefined;
  return [{ ...noted(w!, tiedItems), id: 'w' }, { ...noted(tau!, tiedPairs), id: 'tau-b' }];
}
