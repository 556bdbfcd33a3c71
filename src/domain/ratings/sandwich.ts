import { inverse, solve } from './cholesky';
import type { Likelihood } from './likelihood';
import type { Fit } from './newton';

export interface Sandwich {
  /** Covariance of the parameters that allows for what is alike within a cluster (size × size). */
  readonly robust: Float64Array;
  /** The inverse information: right if every comparison were independent. */
  readonly naive: Float64Array;
}

/**
 * Cluster-robust covariance F⁻¹(Σ_g s_g s_gᵀ)F⁻¹ · G/(G − 1), s_g the sum of a cluster's scores (Liang and Zeger 1986,
 * Biometrika 73; for Bradley–Terry on chat comparisons Chiang et al. 2024, arXiv 2403.04132, App. B, there without
 * clusters). With the ratings centred it is that of differences from the mean.
 */
export function sandwich(likelihood: Likelihood, fit: Fit): Sandwich {
  const { size, models, clusters } = likelihood;
  const meat = meatOf(likelihood, fit);
  const bread = inverse(fit.factor, size);
  const half = product(bread, meat, size);
  const robust = product(half, bread, size);
  const correction = clusters > 1 ? clusters / (clusters - 1) : 1;
  for (let i = 0; i < robust.length; i++) robust[i]! *= correction;
  return { robust, naive: centredBlock(bread, models, size) };
}

/** Σ over clusters of the outer product of the cluster's weighted score sum. */
function meatOf(likelihood: Likelihood, fit: Fit): Float64Array {
  const { size, observations, weight } = likelihood;
  const { start, column, value, row } = likelihood.scores(fit.x);
  const { order, first } = byCluster(likelihood);
  const meat = new Float64Array(size * size);
  const sum = new Float64Array(size);
  const seen = new Int32Array(size).fill(-1);
  const touched = new Int32Array(size);
  const packed = new Float64Array(size);
  for (let g = 0, at = 0; at < observations; g++) {
    let count = 0;
    for (const end = first[g + 1]!; at < end; at++) {
      const o = order[at]!;
      const w = weight[o]!;
      const r = row === undefined ? o : row[o]!;
      for (let e = start[r]!; e < start[r + 1]!; e++) {
        const k = column[e]!;
        if (seen[k] !== g) {
          seen[k] = g;
          sum[k] = 0;
          touched[count++] = k;
        }
        sum[k]! += w * value[e]!;
      }
    }
    for (let i = 0; i < count; i++) {
      const line = touched[i]! * size;
      const s = (packed[i] = sum[touched[i]!]!);
      // Each two of them once, whichever comes first: the halves are added below.
      for (let j = 0; j <= i; j++) meat[line + touched[j]!]! += s * packed[j]!;
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) meat[i * size + j] = meat[j * size + i] = meat[i * size + j]! + meat[j * size + i]!;
  }
  return meat;
}

/**
 * Of one parameter after the ratings, its place on the diagonal of {@link sandwich}'s robust covariance, without the rest:
 * Σ_g (f·s_g)² · G/(G − 1), f its row of F⁻¹.
 */
export function robustVariance(likelihood: Likelihood, fit: Fit, parameter: number): number {
  const { size, observations, weight, cluster, clusters } = likelihood;
  const unit = new Float64Array(size);
  unit[parameter] = 1;
  const f = solve(fit.factor, size, unit);
  const { start, column, value, row } = likelihood.scores(fit.x);
  const along = new Float64Array(start.length - 1);
  for (let r = 0; r < along.length; r++) for (let e = start[r]!; e < start[r + 1]!; e++) along[r]! += f[column[e]!]! * value[e]!;
  const sums = new Float64Array(clusters);
  for (let o = 0; o < observations; o++) sums[cluster[o]!]! += weight[o]! * along[row === undefined ? o : row[o]!]!;
  return sums.reduce((total, s) => total + s * s, 0) * (clusters > 1 ? clusters / (clusters - 1) : 1);
}

/** Observations sorted by cluster (counting sort), and where each cluster begins. */
function byCluster({ observations, cluster, clusters }: Likelihood): { order: Int32Array; first: Int32Array } {
  const first = new Int32Array(clusters + 1);
  for (let o = 0; o < observations; o++) first[cluster[o]! + 1]!++;
  for (let g = 0; g < clusters; g++) first[g + 1]! += first[g]!;
  const place = first.slice();
  const order = new Int32Array(observations);
  for (let o = 0; o < observations; o++) order[place[cluster[o]!]!++] = o;
  return { order, first };
}

/** The part of the inverse that centred ratings have: without the direction that was pinned. */
function centredBlock(matrix: Float64Array, models: number, size: number): Float64Array {
  const result = matrix.slice();
  const mean = new Float64Array(size);
  for (let j = 0; j < size; j++) for (let i = 0; i < models; i++) mean[j]! += matrix[i * size + j]! / models;
  let all = 0;
  for (let j = 0; j < models; j++) all += mean[j]! / models;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const inI = i < models;
      const inJ = j < models;
      result[i * size + j]! += (inI && inJ ? all : 0) - (inI ? mean[j]! : 0) - (inJ ? mean[i]! : 0);
    }
  }
  return result;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const aik = a[i * n + k]!;
      if (aik === 0) continue;
      for (let j = 0; j < n; j++) c[i * n + j]! += aik * b[k * n + j]!;
    }
  }
  return c;
}
