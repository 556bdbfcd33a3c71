import { hashBytes } from '../base/hash';
import { gradients, pullback } from '../engine/autodiff';
import { input, isMapped, newGraph, output, printGraph, type Graph, type Value } from '../engine/graph';
import { trainedWeights } from '../models/adapter';
import type { ModelConfig } from '../models/config';
import { embedded, layer, layerOf, normed, paramInputs, rowsOf } from '../models/model';
import type { Head } from '../models/specs';
import type { Weights } from '../models/training-pieces';
import type { Top } from './top';

/**
 * Parts of a training pass as graphs of their own: embedding, each layer, and the loss on top, forth and back. Their inputs are called x, dy (the
 * gradient of what they give) and by number the weights, so that layers that are alike have the same graph.
 */
export interface Segment {
  /** Equal for graphs that are. */
  readonly key: string;
  readonly graph: Graph;
  /** Hugging Face name of a weight → name of the input. */
  readonly weights: Readonly<Record<string, string>>;
  /** Hugging Face name of a weight → name of the output that is its gradient. */
  readonly gradients: Readonly<Record<string, string>>;
}

type Shape = readonly [rows: number, length: number];
type Belongs = (name: string) => boolean;
const ofLayer = (index: number): Belongs => (name) => layerOf(name) === index;
const ofNone: Belongs = (name) => layerOf(name) === undefined;

/** A graph on the weights that belong to it. `build` gives the values whose gradients are wanted with the names of their weights. */
function segment(config: ModelConfig, head: Head, belongs: Belongs, build: (g: Graph, p: Weights) => Readonly<Record<string, Value>>): Segment {
  const g = newGraph();
  const weights: Record<string, string> = {};
  const p = paramInputs(g, config, head, (name) => (belongs(name) ? (weights[name] = `w${Object.keys(weights).length}`) : undefined));
  const found = Object.entries(build(g, p)).map(([name, value]) => {
    const as = `gradient of ${weights[name]!}`;
    output(g, as, value);
    return [name, as] as const;
  });
  return { key: keyOf(g), graph: g, weights, gradients: Object.fromEntries(found) };
}

/** Structure and constants; what is not printed of a graph are the numbers of its constants. */
function keyOf(g: Graph): string {
  const constants = g.constants.map(({ data }) => (isMapped(data) ? JSON.stringify(data) : hashBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))));
  return hashBytes(new TextEncoder().encode([printGraph(g), ...constants].join('\n')));
}

/** ids → y [B·T, D]. */
export function forwardEmbedding(config: ModelConfig, head: Head, shape: Shape): Segment {
  return segment(config, head, ofNone, (g, p) => {
    output(g, 'y', embedded(g, config, p, input(g, 'ids', 'int64', shape)));
    return {};
  });
}

/** ids, dy → gradients of the embedding, and of positions that are learned. */
export function backwardEmbedding(config: ModelConfig, head: Head, shape: Shape): Segment {
  return segment(config, head, ofNone, (g, p) => {
    const y = embedded(g, config, p, input(g, 'ids', 'int64', shape));
    return pulledTo(g, y, input(g, 'dy', 'float32', y.shape), trainedWeights(p));
  });
}

/** x → y, both [B·T, D]. */
export function forwardLayer(config: ModelConfig, head: Head, [rows, length]: Shape, index: number): Segment {
  return segment(config, head, ofLayer(index), (g, p) => {
    output(g, 'y', layer(g, config, p, input(g, 'x', 'float32', [rows * length, config.hiddenSize]), index, rows));
    return {};
  });
}

/** x, dy → gradients of the layer's weights, and dx when it goes on below. */
export function backwardLayer(config: ModelConfig, head: Head, [rows, length]: Shape, index: number, further: boolean): Segment {
  return segment(config, head, ofLayer(index), (g, p) => {
    const x = input(g, 'x', 'float32', [rows * length, config.hiddenSize]);
    const y = layer(g, config, p, x, index, rows);
    const dy = input(g, 'dy', 'float32', x.shape);
    return pulledTo(g, y, dy, trainedWeights(p), further ? x : undefined);
  });
}

/** x [B·T, D] and what the loss takes → the loss's own outputs, dx, and gradients of the weights on top. */
export function topSegment(config: ModelConfig, top: Top, slots: number): Segment {
  const [rows, length] = top.shape;
  return segment(config, top.head, ofNone, (g, p) => {
    const x = input(g, 'x', 'float32', [rows * length, config.hiddenSize]);
    const at = (places: Value): Value => rowsOf(g, normed(g, config, p, x, rows), places);
    const loss = top.build(g, { weights: p, at, atEnds: at }, slots);
    const trained = Object.entries(reached(g, loss, trainedWeights(p)));
    const [dx, ...rest] = gradients(g, loss, [x, ...trained.map(([, w]) => w)]);
    output(g, 'dx', dx!);
    return Object.fromEntries(trained.map(([name], i) => [name, rest[i]!]));
  });
}

function pulledTo(g: Graph, y: Value, dy: Value, candidates: Weights, x?: Value): Record<string, Value> {
  const trained = Object.entries(reached(g, y, candidates));
  const found = pullback(g, y, dy, [...trained.map(([, w]) => w), ...(x === undefined ? [] : [x])]);
  if (x !== undefined) output(g, 'dx', found.at(-1)!);
  return Object.fromEntries(trained.map(([name], i) => [name, found[i]!]));
}

/** Those of the weights that a value depends on: of others no gradient is computed, zeros as large as a vocabulary among them. */
function reached(g: Graph, value: Value, weights: Weights): Weights {
  const seen = new Set([value.id]);
  for (const node of g.nodes.toReversed()) {
    if (node.outputs.some((o) => seen.has(o.id))) node.inputs.forEach((v) => seen.add(v.id));
  }
  return Object.fromEntries(Object.entries(weights).filter(([, w]) => seen.has(w.id)));
}
