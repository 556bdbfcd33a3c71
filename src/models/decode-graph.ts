import type { DType } from '../engine/graph';
import type { Target } from '../engine/op';
import type { OnnxModel } from '../engine/onnx';
import { descriptionOf, type ModelConfig } from './config';
import { decodePieces, type Sum } from './decode-pieces';
import { feedsFloats, floatBytes, storedPieces } from './decode-stored';
import { onnxBuilder, type OnnxInput } from './onnx-builder';
import { storedOf, type Params } from './params';
import { attentionsOf } from './specs';
import type { StoredHalves } from './stored';

/**
 * The graph that generates: new tokens in, probabilities of the next token out, one graph for reading prompts and for
 * writing answers. It differs from the training graph (`model.ts`) in what only inference can have: weights baked in, q k v
 * and gate up in one product each, keys and values of earlier tokens fed from a cache, logits for one position a row.
 * Sizes: B rows, S new tokens a row, C cached positions, D hidden, V vocabulary, G = heads / kvHeads.
 *
 * Why not ONNX Runtime's GroupQueryAttention: measured at 32 rows and 70 positions it takes 3 to 5 times as long as these
 * products (1.1 ms against 0.14 ms a layer at 6 heads of 48), and its in-place cache must be an output, which
 * onnxruntime-node copies into a new array at every run.
 */
export interface DecodeModel {
  readonly model: OnnxModel;
  /** The probabilities are also summed over blocks of this many, so that drawing one need not scan them all; divides V. */
  readonly blockSize: number;
  readonly masks: Masks;
  /** Inputs that are the same at every run: weights that are in memory anyway. */
  readonly fed: readonly OnnxInput[];
}

/** Which masks the graph takes: of layers that see everything before, and of layers that see a window of so many tokens. */
export interface Masks {
  readonly full: boolean;
  readonly window: number | undefined;
}

/** Added to a score that must not count: its exponential is exactly 0. */
export const forbidden = -1e30;

/**
 * Builds the graph for positions below `maxLength`. Inputs: `ids` and `positions` int64 [B, S]; `mask` and `window_mask` (those of
 * {@link Masks}) [B, 1, 1 or G·S, C + S], 0 or {@link forbidden}; `split` int64 [2] = [C, S]; `last` int64 [B], rows of [B·S] to
 * predict from; `scale` [1], 1 / temperature; `keys.i` and `values.i` [B, kvHeads, C, headDim] for each layer. Outputs:
 * `probabilities` [B, V]; `blocks` [B, V / blockSize]; `cache` [B, layers · 2 · kvHeads, S, headDim], the new tokens' keys and values
 * of layer 0, then 1, and so on. For a device there is no `split`, and instead of `cache` there are `keys.i.next` and `values.i.next`
 * [B, kvHeads, C + S, headDim], which stay there and are fed again. `feed`: matrices of float32
 * are inputs, too, on the processor.
 */
export function decodeModel(config: ModelConfig, params: Params, maxLength: number, target: Target = 'cpu', feed = feedsFloats(floatBytes(params))): DecodeModel {
  const { kvHeads, headDim, layers, hiddenSize, vocabSize } = config;
  const description = descriptionOf(config);
  const builder = onnxBuilder(target, feed && target === 'cpu');
  const { op, ints, floats } = builder;
  const pieces = decodePieces(builder, params, maxLength);

  const stored = storedPieces(builder, params);
  const tensor = (name: string): string => stored.floatMatrix(`${name}.weight`);
  const halvesOf = (name: string): StoredHalves | undefined => {
    const found = storedOf(params, `${name}.weight`);
    return found?.kind === 'halves' ? found : undefined;
  };
  const table = halvesOf(description.embedding);
  let embedded = table === undefined ? op('Gather', [tensor(description.embedding), 'ids'], { axis: { int: 0 } }) : stored.rows(`${description.embedding}.weight`, table, 'ids'); // [B, S, D]
  if (description.embeddingScale !== undefined) embedded = op('Mul', [embedded, floats('embedding_scale', Float32Array.of(description.embeddingScale), [1])]);
  let x: Sum = { terms: [embedded] };
  if (description.positions !== undefined) x.terms.push(op('Gather', [tensor(description.positions), 'positions'], { axis: { int: 0 } }));
  for (let i = 0; i < layers; i++) x = description.block(pieces, x, i);
  if (target === 'cpu') op.into(['cache'], 'Concat', pieces.cached, { axis: { int: 1 } });

  const lastOf = (y: string): string => op('Gather', [op('Reshape', [y, ints([-1, hiddenSize])]), 'last'], { axis: { int: 0 } }); // [B, D]
  const h = pieces.value(pieces.norm({ terms: x.terms.map(lastOf) }, description.finalNorm));
  const output = config.tieWordEmbeddings ? description.embedding : description.output;
  const head = halvesOf(output);
  const scaled = op('Mul', [h, 'scale']);
  const logits = head === undefined ? builder.product({ name: scaled, rank: 2 }, { name: tensor(output), rank: 2 }, { transB: true }) : stored.product(scaled, `${output}.weight`, head);
  op.into(['probabilities'], 'Softmax', [logits], { axis: { int: -1 } });
  const blockSize = divisorNearRoot(vocabSize);
  const blocks = op('Reshape', ['probabilities', ints([0, vocabSize / blockSize, blockSize])]);
  op.into(['blocks'], 'ReduceSum', [blocks, ints([2])], { keepdims: { int: 0 } });

  const masks = masksOf(config, maxLength);
  const port = (name: string, dtype: DType, shape: (number | string)[]) => ({ name, dtype, shape });
  const cache = ['B', kvHeads, 'C', headDim];
  return {
    blockSize,
    masks,
    fed: builder.fed,
    model: {
      nodes: builder.nodes,
      tensors: builder.tensors,
      inputs: [
        port('ids', 'int64', ['B', 'S']), port('positions', 'int64', ['B', 'S']),
        ...(masks.full ? [port('mask', 'float32', ['B', 1, 'M', 'L'])] : []), ...(masks.window !== undefined ? [port('window_mask', 'float32', ['B', 1, 'M', 'L'])] : []),
        ...(target === 'cpu' ? [port('split', 'int64', [2])] : []), port('last', 'int64', ['B']), port('scale', 'float32', [1]),
        ...cacheNames(layers).map((name) => port(name, 'float32', cache)),
        ...builder.fed.map(({ name, dtype, shape }) => port(name, dtype, [...shape])),
      ],
      outputs: [
        port('probabilities', 'float32', ['B', vocabSize]), port('blocks', 'float32', ['B', vocabSize / blockSize]),
        ...(target === 'cpu'
          ? [port('cache', 'float32', ['B', 2 * layers * kvHeads, 'S', headDim])]
          : cacheNames(layers).map((name) => port(`${name}.next`, 'float32', ['B', kvHeads, 'N', headDim]))),
      ],
    },
  };
}

/** Inputs of the cache, keys and values of each layer. */
export function cacheNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, i) => [`keys.${i}`, `values.${i}`]).flat();
}

/** A window that nothing outgrows is none. */
function masksOf(config: ModelConfig, maxLength: number): Masks {
  const windows = attentionsOf(config).map(({ window }) => (window !== undefined && window < maxLength ? window : undefined));
  return { full: windows.includes(undefined), window: windows.find((w) => w !== undefined) };
}

/** The divisor d of n for which scanning n / d sums and then d numbers is least work. */
function divisorNearRoot(n: number): number {
  let best = 1;
  for (let d = 1; d <= n; d++) if (n % d === 0 && d + n / d < best + n / best) best = d;
  return best;
}
