import type { CoefficientId } from '../../domain/agreement/part-report';
import type { PairMeasure } from '../../domain/agreement/pairs';
import type { PartReport } from '../../domain/agreement/report';
import { t } from '../shared/l10n';

/** What a coefficient is called, and what it means. */
export function coefficientWords(id: CoefficientId | PairMeasure): { readonly name: string; readonly means: string } {
  return words()[id];
}

const words = (): Record<CoefficientId | PairMeasure, { name: string; means: string }> => ({
  percent: { name: t('Agreement'), means: t('Of all pairs of judgements by two labelers of the same thing, the share that are exactly the same; a tie is a value like any other. Says nothing about how much of it is chance.') },
  half: { name: t('Agreement, ties half'), means: t('As plain agreement, but a tie against a preference counts as half an agreement.') },
  strict: { name: t('Agreement, ties dropped'), means: t('Only comparisons that neither of the two called a tie.') },
  'alpha-nominal': { name: t('Krippendorff α, nominal'), means: t('1 − observed/expected disagreement: 1 is perfect, 0 is chance. Takes any number of labelers, with judgements missing. Nominal: values are the same or not. Krippendorff asks for .80, and .67 for tentative conclusions.') },
  'alpha-ordinal': { name: t('Krippendorff α, ordinal'), means: t('α with distances by rank: how many judgements lie between two values.') },
  'alpha-interval': { name: t('Krippendorff α, interval'), means: t('α with squared differences of the values.') },
  'alpha-ratio': { name: t('Krippendorff α, ratio'), means: t('α with differences relative to the values\' sum: 1 against 2 is further apart than 6 against 7.') },
  kappa: { name: t('Cohen κ'), means: t('Agreement of two labelers beyond what their own frequencies of values would give by chance. Falls when one value is very frequent.') },
  'kappa-linear': { name: t('Cohen κ, linear'), means: t('κ in which near misses count in part: one step of the declared scale costs one step.') },
  'kappa-quadratic': { name: t('Cohen κ, quadratic'), means: t('κ in which a miss costs its square: a step costs little, the whole scale all. Near the intraclass correlation.') },
  pi: { name: t('Scott π'), means: t('As κ, with chance taken from both labelers together.') },
  fleiss: { name: t('Fleiss κ'), means: t('Scott\'s π for many labelers who are interchangeable. Needs the same number of them for each thing that is judged.') },
  'free-marginal': { name: t('Brennan–Prediger (free-marginal κ)'), means: t('Chance is taken as all values equally frequent; for two values this is PABAK. Does not fall when one value is frequent.') },
  ac1: { name: t('Gwet AC1'), means: t('Beyond chance, where chance only concerns what is hard to judge. Stays near the percentage when one value is very frequent, where κ and α fall.') },
  'ac2-linear': { name: t('Gwet AC2, linear'), means: t('AC1 in which near misses count in part.') },
  'ac2-quadratic': { name: t('Gwet AC2, quadratic'), means: t('AC1 in which a miss costs its square.') },
  w: { name: t('Kendall W'), means: t('Do three labelers or more order the answers of an item alike? Mean over items; 1 all the same order, 0 no common order. Ties are corrected for.') },
  'tau-b': { name: t('Kendall τ-b'), means: t('Of two rankings of an item: pairs in the same order less pairs in the opposite order, ties taken into account. Mean over items and pairs of labelers.') },
});

/** The name of a part; what a project has named keeps its name. */
export function partTitle({ kind, title }: Pick<PartReport, 'kind' | 'title'>): string {
  if (kind === 'preference') return t('Preference');
  if (kind === 'strength') return t('Strength of preference');
  if (kind === 'verdict') return t('Verdict');
  return title;
}

export function kindWord(kind: PartReport['kind']): string {
  const names: Record<PartReport['kind'], string> = { preference: '', strength: '', verdict: '', criterion: t('criterion'), rule: t('rule'), question: t('question'), flag: t('flag') };
  return names[kind];
}

export function unitWord(unit: PartReport['unit'], n: number): string {
  if (unit === 'pair') return n === 1 ? t('1 comparison of two answers') : t('{0} comparisons of two answers', number(n));
  if (unit === 'answer') return n === 1 ? t('1 answer') : t('{0} answers', number(n));
  return n === 1 ? t('1 item') : t('{0} items', number(n));
}

/** The values of a preference in words. */
export function valueWord(part: Pick<PartReport, 'kind' | 'unit'>, name: string): string {
  if (part.unit !== 'pair') return name;
  return { '-1': t('first answer'), '0': t('tie'), '1': t('second answer') }[name] ?? name;
}

export const number = (n: number): string => n.toLocaleString();
export const percent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)} %`;

/** Shares as percent, coefficients with two digits. */
export function format(id: CoefficientId | PairMeasure, value: number): string {
  return id === 'percent' || id === 'half' || id === 'strict' ? percent(value, 1) : value.toFixed(2).replace(/^(-?)0\./, '$1.');
}

export const isShare = (id: CoefficientId | PairMeasure): boolean => id === 'percent' || id === 'half' || id === 'strict';
