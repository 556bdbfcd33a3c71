import type { ModelConfig } from '../models/config';
import { sizeOf, type Params } from '../models/params';
import { feedsFloats } from '../models/decode-stored';
import { storedBytes } from '../models/stored';
import { modelSpecs } from '../models/specs';

/** Parts of 16-bit weights that are float32 for a moment. */
const widening = 64e6;
/** Bytes of a float32. */
const float = 4;
/** Measured resident memory of training passes against what is counted here (see `npm run bench -- --only memory`). */
const overhead = 1.35;

/** How many weights a language model of this configuration has. */
export function parameterCount(c: ModelConfig): number {
  return modelSpecs(c, 'lm').reduce((n, { shape }) => n + sizeOf(shape), 0);
}

/** Bytes that one cell (a token of a padded row) takes while a pass over rows of `length` runs; with `train` all of it is kept for the way back. */
export function bytesPerCell(c: ModelConfig, length: number, { train, logits }: { train: boolean; logits: boolean }): number {
  const width = c.headDim * (2 * c.heads + 2 * c.kvHeads);
  const layer = 10 * c.hiddenSize + 2 * width + 5 * c.intermediateSize + 2 * c.heads * length;
  // Without a backward pass a layer's intermediates are freed when the next begins; with one, their gradients come on top of one layer.
  const layers = train ? (c.layers + 1) * layer : layer;
  return overhead * float * (layers + 2 * c.hiddenSize + (logits ? 3 * c.vocabSize : 0));
}

/**
 * The most cells to compute at once: as many as keep activations near 400 MB, between 512 and 4,096. A function of the model and the
 * longest row alone, because the size of micro-batches moves the last bits of a sum, and a resumed run must not differ.
 */
export function cellsAtOnce(c: ModelConfig, length: number): number {
  return Math.min(4096, Math.max(512, Math.floor(4e8 / bytesPerCell(c, length, { train: true, logits: true }))));
}

/** What a run keeps in memory: a part a line of its plan. */
export interface MemoryPart {
  readonly what: string;
  readonly bytes: number;
}

/** Weights of a model that only runs. */
export function frozenModel(what: string, c: ModelConfig): MemoryPart {
  return { what, bytes: modelBytes(c) };
}

/** What one copy of a model's weights takes, as they are kept. */
function modelBytes(c: ModelConfig): number {
  return modelSpecs(c, 'lm').reduce((n, { name, shape }) => {
    const stored = c.stored?.get(name);
    return n + (stored === undefined ? float * sizeOf(shape) : storedBytes(stored));
  }, 0);
}

/**
 * Constants of the session that generates: float32 is packed once more, but for that of large models, which is fed; blocks are packed, too, and what
 * lies in a file is mapped, with a few parts widened.
 */
function constantBytes(c: ModelConfig): number {
  const floats = float * parameterCount(c);
  if (c.stored === undefined) return feedsFloats(floats) ? 0 : 2 * floats;
  return modelSpecs(c, 'lm').reduce((n, { name, shape }) => {
    const stored = c.stored?.get(name);
    return n + (stored === undefined ? 2 * float * sizeOf(shape) : stored.kind === 'blocks' ? 2 * storedBytes(stored) : 0);
  }, widening);
}

/**
 * Weights, gradients and Adam's two moments: of `params`, which are a whole model or the adapter and head that are trained on one. What lies
 * beneath an adapter is counted apart: it may be shared.
 */
export function trainedModel(what: string, params: Params): MemoryPart {
  return { what, bytes: 4 * float * params.data.length };
}

/** A pass without gradients over at least one row of `length`: at its widest a layer, or logits and probabilities. */
export function reading(c: ModelConfig, length: number, maxCells: number, logits = true): MemoryPart {
  return { what: 'activations', bytes: Math.max(length, maxCells) * bytesPerCell(c, length, { train: false, logits }) };
}

/** Keys and values of a batch that is being generated, and its constant weights, which the session packs once more. */
export function generation(c: ModelConfig, rows: number, length: number): MemoryPart {
  return { what: 'generation', bytes: constantBytes(c) + float * rows * (2 * c.layers * c.kvHeads * c.headDim * length + 3 * c.vocabSize) };
}
