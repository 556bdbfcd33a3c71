import type { Calibration } from '../domain/model-report';

/** Small statistics of the trainers' reports. */

/** The largest number, `least` when there is none. (`Math.max(...xs)` overflows the stack at a hundred thousand.) */
export const largest = (xs: readonly number[], least = -Infinity): number => xs.reduce((a, b) => Math.max(a, b), least);

/** The smallest number, `most` when there is none. */
export const smallest = (xs: readonly number[], most = Infinity): number => xs.reduce((a, b) => Math.min(a, b), most);

/** Mean and unbiased standard deviation; 0 for what is not defined. */
export function meanAndStd(xs: readonly number[]): { mean: number; std: number } {
  if (xs.length === 0) return { mean: 0, std: 0 };
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  if (xs.length < 2) return { mean, std: 0 };
  return { mean, std: Math.sqrt(xs.reduce((a, x) => a + (x - mean) ** 2, 0) / (xs.length - 1)) };
}

/** Standard error of the mean. */
export function standardError(xs: readonly number[]): number {
  return xs.length < 2 ? 0 : meanAndStd(xs).std / Math.sqrt(xs.length);
}

/** Pearson's correlation; 0 when one side does not vary. */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const a = meanAndStd(xs);
  const b = meanAndStd(ys);
  if (a.std === 0 || b.std === 0) return 0;
  const covariance = xs.reduce((s, x, i) => s + (x - a.mean) * (ys[i]! - b.mean), 0) / (xs.length - 1);
  return covariance / (a.std * b.std);
}

/**
 * Predictions in ten bins of confidence, equally wide between `from` and `to`, with the expected calibration error: the difference of mean confidence
 * and the share that came true, weighted by the bins' sizes. `right` may be a share, such as .5 for an exact tie of scores.
 */
export function calibrationOf(predictions: readonly { readonly confidence: number; readonly right: number }[], from = 0.5, to = 1, count = 10): Calibration {
  const width = (to - from) / count;
  const sums = Array.from({ length: count }, () => ({ n: 0, confidence: 0, right: 0 }));
  for (const { confidence, right } of predictions) {
    const bin = sums[Math.min(count - 1, Math.max(0, Math.floor((confidence - from) / width)))]!;
    bin.n++;
    bin.confidence += confidence;
    bin.right += right;
  }
  return {
    ece: predictions.length === 0 ? 0 : sums.reduce((e, b) => e + Math.abs(b.confidence - b.right), 0) / predictions.length,
    bins: sums.flatMap(({ n, confidence, right }, k) => (n === 0 ? [] : [{ from: from + k * width, to: from + (k + 1) * width, n, predicted: confidence / n, observed: right / n }])),
  };
}

/** The error alone, of confidences between .5 and 1. */
export const calibrationError = (predictions: readonly { readonly confidence: number; readonly right: number }[], bins = 10): number => calibrationOf(predictions, 0.5, 1, bins).ece;

/** How often a positive has the higher score than a negative, equal ones half (Mann and Whitney's U): the area under the ROC curve, weighted; null unless there are both. */
export function areaUnderCurve(cases: readonly { readonly score: number; readonly positive: number; readonly negative: number }[]): number | null {
  const byScore = new Map<number, { positive: number; negative: number }>();
  for (const { score, positive, negative } of cases) {
    const known = byScore.get(score);
    byScore.set(score, { positive: (known?.positive ?? 0) + positive, negative: (known?.negative ?? 0) + negative });
  }
  let [area, positives, negatives] = [0, 0, 0];
  for (const [, { positive, negative }] of [...byScore].sort(([a], [b]) => a - b)) {
    area += positive * (negatives + negative / 2);
    positives += positive;
    negatives += negative;
  }
  return positives === 0 || negatives === 0 ? null : area / (positives * negatives);
}

/** Distinct n-grams divided by all n-grams of the sequences; 0 when there are none. https://arxiv.org/abs/1510.03055 */
export function distinctN(sequences: readonly (readonly number[])[], n: number): number {
  const seen = new Set<string>();
  let total = 0;
  for (const s of sequences) {
    for (let i = 0; i + n <= s.length; i++) {
      seen.add(s.slice(i, i + n).join(','));
      total++;
    }
  }
  return total === 0 ? 0 : seen.size / total;
}
