import { constant, type Graph, type Value } from '../engine/graph';
import { add, causalAttention, linear, reshape, rope, transpose } from '../engine/ops';
import { adapted } from './adapter';
import type { ModelConfig } from './config';

/** Weights of a model as graph values, by Hugging Face name. */
export type Weights = Readonly<Record<string, Value>>;

/** What does not differ between layers. */
export interface Positions {
  readonly batch: number;
  readonly length: number;
  /** [T, headDim / 2] */
  readonly cos: Value;
  readonly sin: Value;
}

/** Rotary angles t · θ^(−2i/d) (Su et al. 2021), computed in double precision. */
export function positions(g: Graph, config: ModelConfig, batch: number, length: number): Positions {
  const half = config.headDim / 2;
  const angle = (i: number): number => Math.floor(i / half) * config.ropeTheta ** (-(i % half) / half);
  const table = (f: (x: number) => number, name: string): Value =>
    constant(g, Float32Array.from({ length: length * half }, (_, i) => f(angle(i))), 'float32', [length, half], name);
  return {
    batch,
    length,
    cos: table(Math.cos, 'rope_cos'),
    sin: table(Math.sin, 'rope_sin'),
  };
}

/**
 * Causal self-attention of one layer: x [B·T, D] to [B·T, D]. Consecutive query heads share a key head, so [B, H, T, d] is
 * [B·Hkv, G, T, d] as it lies in memory: grouped queries cost no copies.
 */
export function selfAttention(g: Graph, config: ModelConfig, p: Weights, prefix: string, x: Value, at: Positions): Value {
  const { heads, kvHeads, headDim } = config;
  const { batch, length } = at;
  const split = (name: string, n: number): Value =>
    transpose(g, reshape(g, project(g, p, `${prefix}.${name}`, x), [batch, length, n, headDim]), [0, 2, 1, 3]); // [B, n, T, d]

  const q = reshape(g, rope(g, split('q_proj', heads), at.cos, at.sin), [batch * kvHeads, heads / kvHeads, length, headDim]);
  const k = reshape(g, rope(g, split('k_proj', kvHeads), at.cos, at.sin), [batch * kvHeads, length, headDim]);
  const v = reshape(g, split('v_proj', kvHeads), [batch * kvHeads, length, headDim]);
  const mixed = reshape(g, causalAttention(g, q, k, v, headDim ** -0.5), [batch, heads, length, headDim]);
  return project(g, p, `${prefix}.o_proj`, reshape(g, transpose(g, mixed, [0, 2, 1, 3]), [batch * length, heads * headDim]));
}

/** x Wᵀ, plus the bias when the model has one, plus what an adapter adds. */
export function project(g: Graph, p: Weights, name: string, x: Value): Value {
  const y = linear(g, x, weight(p, `${name}.weight`));
  const bias = p[`${name}.bias`];
  return adapted(g, p, name, x, bias === undefined ? y : add(g, y, bias));
}

/** The weight called `name`; throws when the model has none. */
export function weight(p: Weights, name: string): Value {
  const value = p[name];
  if (value === undefined) throw new Error(`no weight ${name}`);
  return value;
}
