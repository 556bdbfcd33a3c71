/**
 * Published figures and independent recomputations that the ratings must give, each with its source. "Computed" ones
 * were found with numpy and scipy, not with the package that is named.
 */

export type Wins = readonly (readonly [winner: number, loser: number])[];

/** lucasmaystre/choix, tests/data/pairwise-2; computed maximum likelihood, centred. */
export const choixPairwise2 = { n: 3, wins: [[0, 1], [0, 1], [1, 2], [2, 0]] as Wins, theta: [0.419617624, -0.419617624, 0] };

/** lucasmaystre/choix, tests/test_opt.py: the optimum of Σ log(1 + exp(loser − winner)) + 0.5‖θ‖². */
export const choixRidge = {
  n: 8,
  wins: [[7, 3], [2, 0], [5, 2], [4, 2], [2, 1], [4, 5], [6, 3], [5, 4], [7, 0], [2, 3], [4, 0], [0, 4], [6, 5], [3, 2], [3, 4], [3, 4], [5, 2], [7, 3], [7, 6], [6, 5]] as Wins,
  theta: [-0.51974039, -0.46280878, -0.31376862, -0.06854694, -0.3185146, -0.00346107, 0.63032783, 1.05651257],
};

/**
 * Davidson 1970, Table 1 (pudding), as in hturner/PlackettLuce data/pudding. Rows: i, j (from 1), comparisons, wins of i,
 * wins of j, ties. `published` stopped after seven iterations; the others are computed at convergence.
 */
export const pudding = {
  n: 6,
  rows: [
    [1, 2, 57, 19, 22, 16], [1, 3, 47, 16, 19, 12], [2, 3, 48, 19, 19, 10], [1, 4, 54, 18, 23, 13], [2, 4, 51, 23, 19, 9],
    [3, 4, 54, 19, 20, 15], [1, 5, 50, 13, 19, 18], [2, 5, 48, 16, 20, 12], [3, 5, 48, 16, 15, 17], [4, 5, 47, 17, 14, 16],
    [1, 6, 51, 18, 21, 12], [2, 6, 54, 22, 20, 12], [3, 6, 41, 13, 18, 10], [4, 6, 51, 14, 19, 18], [5, 6, 44, 11, 21, 12],
  ] as readonly (readonly [number, number, number, number, number, number])[],
  published: { worth: [0.1388005, 0.1729985, 0.161742, 0.165393, 0.1586805, 0.2023855], nu: 0.7468147 },
  davidson: { worth: [0.13880337, 0.17300149, 0.16174744, 0.16537296, 0.1586854, 0.20238934], nu: 0.746823, logLik: -809.7095101 },
  raoKupper: { worth: [0.14439897, 0.17179436, 0.16281738, 0.16607819, 0.16038051, 0.19453058], theta: 1.74845723, logLik: -809.6971335 },
  half: { worth: [0.14607471, 0.17147321, 0.1632792, 0.1659354, 0.16102322, 0.19221426] },
};

/** lucasmaystre/choix, tests/data/rankings-2, best first; `published` is good to 1e-4, `computed` by Newton. */
export const choixRankings2 = {
  n: 4,
  rankings: [[0, 1, 2], [3, 2, 0], [1, 3]],
  published: [-0.44328117, 0.69506219, -0.67061442, 0.4188334],
  computed: [-0.44330849, 0.69506787, -0.67060957, 0.41885019],
};

/** A beats B 5–0 under (λ/2)‖θ‖²; computed: ± these. */
export const map50 = [{ lambda: 1, theta: 0.81675309 }, { lambda: 0.1, theta: 1.67963752 }, { lambda: 0.01, theta: 2.62259283 }];

/** Elo with K = 32 from 1500, A beats B, B beats C, C beats A, in this order and reversed; computed. */
export const eloCycle = {
  k: 32,
  start: 1500,
  games: [[0, 1], [1, 2], [2, 0]] as Wins,
  ratings: [1498.4969, 1500.7363, 1500.7668],
  reversed: [1501.5031, 1499.2332, 1499.2637],
};

/** Davidson's probabilities; computed. */
export const davidsonProbabilities = [
  { pi: [2, 1], nu: 0.5, win: 0.539504, loss: 0.269752, tie: 0.190744 },
  { pi: [4, 1], nu: 1, win: 0.571429, loss: 0.142857, tie: 0.285714 },
] as const;

/** √(p(1−p)/n) − √(p(1−p)/(n+1)), Chiang et al. 2024; computed. */
export const arenaWeights = [
  { p: 0.5, n: 10, weight: 0.007358 },
  { p: 0.9, n: 10, weight: 0.004415 },
  { p: 0.5, n: 100, weight: 0.000248 },
  { p: 0.5, n: 1, weight: 0.146447 },
];
