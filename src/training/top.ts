import { input, newGraph, type Graph, type Value } from '../engine/graph';
import type { ModelConfig } from '../models/config';
import { hidden, hiddenAtEnds, paramInputs, rowsOf } from '../models/model';
import type { Head } from '../models/specs';
import type { Weights } from '../models/training-pieces';
import { outputGradients } from './trainable';

/** What a loss stands on: the model's weights in the graph, and hidden states after the final norm, by their places b·T + t (int64). */
export interface Trunk {
  readonly weights: Weights;
  /** [N, D] at any places [N]. */
  readonly at: (places: Value) => Value;
  /** [B, D] at one place a row, after which it is all padding. */
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
  /** Adds the loss to a graph, with inputs and outputs of its own, for `slots` slots. */
  build(g: Graph, trunk: Trunk, slots: number): Value;
}

/** The trunk in the same graph: inputs are the weights under their Hugging Face names, and `ids` int64 [B, T]. */
export function wholeTrunk(g: Graph, config: ModelConfig, head: Head, [rows, length]: readonly [number, number, ...number[]]): Trunk {
  const weights = paramInputs(g, config, head);
  const ids = input(g, 'ids', 'int64', [rows, length]);
  return { weights, at: (places) => rowsOf(g, hidden(g, config, weights, ids), places), atEnds: (places) => hiddenAtEnds(g, config, weights, ids, places) };
}

/** Model, loss and gradients in one graph, which keeps all activations for the way back. */
export function wholeGraph(config: ModelConfig, top: Top): Graph {
  const g = newGraph();
  const trunk = wholeTrunk(g, config, top.head, top.shape);
  outputGradients(g, top.build(g, trunk, top.slots ?? 0), trunk.weights);
  return g;
}
