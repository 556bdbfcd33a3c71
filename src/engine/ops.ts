import { table } from './table';
import { newValue, scalar, type DType, type Graph, type Node, type NodeOf, type OpAttributes, type OpName, type Value } from './graph';
import { normalAxis, sameShape } from './shapes';

/**
 * One thin typed function an op. They broadcast like ONNX, infer shapes at once and throw on what does not fit. Loops between
 * this file and the table's are on purpose: rules for gradients are written with these functions, which look shapes up in the table.
 */
function apply<K extends OpName>(g: Graph, op: K, inputs: readonly Value[], attributes: OpAttributes[K]): readonly Value[] {
  let types;
  try {
    types = table[op].shape(inputs, attributes);
  } catch (error) {
    const arguments_ = inputs.map((v) => `${v.dtype}[${v.shape.join(',')}]`).join(', ');
    throw new Error(`${op}(${arguments_}) ${JSON.stringify(attributes)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const outputs = types.map((type) => newValue(g, type));
  const node: NodeOf<K> = { op, inputs, outputs, attributes };
  g.nodes.push(node as Node);
  return outputs;
}

const one = <K extends OpName>(g: Graph, op: K, inputs: readonly Value[], attributes: OpAttributes[K]): Value => apply(g, op, inputs, attributes)[0]!;

/** A value, or a number that becomes a float32 scalar. */
export type Operand = Value | number;
const value = (g: Graph, x: Operand): Value => (typeof x === 'number' ? scalar(g, x) : x);

// Arithmetic, elementwise with broadcasting.
export function add(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'add', [value(g, a), value(g, b)], {});
}
export function sub(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'sub', [value(g, a), value(g, b)], {});
}
export function mul(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'mul', [value(g, a), value(g, b)], {});
}
export function div(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'div', [value(g, a), value(g, b)], {});
}
/** The larger; where both are equal the gradient goes to `a`. */
export function max(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'max', [value(g, a), value(g, b)], {});
}
/** The smaller; where both are equal the gradient goes to `a`. */
export function min(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'min', [value(g, a), value(g, b)], {});
}

// Functions of one value.
export function neg(g: Graph, x: Value): Value {
  return one(g, 'neg', [x], {});
}
export function exp(g: Graph, x: Value): Value {
  return one(g, 'exp', [x], {});
}
export function log(g: Graph, x: Value): Value {
  return one(g, 'log', [x], {});
}
export function sqrt(g: Graph, x: Value): Value {
  return one(g, 'sqrt', [x], {});
}
export function abs(g: Graph, x: Value): Value {
  return one(g, 'abs', [x], {});
}
export function sigmoid(g: Graph, x: Value): Value {
  return one(g, 'sigmoid', [x], {});
}
export function tanh(g: Graph, x: Value): Value {
  return one(g, 'tanh', [x], {});
}
/** log(1 + e^x); −log σ(x) is softplus(−x). */
export function softplus(g: Graph, x: Value): Value {
  return one(g, 'softplus', [x], {});
}
/** x·σ(x). */
export function silu(g: Graph, x: Value): Value {
  return one(g, 'silu', [x], {});
}
/** 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(g: Graph, x: Value): Value {
  return one(g, 'erf', [x], {});
}
/** x Φ(x) (Hendrycks and Gimpel 2016), or their approximation 0.5 x (1 + tanh(√(2/π)(x + 0.044715 x³))). */
export function gelu(g: Graph, x: Value, approximate = false): Value {
  return one(g, 'gelu', [x], { approximate });
}
/** Limits to [lo, hi]; the gradient is 1 on the closed interval and 0 outside, as in PyTorch. */
export function clip(g: Graph, x: Value, lo: number, hi: number): Value {
  return one(g, 'clip', [x], { lo, hi });
}

// Comparison and choice.
export function equal(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'equal', [value(g, a), value(g, b)], {});
}
export function less(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'less', [value(g, a), value(g, b)], {});
}
export function greater(g: Graph, a: Operand, b: Operand): Value {
  return one(g, 'greater', [value(g, a), value(g, b)], {});
}
/** `condition ? a : b`, elementwise. */
export function where(g: Graph, condition: Value, a: Operand, b: Operand): Value {
  return one(g, 'where', [condition, value(g, a), value(g, b)], {});
}
export function cast(g: Graph, x: Value, to: DType): Value {
  return x.dtype === to ? x : one(g, 'cast', [x], { to });
}
/** The same values, cut off from the backward pass. */
export function stopGradient(g: Graph, x: Value): Value {
  return one(g, 'stopGradient', [x], {});
}

// Movement of data.
/** One dimension may be −1 and is worked out. */
export function reshape(g: Graph, x: Value, shape: readonly number[]): Value {
  const known = shape.reduce((a, d) => (d < 0 ? a : a * d), 1);
  const full = shape.map((d) => (d < 0 ? x.shape.reduce((a, b) => a * b, 1) / known : d));
  return sameShape(full, x.shape) ? x : one(g, 'reshape', [x], { shape: full });
}
export function transpose(g: Graph, x: Value, perm: readonly number[]): Value {
  return perm.every((p, i) => p === i) ? x : one(g, 'transpose', [x], { perm });
}
export function expand(g: Graph, x: Value, shape: readonly number[]): Value {
  return sameShape(x.shape, shape) ? x : one(g, 'expand', [x], { shape });
}
export function concat(g: Graph, xs: readonly Value[], axis: number): Value {
  return xs.length === 1 ? xs[0]! : one(g, 'concat', xs, { axis: normalAxis(axis, xs[0]!.shape.length) });
}
/** `x[start:end]` along `axis`. */
export function slice(g: Graph, x: Value, axis: number, start: number, end: number): Value {
  const a = normalAxis(axis, x.shape.length);
  return start === 0 && end === x.shape[a] ? x : one(g, 'slice', [x], { axis: a, start, end });
}
/** Zeros before and after along `axis`. */
export function pad(g: Graph, x: Value, axis: number, before: number, after: number): Value {
  return before === 0 && after === 0 ? x : one(g, 'pad', [x], { axis: normalAxis(axis, x.shape.length), before, after });
}
/** Entries of `x` at integer positions `ids` of any shape along `axis` (an embedding look-up on axis 0). */
export function gather(g: Graph, x: Value, ids: Value, axis = 0): Value {
  return one(g, 'gather', [x, ids], { axis: normalAxis(axis, x.shape.length), once: false });
}
/** Rows `ids` [N] of `x` [M, …], none twice; only a row of which nothing flows back may come again. Its gradient is cheaper than that of {@link gather}. */
export function gatherOnce(g: Graph, x: Value, ids: Value): Value {
  return one(g, 'gather', [x, ids], { axis: 0, once: true });
}
/** `x[..., idx[..., j, ...], ...]`: `idx` has the rank of `x`. */
export function gatherElements(g: Graph, x: Value, idx: Value, axis: number): Value {
  return one(g, 'gatherElements', [x, idx], { axis: normalAxis(axis, x.shape.length) });
}
/** `x` with `updates` added at `idx`, which may repeat. */
export function scatterAddElements(g: Graph, x: Value, idx: Value, updates: Value, axis: number): Value {
  return one(g, 'scatterAddElements', [x, idx, updates], { axis: normalAxis(axis, x.shape.length) });
}
/** `x` [M, …] with the rows `updates` [N, …] added at `ids` [N]. `once`: none comes twice, but for rows of zeros, which is cheaper. */
export function scatterAddRows(g: Graph, x: Value, ids: Value, updates: Value, once: boolean): Value {
  return one(g, 'scatterAddRows', [x, ids, updates], { once });
}

/** A matrix of `rows` rows that is only read: 16-bit floats, or blocks of small integers with a scale each. */
export interface StoredWeight {
  readonly data: Value;
  readonly scales?: Value | undefined;
  readonly rows: number;
}

// Products, sums, and what transformers are made of.
export interface MatmulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Factor on the product. */
  readonly alpha?: number;
}
/** Matrix product over the last two dimensions; those before broadcast. */
export function matmul(g: Graph, a: Value, b: Value, { transA = false, transB = false, alpha = 1 }: MatmulOptions = {}): Value {
  return one(g, 'matmul', [a, b], { transA, transB, alpha });
}
/**
 * x W, or x Wᵀ with `transB`, times alpha, for x [N, K] and a matrix of `rows` rows that is only read and is kept in fewer bytes (see
 * `table/stored.ts` for its forms): it is widened to float32 for this product, a part at a time, and forgotten again. The gradient goes to x alone.
 */
export function storedMatmul(g: Graph, x: Value, weight: StoredWeight, { transB = false, alpha = 1 }: { transB?: boolean; alpha?: number } = {}): Value {
  const { data, scales, rows } = weight;
  return one(g, 'storedMatmul', scales === undefined ? [x, data] : [x, data, scales], { rows, transB, alpha });
}
/** Rows `ids` [N] of a matrix of 16-bit floats, as float32 [N, columns]. No gradient. */
export function storedRows(g: Graph, data: Value, ids: Value): Value {
  return one(g, 'storedRows', [data, ids], {});
}
/** Σ a·b over the last axis of two arrays of one shape [N, K]: [N], without an array of the products. */
export function rowDot(g: Graph, a: Value, b: Value): Value {
  return one(g, 'rowDot', [a, b], {});
}
/** x Wᵀ for x [N, in] and W [out, in], the layout of PyTorch's `Linear`. */
export function linear(g: Graph, x: Value, weight: Value): Value {
  return matmul(g, x, weight, { transB: true });
}
const reduction = (x: Value, axes: readonly number[] | undefined, keepDims: boolean) => ({
  axes: (axes ?? x.shape.map((_, i) => i)).map((a) => normalAxis(a, x.shape.length)),
  keepDims,
});
export function reduceSum(g: Graph, x: Value, axes?: readonly number[], keepDims = false): Value {
  return one(g, 'reduceSum', [x], reduction(x, axes, keepDims));
}
export function reduceMean(g: Graph, x: Value, axes?: readonly number[], keepDims = false): Value {
  return one(g, 'reduceMean', [x], reduction(x, axes, keepDims));
}
/** The gradient is shared equally among equal maxima. */
export function reduceMax(g: Graph, x: Value, axes?: readonly number[], keepDims = false): Value {
  return one(g, 'reduceMax', [x], reduction(x, axes, keepDims));
}
/** Index (int64) of the first maximum along `axis`, which is dropped. */
export function argMax(g: Graph, x: Value, axis = -1): Value {
  return one(g, 'argMax', [x], { axis: normalAxis(axis, x.shape.length) });
}
/** Over the last axis. */
export function softmax(g: Graph, x: Value): Value {
  return one(g, 'softmax', [x], {});
}
/** Over the last axis. */
export function logSoftmax(g: Graph, x: Value): Value {
  return one(g, 'logSoftmax', [x], {});
}
/** x / sqrt(mean(x²) + ε) · weight over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(g: Graph, x: Value, weight: Value, epsilon: number): Value {
  return one(g, 'rmsNorm', [x, weight], { epsilon });
}
/** (x − mean) / sqrt(variance + ε) · weight + bias over the last axis (Ba et al. 2016). */
export function layerNorm(g: Graph, x: Value, weight: Value, bias: Value, epsilon: number): Value {
  return one(g, 'layerNorm', [x, weight, bias], { epsilon });
}
/**
 * Rotary position embedding of x [B, H, T, d] by cos and sin [T, d/2], pairs (i, i + d/2) as in transformers' Llama; with `positions`
 * int64 [B, T] by those rows of longer tables.
 */
export function rope(g: Graph, x: Value, cos: Value, sin: Value, positions?: Value): Value {
  return one(g, 'rope', positions === undefined ? [x, cos, sin] : [x, cos, sin, positions], {});
}
/**
 * softmax(scale · q kᵀ) v where row t sees columns 0…t, with a `window` only the last that many of them, for q [N, G, T, d] and
 * k, v [N, T, d]: G query heads share a key head. Computed in blocks of `block` query rows, each against the columns it sees: with
 * several blocks nearly half of the work is never done. A `mask` [B, T, T], where N is B times the key heads, is added to the scores instead: it
 * must forbid what comes after, and may forbid more.
 */
export function causalAttention(g: Graph, q: Value, k: Value, v: Value, scale: number, { block = 64, window = 0, mask }: { block?: number; window?: number; mask?: Value | undefined } = {}): Value {
  return one(g, 'causalAttention', mask === undefined ? [q, k, v] : [q, k, v, mask], { scale, block, window: mask === undefined && window < q.shape[2]! ? window : 0 });
}

export interface LogProbs {
  /** [N]: log-probability of the target. */
  readonly logProb: Value;
  /** [N] bool: no class is likelier than the target. */
  readonly isTop: Value;
  /** [N, V]: scaled logits. No gradient. */
  readonly logits: Value;
  /** [N, V]: probabilities, less 1 at the target. No gradient. */
  readonly difference: Value;
  /** [N]: log of the sum of exponentials of the scaled logits. No gradient. */
  readonly logSumExp: Value;
}
/**
 * log softmax(scale · x Wᵀ)[target] for x [N, D], W [V, D], targets int64 [N]: projection and log-probability in one op, so that the
 * backward pass scales rows of [N, D] instead of [N, V] and writes the [N, V] array once. A weight of 16-bit floats gets no gradient.
 */
export function linearLogProb(g: Graph, x: Value, weight: Value, targets: Value, scale = 1): LogProbs {
  const [logProb, difference, isTop, logits, , logSumExp] = apply(g, 'linearLogProb', [x, weight, targets], { scale });
  return { logProb: logProb!, difference: difference!, isTop: isTop!, logits: logits!, logSumExp: logSumExp! };
}
