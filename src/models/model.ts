import type { Rng } from '../base/rng';
import { constant, input, type Graph, type Value } from '../engine/graph';
import { add, gather, linear, mul, pad, reshape, slice, storedMatmul, storedRows } from '../engine/ops';
import { adapterInputs } from './adapter';
import { descriptionOf, type ModelConfig } from './config';
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

/** Declares every weight as a graph input under its Hugging Face name: for training, where weights change at every step. */
export function paramInputs(g: Graph, config: ModelConfig, head: Head): Weights {
  const specs = modelSpecs(config, head);
  return { ...Object.fromEntries(specs.flatMap((s) => weightInputs(g, config, s))), ...adapterInputs(g, config.lora, specs) };
}

/** A weight as it is stored: blocks of small integers have their scales as a second input. */
function weightInputs(g: Graph, { stored }: ModelConfig, { name, shape }: NamedShape): [string, Value][] {
  const own = stored?.get(name);
  if (own === undefined) return [[name, input(g, name, 'float32', shape)]];
  if (own.kind === 'halves') return [[name, input(g, name, own.place.dtype === 'F16' ? 'float16' : 'uint16', shape)]];
  const blocks = own.scales.length;
  return [[name, input(g, name, 'uint8', [blocks, own.values.length / blocks])], [scalesName(name), input(g, scalesName(name), 'float32', [blocks])]];
}

/** Bakes the weights into the graph: faster to run, and fixed (the data must not change while sessions are created). */
export function paramConstants(g: Graph, params: Params): Weights {
  return Object.fromEntries(params.specs.map(({ name, shape }) => [name, constant(g, view(params, name), 'float32', shape, name)]));
}

/**
 * The trunk: ids int64 [B, T] to hidden states [B, T, D] after the final norm. Rows are padded on the right with any valid id; attention
 * is causal, so what real tokens see does not depend on padding, and callers read real positions only.
 */
export function hidden(g: Graph, config: ModelConfig, p: Weights, ids: Value): Value {
  const [batch, length] = ids.shape as [number, number];
  const model = descriptionOf(config);
  const pieces = trainingPieces(g, p, batch, length);
  const table = weight(p, `${model.embedding}.weight`);
  let x = (table.dtype === 'float32' ? gather : storedRows)(g, table, reshape(g, ids, [-1])); // [B·T, D]
  if (model.embeddingScale !== undefined) x = mul(g, x, model.embeddingScale);
  if (model.positions !== undefined) {
    // Rows are padded to round lengths; what is beyond the table is padding, since callers keep to `maxPositions`.
    const known = Math.min(length, config.maxPositions);
    const positions = pad(g, slice(g, weight(p, `${model.positions}.weight`), 0, 0, known), 0, 0, length - known);
    x = reshape(g, add(g, reshape(g, x, [batch, length, -1]), positions), [batch * length, -1]);
  }
  for (let i = 0; i < config.layers; i++) x = model.block(pieces, x, i);
  return reshape(g, norm(g, p, x, model.finalNorm), [batch, length, -1]);
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

/** One number [N] for each of the hidden states [N, D]: a reward or a value. */
export function scores(g: Graph, _config: ModelConfig, p: Weights, h: Value): Value {
  return reshape(g, linear(g, h, weight(p, 'score.weight')), [-1]);
}
