import { input, newGraph, type Graph, type Value } from '../engine/graph';
import type { ModelConfig } from '../models/config';
import { hiddenAt, hiddenAtEnds, paramInputs } from '../models/model';
import type { Head } from '../models/specs';
import type { Weights } from '../models/training-pieces';
import { outputGradients } from './trainable';

/** What a loss stands on: the model's weights in the graph, and hidden states after the final norm, by their places b·T + t (int64). */
export interface Trunk {
  readonly weights: Weights;
  /** [N, D] at any places [N], each once, but for one of which nothing flows back. */
  readonly at: (places: Value) => Value;
  /** [N, D] at as many places in each row; without a layout at one, after which it is all padding. */
  readonly atEnds: (places: Value) => Value;
}

/** A loss on top of a model's hidden states, for one shape of batch. */
export interface Top {
  /** Names loss and shape, for a session cache. */
  readonly key: string;
  readonly head: Head;
  readonly shape: readonly [rows: number, length: number];
  /**
   * Given when the loss is a sum over so many slots, and every input and output but the trunk's has one element a slot: then the slots may be
   * computed a few at a time. A slot whose inputs are all 0 must add nothing.
   */
  readonly slots?: number;
  /** Rows hold several texts: the trunk takes `positions` and `segments` int64 [B, T] too (see `Layout`). */
  readonly laidOut?: boolean;
  /** Adds the loss to a graph, with inputs and outputs of its own, for `slots` slots. */
  build(g: Graph, trunk: Trunk, slots: number): Value;
}

/** The trunk in the same graph: inputs are the weights under their Hugging Face names, and `ids` int64 [B, T]. */
export function wholeTrunk(g: Graph, config: ModelConfig, head: Head, [rows, length]: readonly [number, number, ...number[]], laidOut = false): Trunk {
  const weights = paramInputs(g, config, head);
  const tokens = (name: string): Value => input(g, name, 'int64', [rows, length]);
  const ids = tokens('ids');
  const layout = laidOut ? { positions: tokens('positions'), segments: tokens('segments') } : undefined;
  return { weights, at: (places) => hiddenAt(g, config, weights, ids, places, layout), atEnds: (places) => hiddenAtEnds(g, config, weights, ids, places, layout) };
}

/** Model, loss and gradients in one graph, which keeps all activations for the way back. `apart`: see {@link outputGradients}. */
export function wholeGraph(config: ModelConfig, top: Top, apart = false): Graph {
  const g = newGraph();
  const trunk = wholeTrunk(g, config, top.head, top.shape, top.laidOut);
  outputGradients(g, top.build(g, trunk, top.slots ?? 0), trunk.weights, apart);
  return g;
}
