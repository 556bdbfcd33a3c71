/**
 * Published figures of agreement, and where they stand. "computed" ones were recomputed independently (numpy) for the
 * collection that these were taken from; all others are printed by the source.
 */

/** fast-krippendorff's docstring, and Wikipedia, "Krippendorff's alpha". Raters × units; ordinal and ratio computed. */
export const alpha15 = {
  raters: [
    [null, null, null, null, null, 3, 4, 1, 2, 1, 1, 3, 3, null, 3],
    [1, null, 2, 1, 3, 3, 4, 3, null, null, null, null, null, null, null],
    [null, null, 2, 1, 3, 4, 4, null, 2, 1, 1, 3, 3, null, 4],
  ],
  expected: { nominal: 0.691358, interval: 0.810845, ordinal: 0.806721, ratio: 0.808944 },
} as const;

/** K. Gwet's irrCAC, data set cont3x3abstractors; pycm asserts the same. */
export const abstractors = {
  table: [[13, 0, 0], [0, 20, 7], [0, 4, 56]],
  kappa: 0.7964094,
  kappaSe: 0.05891072,
  scottPi: 0.7962397,
  ac1: 0.8493305,
  brennanPrediger: 0.835,
  alpha: 0.7972585,
  agreement: 0.89,
} as const;

/** statsmodels, stats/tests/test_inter_rater.py, from SAS PROC FREQ; the quadratic one computed: 1 − (2.25/19)/(77.75/19²) = 35/77.75. */
export const sas = {
  table: [[0, 4, 1], [0, 8, 0], [0, 1, 5]],
  plain: { kappa: 0.4842, ase: 0.138, ci: [0.2137, 0.7547], ase0: 0.1484 },
  linear: { kappa: 0.4701, ase: 0.1457, ci: [0.1845, 0.7558], ase0: 0.1426 },
  quadratic: 0.45016077,
} as const;

/** Wikipedia, "Fleiss' kappa": 14 raters, 10 subjects, 5 values (printed as .210; more digits computed). */
export const fleissWikipedia = {
  counts: [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]],
  kappa: 0.2099307,
} as const;

/** statsmodels, stats/tests/test_inter_rater.py: Fleiss' and Randolph's κ. */
export const randolph = [
  { counts: [[7, 1], [3, 5]], fleiss: 0.161905, free: 0.214286 },
  { counts: [[6, 1, 0], [0, 7, 0]], fleiss: 0.708333, free: 0.785714 },
  { counts: [[6.99, 0.01], [6.99, 0.01]], fleiss: -0.166667, free: 0.993343 },
] as const;

/** Three rankings of six; computed. */
export const concordance = { ranks: [[1, 2, 3, 4, 5, 6], [1, 5, 6, 3, 2, 4], [2, 3, 6, 5, 4, 1]], w: 0.415873 } as const;

/** Two tied rankings; computed. */
export const tied = { a: [1, 2, 2, 4], b: [1, 3, 2, 4], tauB: 0.912871 } as const;

/** The prevalence paradox (tables as in Feinstein and Cicchetti 1990); computed. */
export const paradoxes = [
  { table: [[40, 9], [6, 45]], agreement: 0.85, kappa: 0.69951923, ac1: 0.70074813, pabak: 0.7 },
  { table: [[80, 10], [5, 5]], agreement: 0.85, kappa: 0.31818182, ac1: 0.808, pabak: 0.7 },
] as const;

/** R's irr, data set anxiety, raters 2 and 3, declared scale 1 to 6: κ on the full scale, and with unused values dropped as irr does. */
export const anxiety = {
  second: [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
  third: [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
  linear: { full: 0.1262, dropped: 0.1459 },
  quadratic: { full: 0.2298, dropped: 0.252 },
} as const;
