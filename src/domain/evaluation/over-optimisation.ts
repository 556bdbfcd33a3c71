import type { Rng } from '../../base/rng';
import { pairedByCluster, type Estimate } from './bootstrap';

/**
 * Over-optimisation as Gao, Schulman and Hilton describe it (2022, arXiv 2210.10760): with d = √KL, the held-out ("gold") reward follows
 * d(α − βd) for best-of-n and d(α − β log d) for reinforcement learning, both counted from the reward of the start.
 */
export type CurveKind = 'best-of-n' | 'rl';

/** One policy: how far it is from the start, and what two reward models say of its answers. */
export interface SweepPoint {
  /** `best of 8`, or the name of a run. */
  readonly name: string;
  /** Nats. */
  readonly kl: number;
  /** Mean reward by prompt, in the same order of prompts at every point of a curve. */
  readonly proxy: readonly number[];
  readonly heldOut: readonly number[];
}

export interface Curve {
  readonly alpha: number;
  readonly beta: number;
  /** Share of the squares that the curve explains; about zero, since it goes through the origin. */
  readonly r2: number;
  /** Where it is highest, when β > 0: √KL and the reward gained there. */
  readonly peak?: { readonly d: number; readonly gain: number };
}

/** The second basis function: d² or d·log d. */
const second = (kind: CurveKind, d: number): number => (kind === 'best-of-n' ? d * d : d * Math.log(d));

/**
 * Least squares of gain = αd − βd² or αd − βd·log d. Points at d = 0 say nothing and are left out. Undefined with fewer than two different d.
 */
export function fitCurve(kind: CurveKind, points: readonly { readonly d: number; readonly gain: number }[]): Curve | undefined {
  const used = points.filter((p) => p.d > 0);
  let [aa, ab, bb, ay, by, yy] = [0, 0, 0, 0, 0, 0];
  for (const { d, gain } of used) {
    const s = -second(kind, d);
    aa += d * d;
    ab += d * s;
    bb += s * s;
    ay += d * gain;
    by += s * gain;
    yy += gain * gain;
  }
  const determinant = aa * bb - ab * ab;
  if (!(determinant > 1e-12 * aa * bb)) return undefined;
  const alpha = (ay * bb - by * ab) / determinant;
  const beta = (by * aa - ay * ab) / determinant;
  const left = used.reduce((sum, { d, gain }) => sum + (gain - curveAt(kind, { alpha, beta }, d)) ** 2, 0);
  return { alpha, beta, r2: yy > 0 ? 1 - left / yy : 1, ...peakOf(kind, alpha, beta) };
}

/** The curve's gain at d. */
export function curveAt(kind: CurveKind, { alpha, beta }: Pick<Curve, 'alpha' | 'beta'>, d: number): number {
  return d <= 0 ? 0 : alpha * d - beta * second(kind, d);
}

/** d(α − βd) is highest at α/2β; d(α − β log d) at exp(α/β − 1). */
function peakOf(kind: CurveKind, alpha: number, beta: number): { peak?: { d: number; gain: number } } {
  if (!(beta > 0)) return {};
  const d = kind === 'best-of-n' ? alpha / (2 * beta) : Math.exp(alpha / beta - 1);
  return d > 0 && Number.isFinite(d) ? { peak: { d, gain: curveAt(kind, { alpha, beta }, d) } } : {};
}

/** A stretch in which the proxy rises while the held-out reward falls. */
export interface Warning {
  /** The point with the highest held-out reward, and one beyond it that the proxy likes better. */
  readonly from: string;
  readonly to: string;
  readonly proxy: Estimate;
  readonly heldOut: Estimate;
  /** The interval of the fall leaves 0 out. */
  readonly sure: boolean;
}

/** Points beyond the best one by the held-out reward that the proxy takes for better still. Intervals draw prompts again. */
export function overOptimised(points: readonly SweepPoint[], rng: Rng): Warning[] {
  const sorted = points.toSorted((a, b) => a.kl - b.kl);
  const best = sorted.reduce<SweepPoint | undefined>((top, p) => (top === undefined || mean(p.heldOut) > mean(top.heldOut) ? p : top), undefined);
  if (best === undefined) return [];
  return sorted.slice(sorted.indexOf(best) + 1).flatMap((p) => {
    if (!(mean(p.proxy) > mean(best.proxy) && mean(p.heldOut) < mean(best.heldOut))) return [];
    const change = (of: 'proxy' | 'heldOut'): Estimate => pairedByCluster(partsOf(best[of]), partsOf(p[of]), rng);
    const heldOut = change('heldOut');
    return [{ from: best.name, to: p.name, proxy: change('proxy'), heldOut, sure: (heldOut.high ?? 0) < 0 }];
  });
}

const partsOf = (values: readonly number[]): { cluster: number; sum: number; weight: number }[] => values.map((sum, cluster) => ({ cluster, sum, weight: 1 }));

export const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
