import type { JsonObject } from '../base/json';
import type { ConfigFile } from './config-file';
import type { ModelConfig } from './config';
import type { Rope } from './rope';

/**
 * A family is data and one function. `describe` says which tensors there are and how a block puts its pieces together; the
 * training graph, the graph that generates, the table of weights and new random weights all follow from it, because each of
 * them is another implementation of {@link Pieces}. docs/families.md tells how to add one.
 */
export interface Family {
  /** `model_type` in `config.json`. */
  readonly modelType: string;
  /** What the classes of transformers begin with: `Llama` of `LlamaForCausalLM`. */
  readonly stem: string;
  /** The language model's class where it is not `<stem>ForCausalLM`. */
  readonly causalClass?: string;
  /** Reads and checks what is particular to the family; what all have in common is checked before. */
  readonly read: (file: ConfigFile) => ModelConfig;
  /** The keys of `config.json` that a new model of this configuration has. */
  readonly write: (config: ModelConfig) => JsonObject;
  readonly describe: (config: ModelConfig) => Description;
}

/** A model as blocks between an embedding and a final norm. */
export interface Description {
  /** Name of the embedding matrix [V, D], without `.weight`. */
  readonly embedding: string;
  /** Factor on what is looked up (not on the matrix where it is the output, too). */
  readonly embeddingScale?: number;
  /** A learned vector [maxPositions, D] is added for each position. */
  readonly positions?: string;
  readonly finalNorm: Norm;
  /** Name of the output matrix [V, D] where it is not the embedding. */
  readonly output: string;
  /** Names start with this; a file may have them without it, as GPT-2's original weights. */
  readonly optionalPrefix?: string;
  readonly block: <V>(pieces: Pieces<V>, x: V, layer: number) => V;
}

/** What blocks are made of. V stands for activations [B, S, D]. */
export interface Pieces<V> {
  add(x: V, y: V): V;
  norm(x: V, norm: Norm): V;
  /** Causal self-attention with its projections. */
  attention(x: V, attention: Attention): V;
  mlp(x: V, mlp: Mlp): V;
}

/** `rms`: x / rms(x) · weight. `layer`: (x − mean) / std · weight + bias. */
export interface Norm {
  readonly name: string;
  readonly kind: 'rms' | 'layer';
  readonly size: number;
  readonly epsilon: number;
  /** The factor is 1 + weight: Gemma. */
  readonly plusOne?: boolean;
}

/** x Wᵀ + b. */
export interface Projection {
  /** Without `.weight` and `.bias`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly bias: boolean;
  /** The matrix is stored as [from, to]: GPT-2's Conv1D. */
  readonly flipped?: boolean;
  /** Standard deviation of new weights where it is not `initializerRange`. */
  readonly std?: number;
}

export interface Attention {
  /** Three projections, or one whose outputs are all queries, keys and values, or those of head after head. */
  readonly inputs: { readonly q: Projection; readonly k: Projection; readonly v: Projection } | { readonly joined: Projection; readonly order: 'q k v' | 'by head' };
  readonly output: Projection;
  readonly heads: number;
  /** Divides `heads`; equal to it where the projections are joined. */
  readonly kvHeads: number;
  readonly headDim: number;
  /** Factor on q kᵀ. */
  readonly scale: number;
  /** Absent: positions are not told by turning. */
  readonly rope?: Rope;
  /** A token sees itself and this many less one before it; absent: all. */
  readonly window?: number;
  /** Queries and keys are normed: each head by itself, or all together. */
  readonly norms?: { readonly q: Norm; readonly k: Norm; readonly over: 'head' | 'all heads' };
}

/** `gelu tanh` is the approximation 0.5 x (1 + tanh(√(2/π)(x + 0.044715 x³))); `gelu` is x Φ(x). */
export type Activation = 'silu' | 'gelu' | 'gelu tanh';

/** down(f(gate x) · up x), or down(f(up x)) without a gate. */
export interface Mlp {
  readonly gate?: Projection;
  readonly up: Projection;
  readonly down: Projection;
  readonly activation: Activation;
}
