import type { DType, TensorData } from '../engine/graph';
import { microsoft, type OnnxAttribute } from '../engine/op';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../engine/onnx';
import type { ModelConfig } from './config';
import { sizeOf, specOf, view, type Params } from './params';

/**
 * The graph that generates: new tokens in, probabilities of the next token out, one graph for reading prompts and for
 * writing answers. It differs from the training graph (`llama.ts`) in what only inference can have: weights baked in, q k v
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
}

/** Added to a score that must not count: its exponential is exactly 0. */
export const forbidden = -1e30;

/**
 * Builds the graph for positions below `maxLength`. Inputs: `ids` and `positions` int64 [B, S]; `mask` [B, 1, 1 or G·S, C + S],
 * 0 or {@link forbidden}; `split` int64 [2] = [C, S]; `last` int64 [B], rows of [B·S] to predict from; `scale` [1], 1 / temperature;
 * `keys.i` and `values.i` [B, kvHeads, C, headDim] for each layer. Outputs: `probabilities` [B, V]; `blocks` [B, V / blockSize];
 * `cache` [B, layers · 2 · kvHeads, S, headDim], the new tokens' keys and values of layer 0, then 1, and so on.
 */
export function decodeModel(config: ModelConfig, params: Params, maxLength: number): DecodeModel {
  const { heads, kvHeads, headDim, layers, hiddenSize, vocabSize, normEps } = config;
  const { model, op, ints, floats } = onnxBuilder();
  const weight = (name: string): Float32Array => view(params, name);
  const tensor = (name: string): string => floats(name, weight(name), specOf(params, name).shape);
  const has = (name: string): boolean => params.specs.some((s) => s.name === name);

  /** x Wᵀ + b with the rows of several matrices, each times a factor, one under another. */
  const project = (x: string, names: readonly string[], factors: readonly number[] = names.map(() => 1)): string => {
    const first = names[0]!;
    const joined = (suffix: string): Float32Array => joinArrays(names.map((n, i) => scaled(weight(`${n}.${suffix}`), factors[i]!)));
    const inner = specOf(params, `${first}.weight`).shape[1]!;
    const w = joined('weight');
    const y = op('FusedMatMul', [x, floats(`${first}.joined`, w, [w.length / inner, inner])], { transB: { int: 1 } }, microsoft);
    return has(`${first}.bias`) ? op('Add', [y, floats(`${first}.joined_bias`, joined('bias'), [w.length / inner])]) : y;
  };
  const normed = (x: string, name: string): string => op('SimplifiedLayerNormalization', [x, tensor(name)], { axis: { int: -1 }, epsilon: { float: normEps } });
  /** The sum of both, and its norm. */
  const addNormed = (x: string, y: string, name: string): [normed: string, sum: string] => {
    const [n, sum] = [op.fresh(), op.fresh()];
    op.into([n, '', '', sum], 'SkipSimplifiedLayerNormalization', [x, y, tensor(name)], { epsilon: { float: normEps } }, microsoft);
    return [n, sum];
  };
  const parts = (x: string, axis: number, sizes: readonly number[] | string): string[] => {
    const outs = [op.fresh(), op.fresh()];
    return op.into(outs, 'Split', [x, typeof sizes === 'string' ? sizes : ints(sizes)], { axis: { int: axis } });
  };

  ropeTables(config, maxLength, floats);
  const embedding = tensor('model.embed_tokens.weight');
  let x = op('Gather', [embedding, 'ids'], { axis: { int: 0 } }); // [B, S, D]
  let branch: string | undefined;
  const cached: string[] = [];
  for (let i = 0; i < layers; i++) {
    const layer = `model.layers.${i}`;
    let h: string;
    if (branch === undefined) h = normed(x, `${layer}.input_layernorm.weight`);
    else [h, x] = addNormed(x, branch, `${layer}.input_layernorm.weight`);
    // The scale of attention goes into the queries: a product without a factor has the faster kernel for one row.
    const qkv = project(h, ['q', 'k', 'v'].map((n) => `${layer}.self_attn.${n}_proj`), [headDim ** -0.5, 1, 1]);
    const byHead = op('Transpose', [op('Reshape', [qkv, ints([0, 0, heads + 2 * kvHeads, headDim])])], { perm: { ints: [0, 2, 1, 3] } }); // [B, heads + 2 kvHeads, S, headDim]
    const [qk, v] = parts(byHead, 1, [heads + kvHeads, kvHeads]);
    const turned = op('RotaryEmbedding', [qk!, 'positions', 'rope_cos', 'rope_sin'], {}, microsoft);
    const [q, k] = parts(turned, 1, [heads, kvHeads]);
    cached.push(k!, v!);
    const grouped = heads === kvHeads ? q! : op('Reshape', [q!, ints([0, kvHeads, -1, headDim])]); // [B, kvHeads, G·S, headDim]
    const scores = op('Concat', [transposed(op, grouped, `keys.${i}`), transposed(op, grouped, k!)], { axis: { int: -1 } });
    const weights = op('Softmax', [op('Add', [scores, 'mask'])], { axis: { int: -1 } });
    const [toCached, toNew] = parts(weights, -1, 'split');
    const mixed = op('Add', [op('MatMul', [toCached!, `values.${i}`]), op('MatMul', [toNew!, v!])]);
    const perHead = heads === kvHeads ? mixed : op('Reshape', [mixed, ints([0, heads, -1, headDim])]);
    const rows = op('Reshape', [op('Transpose', [perHead], { perm: { ints: [0, 2, 1, 3] } }), ints([0, 0, heads * headDim])]);
    [h, x] = addNormed(x, project(rows, [`${layer}.self_attn.o_proj`]), `${layer}.post_attention_layernorm.weight`);
    const [gate, up] = parts(project(h, [`${layer}.mlp.gate_proj`, `${layer}.mlp.up_proj`]), -1, [config.intermediateSize, config.intermediateSize]);
    const act = op('QuickGelu', [gate!], { alpha: { float: 1 } }, microsoft); // x σ(x), which is SiLU
    branch = project(op('Mul', [act, up!]), [`${layer}.mlp.down_proj`]);
  }
  op.into(['cache'], 'Concat', cached, { axis: { int: 1 } });

  const lastOf = (y: string): string => op('Gather', [op('Reshape', [y, ints([-1, hiddenSize])]), 'last'], { axis: { int: 0 } }); // [B, D]
  const [h] = addNormed(lastOf(x), lastOf(branch!), 'model.norm.weight');
  const head = config.tieWordEmbeddings ? embedding : tensor('lm_head.weight');
  const logits = op('FusedMatMul', [op('Mul', [h, 'scale']), head], { transB: { int: 1 } }, microsoft);
  op.into(['probabilities'], 'Softmax', [logits], { axis: { int: -1 } });
  const blockSize = divisorNearRoot(vocabSize);
  const blocks = op('Reshape', ['probabilities', ints([0, vocabSize / blockSize, blockSize])]);
  op.into(['blocks'], 'ReduceSum', [blocks, ints([2])], { keepdims: { int: 0 } });

  const port = (name: string, dtype: DType, shape: (number | string)[]) => ({ name, dtype, shape });
  const cache = ['B', kvHeads, 'C', headDim];
  return {
    blockSize,
    model: {
      ...model,
      inputs: [
        port('ids', 'int64', ['B', 'S']), port('positions', 'int64', ['B', 'S']), port('mask', 'float32', ['B', 1, 'M', 'L']), port('split', 'int64', [2]),
        port('last', 'int64', ['B']), port('scale', 'float32', [1]),
        ...Array.from({ length: layers }, (_, i) => [port(`keys.${i}`, 'float32', cache), port(`values.${i}`, 'float32', cache)]).flat(),
      ],
      outputs: [
        port('probabilities', 'float32', ['B', vocabSize]), port('blocks', 'float32', ['B', vocabSize / blockSize]),
        port('cache', 'float32', ['B', 2 * layers * kvHeads, 'S', headDim]),
      ],
    },
  };
}

