import type { BootstrapOptions, Finish } from './additive';
import { coefficientsOf, totalsOf } from './additive';
import { alphaOf, levels } from './alpha';
import type { Coefficient } from './coefficient';
import { paradox, reasons } from './coefficient';
import { fleissOf } from './fleiss';
import { freeMarginalOf, gwetOf } from './gwet';
import type { ManySums } from './many';
import { manySums } from './many';
import type { PairMeasure, PairTables } from './pairs';
import { meanOfPairs, measureOf, pairTables } from './pairs';
import type { Part } from './parts';

/** Names of coefficients; what each means is told by the panel. */
export type CoefficientId =
  | 'percent' | 'half' | 'strict'
  | 'kappa' | 'kappa-linear' | 'kappa-quadratic' | 'pi' | 'fleiss' | 'free-marginal'
  | 'alpha-nominal' | 'alpha-ordinal' | 'alpha-interval' | 'alpha-ratio'
  | 'ac1' | 'ac2-linear' | 'ac2-quadratic'
  | 'tau-b' | 'w';

export interface NamedCoefficient extends Coefficient {
  readonly id: CoefficientId;
}

/** A measure of each two labelers. */
export interface Matrix {
  /** Indices in the report's labelers. */
  readonly labelers: readonly number[];
  readonly measures: readonly PairMeasure[];
  readonly cells: readonly { readonly a: number; readonly b: number; readonly n: number; readonly values: readonly Coefficient[] }[];
}

/** All coefficients of one part with their intervals, and the labelers in pairs. */
export function coefficientsOfPart(part: Part, options: BootstrapOptions): { readonly coefficients: NamedCoefficient[]; readonly matrix: Matrix } {
  const many = manySums(part.ratings, part.tie);
  const tables = pairTables(part);
  const { layout } = many;
  const totals = totalsOf(many.sums);
  const largest = largestShare(totals.subarray(layout.share, layout.share + layout.q), totals[layout.units]!);
  const together = fromMany(part, many, options);
  const coefficients = [...together, ...fromPairs(part, tables, options)].map((c): NamedCoefficient => {
    const odd = byMarginals.has(c.id) ? paradox(together[0]!.value, c.value, largest) : undefined;
    return odd === undefined ? c : { ...c, reason: c.reason === undefined ? odd : `${odd} ${c.reason}` };
  });
  return { coefficients: sortCoefficients(coefficients), matrix: matrixOf(part, tables, options) };
}

/** Percent, Fleiss, α, AC and Brennan–Prediger: of all raters together. */
export function fromMany(part: Part, { layout, sums, raters }: ManySums, options: BootstrapOptions): NamedCoefficient[] {
  const { values } = part.ratings;
  const totals = totalsOf(sums);
  const n = totals[layout.several]!;
  const ratio = (over: number, under: number): Finish => (t) => (t[under]! > 0 ? t[over]! / t[under]! : undefined);
  const why = n === 0 ? reasons.nothing : reasons.oneValue;
  const wanted: { id: CoefficientId; finish: Finish; n: number; undefinedReason: string }[] = [];
  const want = (id: CoefficientId, finish: Finish, count = n, undefinedReason: string = why): void => void wanted.push({ id, finish, n: count, undefinedReason });
  want('percent', ratio(layout.same, layout.pairs), totals[layout.pairs]);
  if (part.tie !== undefined) {
    want('half', ratio(layout.half, layout.pairs), totals[layout.pairs]);
    want('strict', ratio(layout.strictSame, layout.strictPairs), totals[layout.strictPairs], n === 0 ? reasons.nothing : reasons.onlyTies);
  }
  want('fleiss', fleissOf(layout), totals[layout.fleissUnits], n === 0 ? reasons.nothing : reasons.oneValueOfFleiss);
  want('free-marginal', freeMarginalOf(layout, values, 'plain'));
  for (const level of part.ordered ? levels : (['nominal'] as const)) {
    if (level === 'ratio' && values[0]! < 0) continue;
    want(`alpha-${level}`, alphaOf(layout, values, level));
  }
  want('ac1', gwetOf(layout, values, 'plain'));
  if (part.ordered && values.length > 2) for (const weighting of ['linear', 'quadratic'] as const) want(`ac2-${weighting}`, gwetOf(layout, values, weighting));
  return coefficientsOf(sums, wanted, options).map((c, i): NamedCoefficient => {
    const id = wanted[i]!.id;
    const note = id === 'fleiss' ? fleissNote(totals[layout.fleissUnits]!, n, raters) : undefined;
    const reason = [c.reason, note].filter((r) => r !== undefined).join(' ');
    return { ...c, id, ...(reason === '' ? {} : { reason }) };
  });
}

