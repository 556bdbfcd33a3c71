import type { Rng } from '../base/rng';
import { constant, input, type DType, type Graph, type Value } from '../engine/graph';
import { add, gather, linear, mul, pad, reshape, slice, storedMatmul, storedRows } from '../engine/ops';
import { adapterInputs } from './adapter';
import { descriptionOf, type ModelConfig } from './config';
import { lastPieces, pickedPieces } from './last-pieces';
import type { Layout } from './layout';
import { layoutParams, scalesName, view, type NamedShape, type Params } from './params';
import { modelSpecs, type Head } from './specs';
import { norm, trainingPieces, weight, type Weights } from './training-pieces';

/**
 * A model from scratch: matrices N(0, initializer_range), norms neutral, biases 0, as transformers does; `score.weight`
 * N(0, 1/√(d+1)) (Stiennon et al. 2020, lm-human-preferences).
 */
export function initParams(config: ModelConfig, head: Head, rng: Rng): Params {
  const specs = modelSpecs(config, head);
  const params = layoutParams(specs);
  for (const { name, start } of specs) {
    const data = view(params, name);
    if ('fill' in start) data.fill(start.fill);
    else for (let i = 0; i < data.length; i++) data[i] = start.std * rng.normal();
  }
  return params;
}

/**
 * Declares every weight as a graph input under its Hugging Face name: for training, where weights change at every step. With `nameOf` only those
 * that it has a name for, under that name.
 */
export function paramInputs(g: Graph, config: ModelConfig, head: Head, nameOf: (name: string) => string | undefined = (name) => name): Weights {
  const specs = modelSpecs(config, head);
  return { ...Object.fromEntries(specs.flatMap((s) => weightInputs(g, config, s, nameOf))), ...adapterInputs(g, config.lora, specs, nameOf) };
}

/** A weight as it is stored: blocks of small integers have their scales as a second input. */
function weightInputs(g: Graph, { stored }: ModelConfig, { name, shape }: NamedShape, nameOf: (name: string) => string | undefined): [string, Value][] {
  const declared = (own: string, dtype: DType, size: readonly number[]): [string, Value][] => {
    const as = nameOf(own);
    return as === undefined ? [] : [[own, input(g, as, dtype, size)]];
  };
  const own = stored?.get(name);
  if (own === undefined) return declared(name, 'float32', shape);
  if (own.kind === 'halves') return declared(name, own.place.dtype === 'F16' ? 'float16' : 'uint16', shape);
  const blocks = own.scales.length;
  return [...declared(name, 'uint8', [blocks, own.values.length / blocks]), ...declared(scalesName(name), 'float32', [blocks])];
}

/** Bakes the weights into the graph: faster to run, and fixed (the data must not change while sessions are created). */
export function paramConstants(g: Graph, params: Params): Weights {
  return Object.fromEntries(params.specs.map(({ name, shape }) => [name, constant(g, view(params, name), 'float32', shape, name)]));
}

/**
 * The trunk: ids int64 [B, T] to hidden states [B, T, D] after the final norm. Rows are padded on the right with any valid id; attention
 * is causal, so what real tokens see does not depend on padding, and callers read real positions only. A row is one text, or has a layout.
 */
export function hidden(g: Graph, config: ModelConfig, p: Weights, ids: Value, layout?: Layout): Value {
  const [batch, length] = ids.shape as [number, number];
  const pieces = trainingPieces(g, p, batch, length, layout);
  let x = embedded(g, config, p, ids, layout);
  for (let i = 0; i < config.layers; i++) x = descriptionOf(config).block(pieces, x, i);
  return normed(g, config, p, x, batch);
}

/** What the first layer of the trunk reads, [B·T, D]. */
export function embedded(g: Graph, config: ModelConfig, p: Weights, ids: Value, layout?: Layout): Value {
  const [batch, length] = ids.shape as [number, number];
  const model = descriptionOf(config);
  const table = weight(p, `${model.embedding}.weight`);
  let x = (table.dtype === 'float32' ? gather : storedRows)(g, table, reshape(g, ids, [-1])); // [B·T, D]
  if (model.embeddingScale !== undefined) x = mul(g, x, model.embeddingScale);
  if (model.positions === undefined) return x;
  if (layout !== undefined) return add(g, x, gather(g, weight(p, `${model.positions}.weight`), reshape(g, layout.positions, [-1])));
  // Rows are padded to round lengths; what is beyond the table is padding, since callers keep to `maxPositions`.
  const known = Math.min(length, config.maxPositions);
  const positions = pad(g, slice(g, weight(p, `${model.positions}.weight`), 0, 0, known), 0, 0, length - known);
  return reshape(g, add(g, reshape(g, x, [batch, length, -1]), positions), [batch * length, -1]);
}