const transposed = (op: Op, a: string, b: string): string => op('FusedMatMul', [a, b], { transB: { int: 1 } }, microsoft);

/** cos and sin of t · θ^(−2i/d) for every position, as in the training graph. */
function ropeTables({ headDim, ropeTheta }: ModelConfig, length: number, floats: (name: string, data: Float32Array, shape: number[]) => string): void {
  const half = headDim / 2;
  const angle = (i: number): number => Math.floor(i / half) * ropeTheta ** (-(i % half) / half);
  const table = (f: (x: number) => number): Float32Array => Float32Array.from({ length: length * half }, (_, i) => f(angle(i)));
  floats('rope_cos', table(Math.cos), [length, half]);
  floats('rope_sin', table(Math.sin), [length, half]);
}

/** The divisor d of n for which scanning n / d sums and then d numbers is least work. */
function divisorNearRoot(n: number): number {
  let best = 1;
  for (let d = 1; d <= n; d++) if (n % d === 0 && d + n / d < best + n / best) best = d;
  return best;
}

function joinArrays(arrays: readonly Float32Array[]): Float32Array {
  if (arrays.length === 1) return arrays[0]!;
  const out = new Float32Array(arrays.reduce((n, a) => n + a.length, 0));
  let at = 0;
  for (const a of arrays) {
    out.set(a, at);
    at += a.length;
  }
  return out;
}

const scaled = (a: Float32Array, factor: number): Float32Array => (factor === 1 ? a : a.map((x) => x * factor));

/** Appends a node with one result and gives its name. */
interface Op {
  (type: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, domain?: string): string;
  /** Appends a node whose results have the given names. */
  into(outputs: string[], type: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, domain?: string): string[];
  fresh(): string;
}

/** Nodes and constants in ONNX's own terms, each constant once. */
function onnxBuilder() {
  const nodes: OnnxNode[] = [];
  const tensors: OnnxTensor[] = [];
  const names = new Set<string>();
  let count = 0;
  const add = (name: string, dtype: DType, data: TensorData, shape: readonly number[]): string => {
    if (sizeOf(shape) !== data.length) throw new Error(`${name} has ${data.length} elements for shape [${shape.join(', ')}]`);
    if (!names.has(name)) tensors.push({ name, dtype, shape, data });
    names.add(name);
    return name;
  };
  const into: Op['into'] = (outputs, type, inputs, attributes = {}, domain = '') => {
    nodes.push({ type, inputs, outputs, attributes, domain });
    return outputs;
  };
  const fresh = (): string => `v${count++}`;
  const op: Op = Object.assign((...[type, inputs, attributes, domain]: Parameters<Op>) => into([fresh()], type, inputs, attributes, domain)[0]!, { into, fresh });
  return {
    op,
    model: { nodes, tensors },
    ints: (data: readonly number[]) => add(`ints_${data.join('_')}`, 'int64', BigInt64Array.from(data, BigInt), [data.length]),
    floats: (name: string, data: Float32Array, shape: readonly number[]) => add(name, 'float32', data, shape),
  };
}
