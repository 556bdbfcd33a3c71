import type { ModelConfig } from './config';
import type { Net } from './lora';
import { elements, layoutParams, view, type Params } from './params';
import { modelSpecs } from './specs';

/** How many numbers a model's score head gives of a text. */
export const outputCount = ({ labels }: ModelConfig): number => labels ?? 1;

/**
 * A model with one output, Σ wₖ·outputₖ: the head has no bias, so that this is the same model with a head of w·V (V [L, D]). It has weights of
 * its own, and costs no more to run than a model with one output. @param net not one with an adapter
 */
export function combineOutputs({ config, params }: Net, weights: readonly number[]): Net {
  const { labels, ...one } = config;
  if (weights.length !== (labels ?? 1)) throw new Error(`${weights.length} weights for ${labels ?? 1} outputs`);
  const out = layoutParams(modelSpecs(one, 'score'), undefined, params.stored);
  for (const { name, offset } of out.specs) {
    if (name === 'score.weight') view(out, name).set(weightedRows(elements(params, name), weights));
    else if (offset >= 0) view(out, name).set(view(params, name));
  }
  return { config: one, params: out };
}

/** Σ wₖ·rowₖ of a matrix [L, D]. */
function weightedRows(matrix: Float32Array, weights: readonly number[]): Float32Array {
  const width = matrix.length / weights.length;
  return Float32Array.from({ length: width }, (_, d) => weights.reduce((sum, w, k) => sum + w * matrix[k * width + d]!, 0));
}

/** Multiplies each output of a score head by its factor, in place: a temperature in the weights, which every reader of the model then has. */
export function scaleOutputs(params: Params, factors: readonly number[]): void {
  const head = view(params, 'score.weight');
  const width = head.length / factors.length;
  for (let i = 0; i < head.length; i++) head[i]! *= factors[Math.floor(i / width)]!;
}
