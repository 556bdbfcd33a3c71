import { constant, type Graph, type Value } from '../engine/graph';
import { add, attention, linear, reshape, rope, transpose } from '../engine/ops';
import type { ModelConfig } from './config';

/** Weights of a model as graph values, by Hugging Face name. */
export type Weights = Readonly<Record<string, Value>>;

/** What does not differ between layers: rotary tables and the causal mask. */
export interface Positions {
  readonly batch: number;
  readonly length: number;
  /** [T, headDim / 2] */
  readonly cos: Value;
  readonly sin: Value;
  /** [G·T, T], G query heads to a key head: 0 on and below the diagonal. */
  readonly mask: Value;
}

/** Rotary angles t · θ^(−2i/d) (Su et al. 2021), computed in double precision, and the causal mask for rows of `length` tokens. */
export function positions(g: Graph, config: ModelConfig, batch: number, length: number): Positions {
  const half = config.headDim / 2;
  const angle = (i: number): number => Math.floor(i / half) * config.ropeTheta ** (-(i % half) / half);
  const table = (f: (x: number) => number, name: string): Value =>
    constant(g, Float32Array.from({ length: length * half }, (_, i) => f(angle(i))), 'float32', [length, half], name);
  const group = config.heads / config.kvHeads;
  const mask = new Float32Array(group * length * length);
  for (let row = 0; row < group * length; row++) mask.fill(forbidden, row * length + (row % length) + 1, (row + 1) * length);
  return {
    batch,
    length,
    cos: table(Math.cos, 'rope_cos'),
    sin: table(Math.sin, 'rope_sin'),
    mask: constant(g, mask, 'float32', [group * length, length], 'causal_mask'),
  };
}

/** Added to a score that must not count: its exponential is exactly 0, and nothing overflows. */
const forbidden = -1e30;

/**
 * Causal self-attention of one layer: x [B·T, D] to [B·T, D]. Query heads that share a key head are laid one under another, so that grouped
 * queries cost no copies: q [B, Hkv, G·T, d] against k [B, Hkv, T, d].
 */
export function selfAttention(g: Graph, config: ModelConfig, p: Weights, prefix: string, x: Value, at: Positions): Value {
  const { heads, kvHeads, headDim } = config;
  const { batch, length } = at;
  const split = (name: string, n: number): Value =>
    transpose(g, reshape(g, project(g, p, `${prefix}.${name}`, x), [batch, length, n, headDim]), [0, 2, 1, 3]); // [B, n, T, d]

  const q = reshape(g, rope(g, split('q_proj', heads), at.cos, at.sin), [batch, kvHeads, -1, headDim]);
  const k = rope(g, split('k_proj', kvHeads), at.cos, at.sin);
  const v = split('v_proj', kvHeads);
  const mixed = reshape(g, attention(g, q, k, v, at.mask, headDim ** -0.5), [batch, heads, length, headDim]);
  return project(g, p, `${prefix}.o_proj`, reshape(g, transpose(g, mixed, [0, 2, 1, 3]), [batch * length, heads * headDim]));
}

/** x Wᵀ, plus the bias when the model has one. */
export function project(g: Graph, p: Weights, name: string, x: Value): Value {
  const y = linear(g, x, weight(p, `${name}.weight`));
  const bias = p[`${name}.bias`];
  return bias === undefined ? y : add(g, y, bias);
}

/** The weight called `name`; throws when the model has none. */
export function weight(p: Weights, name: string): Value {
  const value = p[name];
  if (value === undefined) throw new Error(`no weight ${name}`);
  return value;
}