/** Cohen's κ: of the two labelers, or its mean over all pairs. */
function fromPairs({ ratings, ordered, tie }: Part, tables: PairTables, options: BootstrapOptions): NamedCoefficient[] {
  const { values } = ratings;
  const pairs = tables.pairs.flatMap((_, p) => (tables.units[p]! > 0 ? [p] : []));
  const measures: (CoefficientId & PairMeasure)[] = ['kappa', ...(ordered && values.length > 2 ? (['kappa-linear', 'kappa-quadratic'] as const) : []), ...(pairs.length === 1 ? (['pi'] as const) : [])];
  const n = tables.units.reduce((a, b) => a + b, 0);
  const wanted = measures.map((id) => ({ finish: meanOfPairs(pairs.map((p) => measureOf(tables, p, id, values, tie))), n, undefinedReason: n === 0 ? reasons.nothing : reasons.noVariation }));
  const totals = totalsOf(tables.sums);
  return coefficientsOf(tables.sums, wanted, options).map((c, i): NamedCoefficient => {
    const left = pairs.filter((p) => measureOf(tables, p, measures[i]!, values, tie)(totals) === undefined).length;
    const note = c.value === undefined ? '' : [
      pairs.length > 1 ? `Mean over ${pairs.length - left} pairs of labelers (Light 1971).` : undefined,
      left > 0 ? `${left} more pairs are left out: both used one value only.` : undefined,
      ratings.raters > tables.raters.length && tables.raters.length === 12 ? 'Of the twelve labelers with most in common.' : undefined,
    ].filter((r) => r !== undefined).join(' ');
    const reason = [c.reason, note].filter((r) => r !== undefined && r !== '').join(' ');
    return { ...c, id: measures[i]!, ...(reason === '' ? {} : { reason }) };
  });
}

function matrixOf(part: Part, tables: PairTables, options: BootstrapOptions): Matrix {
  const { values } = part.ratings;
  const measures: PairMeasure[] = [...(part.tie === undefined ? (['percent'] as const) : (['half', 'strict'] as const)), 'kappa', ...(part.ordered && values.length > 2 ? (['kappa-linear', 'kappa-quadratic'] as const) : []), 'ac1'];
  const pairs = tables.pairs.flatMap((pair, p) => (tables.units[p]! > 0 ? [{ pair, p }] : []));
  const wanted = pairs.flatMap(({ p }) => measures.map((measure) => ({ finish: measureOf(tables, p, measure, values, part.tie), n: tables.units[p]!, undefinedReason: measure === 'strict' ? reasons.onlyTies : reasons.noVariation })));
  const found = coefficientsOf(tables.sums, wanted, options);
  return {
    labelers: tables.raters,
    measures,
    cells: pairs.map(({ pair: [a, b], p }, i) => ({ a: tables.raters[a]!, b: tables.raters[b]!, n: tables.units[p]!, values: found.slice(i * measures.length, (i + 1) * measures.length) })),
  };
}

/** Those whose chance agreement is that of the values' own frequencies, and which know no near misses. */
const byMarginals: ReadonlySet<CoefficientId> = new Set(['kappa', 'pi', 'fleiss', 'alpha-nominal']);

function largestShare(shares: Float64Array, units: number): number {
  return units > 0 ? Math.max(...shares) / units : 0;
}

function fleissNote(used: number, all: number, raters: number): string | undefined {
  return used > 0 && used < all ? `Fleiss' κ needs the same number of labelers throughout: it is on the ${used} of ${all} with ${raters}. α takes them all.` : undefined;
}

const order: readonly CoefficientId[] = ['percent', 'half', 'strict', 'alpha-nominal', 'alpha-ordinal', 'alpha-interval', 'alpha-ratio', 'kappa', 'kappa-linear', 'kappa-quadratic', 'pi', 'fleiss', 'free-marginal', 'ac1', 'ac2-linear', 'ac2-quadratic', 'w', 'tau-b'];

export function sortCoefficients(coefficients: readonly NamedCoefficient[]): NamedCoefficient[] {
  return [...coefficients].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}
