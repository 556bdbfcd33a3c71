/** One step of AdamW. Field names are those of the settings in `run.json`. */
export interface AdamwStep {
  /** All parameters; the first `decayLength` are decayed. Updated in place. */
  readonly params: { readonly data: Float32Array; readonly decayLength: number };
  readonly grads: Float32Array;
  /** Factor on every gradient, 1 if absent: {@link clipScale} without a pass over the gradients of its own. */
  readonly scale?: number;
  /** First and second moments, zeros before the first step. Updated in place. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** Number of this step, from 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Decoupled: θ ← θ − lr · λ · θ before the step (Loshchilov and Hutter 2019). */
  readonly weightDecay: number;
  /**
   * `torch`, the default, corrects v before ε is added: m̂ / (√v̂ + ε). `tensorflow` adds ε to the uncorrected √v, as
   * lm-human-preferences did: lr √(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + ε). They differ early, where gradients are as small as ε.
   */
  readonly style?: 'torch' | 'tensorflow';
}

/** AdamW over flat arrays, in place, in one pass. The same input gives the same bits. Throws when lengths differ. */
export function adamwStep({ params, grads, m, v, step, learningRate, beta1, beta2, eps, weightDecay, scale = 1, style = 'torch' }: AdamwStep): void {
  const { data, decayLength } = params;
  const n = data.length;
  if (grads.length !== n || m.length !== n || v.length !== n) throw new Error(`${n} parameters, ${grads.length} gradients, ${m.length} and ${v.length} moments`);
  if (!(step >= 1)) throw new Error(`Adam counts its steps from 1, not ${step}`);
  // m̂ / (√v̂ + ε) = (√c₂ / c₁) m / (√v + ε √c₂): both styles are one loop with different constants.
  const correction2 = Math.sqrt(1 - beta2 ** step);
  const stepSize = (learningRate * correction2) / (1 - beta1 ** step);
  const epsilon = style === 'torch' ? eps * correction2 : eps;
  const keep = 1 - learningRate * weightDecay;
  updateRange(data, grads, m, v, 0, decayLength, beta1, 1 - beta1, beta2, 1 - beta2, stepSize, epsilon, keep, scale);
  updateRange(data, grads, m, v, decayLength, n, beta1, 1 - beta1, beta2, 1 - beta2, stepSize, epsilon, 1, scale);
}

/** The loop, with nothing but parameters: inside of a closure it takes 1.5 times as long (see docs/decisions/optimizer.md). */
function updateRange(
  data: Float32Array, grads: Float32Array, m: Float32Array, v: Float32Array, start: number, end: number,
  beta1: number, rest1: number, beta2: number, rest2: number, stepSize: number, epsilon: number, keep: number, scale: number,
): void {
  for (let i = start; i < end; i++) {
    const g = grads[i]! * scale;
    const mi = m[i]! * beta1 + g * rest1;
    const vi = v[i]! * beta2 + g * g * rest2;
    m[i] = mi;
    v[i] = vi;
    data[i] = data[i]! * keep - (stepSize * mi) / (Math.sqrt(vi) + epsilon);
  }
}

/** Euclidean norm over all gradients. Summed in double precision: no overflow, and the order of terms hardly matters. */
export function globalNorm(grads: Float32Array): number {
  // Four sums, so that none waits for the one before: 12 instead of 21 ms for 15 million.
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = grads.length - (grads.length % 4);
  for (let i = 0; i < fours; i += 4) {
    a += grads[i]! * grads[i]!;
    b += grads[i + 1]! * grads[i + 1]!;
    c += grads[i + 2]! * grads[i + 2]!;
    d += grads[i + 3]! * grads[i + 3]!;
  }
  for (let i = fours; i < grads.length; i++) a += grads[i]! * grads[i]!;
  return Math.sqrt(a + b + c + d);
}

/** The factor that brings a norm down to `maxNorm` (1 when it is already below), as `torch.nn.utils.clip_grad_norm_` computes it. */
export function clipScale(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}

/** Adds one micro-batch's gradients to the sum. */
export function accumulate(sum: Float32Array, grads: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += grads[i]!;
}
