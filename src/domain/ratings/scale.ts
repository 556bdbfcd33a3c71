/** Points by which odds grow tenfold on the usual scale. */
const pointsPerTen = 400;
/** Points of one natural logarithm of odds: 400/ln 10 = 173.7178. */
export const pointsPerLog = pointsPerTen / Math.LN10;
/** Where the mean of all models is put. */
export const meanRating = 1000;

/** A centred rating in natural logarithms on the scale that people know from chess: the mean of all models is 1000. */
export function toPoints(theta: number): number {
  return meanRating + pointsPerLog * theta;
}

/** The chance that the first is preferred, of decided comparisons. @param points difference of ratings */
export function chanceOf(points: number): number {
  return 1 / (1 + Math.exp(-points / pointsPerLog));
}
