/** A coefficient with its interval. What could not be computed has no value, but a reason. */
export interface Coefficient {
  readonly value?: number;
  /** 95 % interval. */
  readonly low?: number;
  readonly high?: number;
  /** How many units (comparisons, answers, items) went in. */
  readonly n: number;
  /** Bootstrap draws in which it was undefined; they are left out of the interval. */
  readonly undefinedDraws?: number;
  /** A plain sentence: why there is no value or no interval, or why the value misleads. */
  readonly reason?: string;
}

export const reasons = {
  nothing: 'Nothing was judged by two labelers.',
  oneValue: 'Everybody gave the same one value throughout, so that nothing tells agreement from chance: the coefficient is 0 ÷ 0.',
  noVariation: 'Neither of the two used more than one value, so that chance alone explains all agreement: the coefficient is 0 ÷ 0.',
  oneValueOfFleiss: 'The items that it is on were all judged with the same one value, so that nothing tells agreement from chance: the coefficient is 0 ÷ 0.',
  onlyTies: 'Wherever two judged the same, one of them at least said that there is no difference.',
  oneCluster: 'An interval needs judgements of at least two prompts.',
  noDraw: 'No bootstrap draw gave a value, so that there is no interval.',
  fewRankings: 'No item was ranked by enough labelers.',
  ratioRange: 'Ratios need a scale that begins at 0 or above.',
} as const;

/** A coefficient without a value. */
export function undefinedCoefficient(n: number, reason: string): Coefficient {
  return { n, reason };
}

/**
 * Why a high percentage may stand beside a low κ (the prevalence paradox, Feinstein and Cicchetti 1990): when nearly all
 * judgements fall on one value, chance agreement is high and little is left to gain.
 *
 * @param agreement share of agreement, 0 to 1
 * @param kappa a coefficient corrected for chance by the marginals
 * @param largest share of the most frequent value
 */
export function paradox(agreement: number | undefined, kappa: number | undefined, largest: number): string | undefined {
  if (agreement === undefined || kappa === undefined || agreement < 0.75 || kappa >= 0.5 || agreement - kappa < 0.35 || largest < 0.7) return undefined;
  return `Agreement is high (${percent(agreement)}) and yet this is low (${kappa.toFixed(2)}), since ${percent(largest)} of all judgements are one value: chance alone would agree nearly as often. Look at AC1 beside it.`;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