/** One layer of the trunk, [B·T, D] to [B·T, D]. */
export function layer(g: Graph, config: ModelConfig, p: Weights, x: Value, index: number, batch: number): Value {
  return descriptionOf(config).block(trainingPieces(g, p, batch, x.shape[0]! / batch), x, index);
}

/** What leaves the trunk: [B·T, D] of its last layer to [B, T, D] after the final norm. */
export function normed(g: Graph, config: ModelConfig, p: Weights, x: Value, batch: number): Value {
  return reshape(g, norm(g, p, x, descriptionOf(config).finalNorm), [batch, x.shape[0]! / batch, -1]);
}

/** Which layer a tensor belongs to, by its Hugging Face name; undefined for those of none: embedding, final norm, heads. */
export function layerOf(name: string): number | undefined {
  const index = /\.(\d+)\./.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

/**
 * The trunk where K places a row are read: ids int64 [B, T] and ends int64 [B·K], places b·T + t of row b, to hidden states [B·K, D]. The same as
 * {@link rowsOf} of {@link hidden}, for less: the last block does nothing for the other places but their keys and values. Without a layout K is 1.
 */
export function hiddenAtEnds(g: Graph, config: ModelConfig, p: Weights, ids: Value, ends: Value, layout?: Layout): Value {
  const [batch, length] = ids.shape as [number, number];
  const model = descriptionOf(config);
  const pieces = trainingPieces(g, p, batch, length, layout);
  let x = embedded(g, config, p, ids, layout);
  for (let i = 0; i < config.layers - 1; i++) x = model.block(pieces, x, i);
  return norm(g, p, model.block(lastPieces(g, p, batch, length, pieces, ends, layout), x, config.layers - 1), model.finalNorm);
}

/**
 * The trunk where some places are read: ids int64 [B, T] and places int64 [N], b·T + t, to hidden states [N, D]. The same as {@link rowsOf} of
 * {@link hidden}, with less of the last block. No place may come twice, but for one of which nothing flows back.
 */
export function hiddenAt(g: Graph, config: ModelConfig, p: Weights, ids: Value, places: Value, layout?: Layout): Value {
  const [batch, length] = ids.shape as [number, number];
  const cells = batch * length;
  if (places.shape[0]! >= cells) return rowsOf(g, hidden(g, config, p, ids, layout), places);
  const model = descriptionOf(config);
  const pieces = trainingPieces(g, p, batch, length, layout);
  let x = embedded(g, config, p, ids, layout);
  for (let i = 0; i < config.layers - 1; i++) x = model.block(pieces, x, i);
  return norm(g, p, model.block(pickedPieces(g, pieces, cells, places), x, config.layers - 1), model.finalNorm);
}

/** The output matrix [V, D]: one of its own, or the embedding when they are tied. */
export function headWeight(config: ModelConfig, p: Weights): Value {
  const model = descriptionOf(config);
  return weight(p, `${config.tieWordEmbeddings ? model.embedding : model.output}.weight`);
}

/** Hidden states [B, T, D] at flat positions rows int64 [N] (b·T + t): [N, D]. */
export function rowsOf(g: Graph, h: Value, rows: Value): Value {
  return gather(g, reshape(g, h, [-1, h.shape.at(-1)!]), rows);
}

/** Logits [N, V] of hidden states [N, D]. */
export function logitsAt(g: Graph, config: ModelConfig, p: Weights, h: Value): Value {
  const w = headWeight(config, p);
  return w.dtype === 'float32' ? linear(g, h, w) : storedMatmul(g, h, { data: w, rows: w.shape[0]! }, { transB: true });
}

/** What the score head says of each of the hidden states [N, D], flat: [N] rewards or values, or [N·L] with L outputs, those of one state together. */
export function scores(g: Graph, _config: ModelConfig, p: Weights, h: Value): Value {
  return reshape(g, linear(g, h, weight(p, 'score.weight')), [-1]);
}
