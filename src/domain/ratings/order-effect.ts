import type { PairColumns } from './columns';
import type { Ties } from './links';
import { maximize, ranAway, ridgeOf } from './newton';
import { pairwise } from './pairwise';
import { robustVariance } from './sandwich';
import { t95 } from './student';

/** Was the first one shown preferred? */
export interface OrderEffect {
  /** Comparisons of which it is known what was shown first. */
  readonly known: number;
  /** Of those, decided ones that the first one won. */
  readonly firstWins: number;
  readonly decided: number;
  /** Undefined when it cannot be told; `reason` says why. */
  readonly delta?: { readonly value: number; readonly low: number; readonly high: number };
  readonly reason?: 'unknown' | 'few-prompts' | 'confounded';
}

/**
 * The order effect δ of η = θa − θb + δz (z = +1: a was shown first) with a 95 % interval clustered by prompt. Of two
 * equal answers the first is preferred with chance σ(δ). The labeler's habit is one number for all models; where models
 * differ in it, it is their mean.
 * @param lambda the ridge that the ratings needed, or 0
 * @param near the fit of the same comparisons without the effect, to begin from, where there is one: it saves half the work
 */
export function orderEffect(data: PairColumns, ties: Ties, lambda: number, near?: Float64Array): OrderEffect {
  let known = 0;
  let decided = 0;
  let firstWins = 0;
  for (let c = 0; c < data.a.length; c++) {
    const z = data.order[c]!;
    if (z === 0) continue;
    known++;
    if (data.outcome[c] === 0.5) continue;
    decided++;
    if ((data.outcome[c] === 1) === (z > 0)) firstWins++;
  }
  const counts = { known, firstWins, decided };
  if (decided === 0) return { ...counts, reason: 'unknown' };
  if (data.clusters < 2) return { ...counts, reason: 'few-prompts' };
  const model = pairwise(data, { ties, order: true });
  const ridge = ridgeOf(model, lambda);
  for (const k of model.places.style) ridge[k] = lambda;
  const at = model.places.order!;
  const start = near === undefined ? model.start() : Float64Array.of(...near.subarray(0, at), 0, ...near.subarray(at));
  const fit = maximize(model.weighted(data.weight), start, ridge);
  // Always shown in the same order, or always preferred when first: no finite number fits.
  if (ranAway(fit)) return { ...counts, reason: 'confounded' };
  const value = fit.x[at]!;
  const half = t95(data.clusters - 1) * Math.sqrt(robustVariance(model, fit, at));
  return { ...counts, delta: { value, low: value - half, high: value + half } };
}
