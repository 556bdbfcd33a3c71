import { cholesky, solve } from './cholesky';
import type { Objective } from './likelihood';

export interface Fit {
  /** Ratings centred at mean 0, then the other parameters. */
  readonly x: Float64Array;
  /** Log-likelihood, without the penalty. */
  readonly logLik: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** Cholesky factor of the penalised information with the ratings' mean held fixed (size × size). */
  readonly factor: Float64Array;
}

/** By parameter: λ of the penalty (λ/2)x². */
export type Ridge = Float64Array;

const maxIterations = 60;
/** The largest step of the last iteration, in natural logarithms. */
const tolerance = 1e-10;
/** Beyond this a rating is on its way to infinity: odds of nine orders of magnitude. */
const runaway = 20;

/**
 * Maximises a concave log-likelihood less a ridge by Newton's method with step halving. The ratings are known up to a
 * constant, so that the information lacks rank one: 11ᵀ over the ratings, times its own size, is added, which changes no
 * other direction, and the ratings are centred (Hunter 2004, Ann. Statist. 32(1) §2, for the model).
 * @param start where to begin; a fit of similar data saves iterations
 */
export function maximize(objective: Objective, start: Float64Array, ridge: Ridge): Fit {
  const { size, models } = objective;
  let x = centred(start, models);
  let gradient = new Float64Array(size);
  let information = new Float64Array(size * size);
  let logLik = objective.evaluate(x, gradient, information);
  let converged = false;
  let iterations = 0;
  let factor = factorOf(information, ridge, models, size);
  while (!converged && iterations < maxIterations && factor !== undefined && Number.isFinite(logLik)) {
    iterations++;
    const slope = gradient.map((g, i) => g - ridge[i]! * x[i]!);
    const step = solve(factor, size, slope);
    const height = logLik - penalty(x, ridge);
    let taken = false;
    for (let part = 1; part > 1e-9 && !taken; part /= 2) {
      const next = centred(x.map((v, i) => v + part * step[i]!), models);
      const nextGradient = new Float64Array(size);
      const nextInformation = new Float64Array(size * size);
      const nextLogLik = objective.evaluate(next, nextGradient, nextInformation);
      // Rounding may make a step at the top look like one down.
      if (!(nextLogLik - penalty(next, ridge) >= height - 1e-12 * Math.abs(height))) continue;
      taken = true;
      converged = part * largest(step) < tolerance;
      [x, gradient, information, logLik] = [next, nextGradient, nextInformation, nextLogLik];
    }
    factor = factorOf(information, ridge, models, size);
    if (!taken) {
      converged = largest(step) < 1e-6;
      break;
    }
    if (largest(x) > runaway) break;
  }
  return { x, logLik, iterations, converged, factor: factor ?? identity(size) };
}

/** Whether a fit ran to infinity or did not settle: what a ridge cures. */
export function ranAway(fit: Fit): boolean {
  return !fit.converged || largest(fit.x) > runaway;
}

/** The same λ for the ratings and another one for the parameters after them. */
export function ridgeOf(objective: { readonly models: number; readonly size: number }, ratings: number, others = 0): Ridge {
  return new Float64Array(objective.size).fill(ratings, 0, objective.models).fill(others, objective.models);
}

function factorOf(information: Float64Array, ridge: Ridge, models: number, size: number): Float64Array | undefined {
  let trace = 0;
  for (let i = 0; i < models; i++) trace += information[i * size + i]!;
  const pin = Math.max(trace / models, 1e-6) / models;
  const full = information.slice();
  for (let i = 0; i < models; i++) for (let j = 0; j <= i; j++) full[i * size + j]! += pin;
  for (let i = 0; i < size; i++) full[i * size + i]! += ridge[i]!;
  return cholesky(full, size);
}

function centred(x: Float64Array, models: number): Float64Array {
  let mean = 0;
  for (let i = 0; i < models; i++) mean += x[i]! / models;
  return x.map((v, i) => (i < models ? v - mean : v));
}

function penalty(x: Float64Array, ridge: Ridge): number {
  return x.reduce((sum, v, i) => sum + 0.5 * ridge[i]! * v * v, 0);
}

function largest(x: Float64Array): number {
  return x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

function identity(n: number): Float64Array {
  const m = new Float64Array(n * n);
  for (let i = 0; i < n; i++) m[i * n + i] = 1;
  return m;
}
