import { constant, type Graph, type Value } from '../engine/graph';
import { add, causalAttention, concat, gelu, layerNorm, linear, matmul, mul, reshape, rmsNorm, rope, silu, slice, storedMatmul, transpose } from '../engine/ops';
import { adapted } from './adapter';
import type { Activation, Attention, Norm, Pieces, Projection } from './family';
import { maskOf, type Layout } from './layout';
import { scalesName } from './params';
import { ropeKey, ropeTables, type Rope } from './rope';

/** Weights of a model as graph values, by Hugging Face name. */
export type Weights = Readonly<Record<string, Value>>;

export interface TrainingPieces extends Pieces<Value> {
  /** `at` picks from [B·T, H·d] the places of which an output is wanted. */
  attention(x: Value, attention: Attention, at?: (mixed: Value) => Value): Value;
  /** Keys, turned, and values of every place: both [B·Hkv, T, d]. */
  keysAndValues(x: Value, attention: Attention): { k: Value; v: Value };
  /** [B, T, T]: what a row's layout forbids, if it has one. */
  mask(window: number | undefined): Value | undefined;
}

/** The pieces of blocks in a graph that can be differentiated; activations are [B·T, D]. A row is one text, or has a layout. */
export function trainingPieces(g: Graph, p: Weights, batch: number, length: number, layout?: Layout): TrainingPieces {
  const masks = new Map<number | undefined, Value>();
  const mask = (window: number | undefined): Value | undefined => {
    if (layout === undefined) return undefined;
    const found = masks.get(window) ?? maskOf(g, layout, window);
    masks.set(window, found);
    return found;
  };
  const tables = new Map<string, { cos: Value; sin: Value }>();
  const tableOf = (r: Rope): { cos: Value; sin: Value } => {
    const found = tables.get(ropeKey(r));
    if (found !== undefined) return found;
    const { cos, sin } = ropeTables(r, length);
    const named = (data: Float32Array, name: string): Value => constant(g, data, 'float32', [length, r.size / 2], tables.size === 0 ? name : `${name}_${tables.size}`);
    const made = { cos: named(cos, 'rope_cos'), sin: named(sin, 'rope_sin') };
    tables.set(ropeKey(r), made);
    return made;
  };
  const normed = (x: Value, n: Norm): Value => norm(g, p, x, n);

  /** Turns the first elements of each head of x [B, n, T, d]. */
  const turned = (x: Value, r: Rope | undefined): Value => {
    if (r === undefined) return x;
    const { cos, sin } = tableOf(r);
    const d = x.shape[3]!;
    const turn = (y: Value): Value => rope(g, y, cos, sin, layout?.positions);
    return r.size === d ? turn(x) : concat(g, [turn(slice(g, x, 3, 0, r.size)), slice(g, x, 3, r.size, d)], 3);
  };

  return {
    mask,
    add: (x, y) => add(g, x, y),
    norm: normed,
    mlp(x, { gate, up, down, activation }) {
      if (gate === undefined) return project(g, p, down, activate(g, activation, project(g, p, up, x)));
      return project(g, p, down, mul(g, activate(g, activation, project(g, p, gate, x)), project(g, p, up, x)));
    },
    keysAndValues: (x, a) => keysAndValues(inputsOf(x, a), a),
    // Consecutive query heads share a key head, so [B, H, T, d] is [B·Hkv, G, T, d] as it lies in memory: grouped queries cost no copies.
    attention(x, a, at = (mixed) => mixed) {
      const { heads, kvHeads, headDim } = a;
      const parts = inputsOf(x, a);
      const q = reshape(g, turned(parts.q(), a.rope), [batch * kvHeads, heads / kvHeads, length, headDim]);
      const { k, v } = keysAndValues(parts, a);
      const mixed = reshape(g, causalAttention(g, q, k, v, a.scale, { window: a.window ?? 0, mask: mask(a.window) }), [batch, heads, length, headDim]);
      return project(g, p, a.output, at(reshape(g, transpose(g, mixed, [0, 2, 1, 3]), [batch * length, heads * headDim])));
    },
  };

  function keysAndValues(parts: ReturnType<typeof inputsOf>, { rope, kvHeads, headDim }: Attention): { k: Value; v: Value } {
    const k = reshape(g, turned(parts.k(), rope), [batch * kvHeads, length, headDim]);
    return { k, v: reshape(g, parts.v(), [batch * kvHeads, length, headDim]) };
  }

  /** Queries [B, H, T, d], keys and values [B, Hkv, T, d], added to the graph one by one: what is made last is used next. */
  function inputsOf(x: Value, { inputs, heads, kvHeads, headDim, norms }: Attention): Readonly<Record<'q' | 'k' | 'v', () => Value>> {
    if ('joined' in inputs) {
      const shape = inputs.order === 'q k v' ? [batch, length, 3, heads, headDim] : [batch, length, heads, 3, headDim];
      const perm = inputs.order === 'q k v' ? [2, 0, 3, 1, 4] : [3, 0, 2, 1, 4];
      const all = transpose(g, reshape(g, project(g, p, inputs.joined, x), shape), perm); // [3, B, H, T, d]
      const part = (i: number) => (): Value => reshape(g, slice(g, all, 0, i, i + 1), [batch, heads, length, headDim]);
      return { q: part(0), k: part(1), v: part(2) };
    }
    const split = (projection: Projection, n: number, own?: Norm) => (): Value => {
      const y = project(g, p, projection, x);
      const byHead = reshape(g, own !== undefined && norms?.over === 'all heads' ? normed(y, own) : y, [batch, length, n, headDim]);
      return transpose(g, own !== undefined && norms?.over === 'head' ? normed(byHead, own) : byHead, [0, 2, 1, 3]);
    };
    return { q: split(inputs.q, heads, norms?.q), k: split(inputs.k, kvHeads, norms?.k), v: split(inputs.v, kvHeads) };
  }
}

/** A norm over the last axis. */
export function norm(g: Graph, p: Weights, x: Value, { name, kind, epsilon, plusOne }: Norm): Value {
  const w = weight(p, `${name}.weight`);
  if (kind === 'layer') return layerNorm(g, x, w, weight(p, `${name}.bias`), epsilon);
  return rmsNorm(g, x, plusOne === true ? add(g, w, 1) : w, epsilon);
}

/** x Wᵀ, plus the bias when the projection has one, plus what an adapter adds. */
export function project(g: Graph, p: Weights, projection: Projection, x: Value): Value {
  const { name, bias } = projection;
  const y = projected(g, p, projection, x);
  return adapted(g, p, name, x, bias ? add(g, y, weight(p, `${name}.bias`)) : y);
}

function projected(g: Graph, p: Weights, { name, to, flipped }: Projection, x: Value): Value {
  const w = weight(p, `${name}.weight`);
  if (w.dtype === 'float32') return flipped === true ? matmul(g, x, w) : linear(g, x, w);
  // Blocks are always [out, in].
  const scales = p[scalesName(`${name}.weight`)];
  const transB = flipped !== true || scales !== undefined;
  return storedMatmul(g, x, { data: w, scales, rows: transB ? to : w.shape[0]! }, { transB });
}

function activate(g: Graph, activation: Activation, x: Value): Value {
  return activation === 'silu' ? silu(g, x) : gelu(g, x, activation === 'gelu tanh');
}

/** The weight called `name`; throws when the model has none. */
export function weight(p: Weights, name: string): Value {
  const value = p[name];
  if (value === undefined) throw new Error(`no weight ${name}`);
  return value;
}
