import { size, type Graph, type NodeOf, type Type, type Value } from '../graph';
import { cast, div, equal, expand, matmul, mul, reduceSum, reshape } from '../ops';
import type { Emitter, Ops } from '../op';
import { emitProduct } from './product';
import { unbroadcast } from '../rules';
import { broadcast, must, reduced, sameShape, show } from '../shapes';

type Reduction = 'reduceSum' | 'reduceMean' | 'reduceMax' | 'argMax' | 'matmul' | 'rowDot';
type Reduce = NodeOf<'reduceSum' | 'reduceMean' | 'reduceMax'>;

const reduceShape = ([x]: readonly Value[], { axes, keepDims }: Reduce['attributes']): readonly Type[] => [
  { dtype: x!.dtype, shape: reduced(x!.shape, axes, keepDims) },
];

const reduceEmit =
  (type: string) =>
  (e: Emitter, { inputs, outputs, attributes: { axes, keepDims } }: Reduce): void => {
    e.node(type, [e.name(inputs[0]!), e.ints(axes)], [e.name(outputs[0]!)], { keepdims: { int: keepDims ? 1 : 0 } });
  };

/** A reduced value with its reduced axes back as ones, so that it broadcasts against the input. */
const keep = (g: Graph, v: Value, { inputs: [x], attributes: { axes } }: Reduce): Value => reshape(g, v, reduced(x!.shape, axes, true));

/** Sums over axes, and the matrix product. */
export const reductionOps: Ops<Reduction> = {
  reduceSum: {
    shape: reduceShape,
    emit: reduceEmit('ReduceSum'),
    vjp: (g, dy, node) => [expand(g, keep(g, dy, node), node.inputs[0]!.shape)],
  },
  reduceMean: {
    shape: reduceShape,
    emit: reduceEmit('ReduceMean'),
    vjp: (g, dy, node) => [expand(g, mul(g, keep(g, dy, node), size(dy.shape) / size(node.inputs[0]!.shape)), node.inputs[0]!.shape)],
  },
  reduceMax: {
    shape: reduceShape,
    emit: reduceEmit('ReduceMax'),
    vjp: (g, dy, node) => {
      const isMax = cast(g, equal(g, node.inputs[0]!, keep(g, node.outputs[0]!, node)), 'float32');
      return [mul(g, isMax, div(g, keep(g, dy, node), reduceSum(g, isMax, node.attributes.axes, true)))];
    },
  },
  argMax: {
    shape: ([x], { axis }) => [{ dtype: 'int64', shape: reduced(x!.shape, [axis], false) }],
    emit: (e, { inputs, outputs, attributes: { axis } }) => {
      // ONNX has it give int64, whatever the target's positions are.
      const index = e.target === 'cpu' ? e.name(outputs[0]!) : e.fresh();
      e.node('ArgMax', [e.name(inputs[0]!)], [index], { axis: { int: axis }, keepdims: { int: 0 } });
      if (e.target !== 'cpu') e.node('Cast', [index], [e.name(outputs[0]!)], { to: { int: e.dtype('int64') } });
    },
    vjp: 'none',
  },
  rowDot: {
    shape: ([a, b]) => {
      must(a!.shape.length === 2 && sameShape(a!.shape, b!.shape), () => `wants two arrays [N, K], not ${show(a!.shape)} and ${show(b!.shape)}`);
      return [{ dtype: a!.dtype, shape: a!.shape.slice(0, 1) }];
    },
    emit: emitRowDot,
    vjp: (g, dy, { inputs: [a, b] }) => {
      const column = reshape(g, dy, [a!.shape[0]!, 1]);
      return [mul(g, column, b!), mul(g, column, a!)];
    },
  },
  matmul: {
    shape: ([a, b], { transA, transB }) => {
      must(a!.shape.length >= 2 && b!.shape.length >= 2, () => 'wants at least two dimensions');
      const [m, ka] = lastTwo(a!, transA);
      const [kb, n] = lastTwo(b!, transB);
      must(ka === kb, () => `inner dimensions ${ka} and ${kb} differ: ${show(a!.shape)}${transA ? 'ᵀ' : ''} times ${show(b!.shape)}${transB ? 'ᵀ' : ''}`);
      return [{ dtype: a!.dtype, shape: [...broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n] }];
    },
    emit: (e, { inputs: [a, b], outputs: [y], attributes }) => {
      emitProduct(e, { name: e.name(a!), rank: a!.shape.length, shape: a!.shape }, { name: e.name(b!), rank: b!.shape.length, shape: b!.shape }, e.name(y!), attributes);
    },
    // C = α A B: dA = α dC Bᵀ, dB = α Aᵀ dC; with A or B transposed, the same products transposed.
    vjp: (g, dy, { inputs: [a, b], attributes: { transA, transB, alpha } }) => {
      const da = transA ? matmul(g, b!, dy, { transA: transB, transB: true, alpha }) : matmul(g, dy, b!, { transB: !transB, alpha });
      const db = transB ? matmul(g, dy, a!, { transA: true, transB: transA, alpha }) : matmul(g, a!, dy, { transA: !transA, alpha });
      return [unbroadcast(g, da, a!.shape), unbroadcast(g, db, b!.shape)];
    },
  },
};

/** Rows and columns of the matrices in a stack, after transposing them if asked. */
function lastTwo(v: Value, trans: boolean): [number, number] {
  const [r, c] = v.shape.slice(-2);
  return trans ? [c!, r!] : [r!, c!];
}

/** N products of a row with a column: one pass over both (768 rows of 32,000: 11 ms, product and sum 71 ms). A device's kernels would give a row to one thread. */
function emitRowDot(e: Emitter, { inputs: [a, b], outputs: [y] }: NodeOf<'rowDot'>): void {
  const [n, k] = a!.shape as [number, number];
  const [left, right, product] = [e.fresh(), e.fresh(), e.fresh()];
  if (e.target !== 'cpu') {
    e.node('Mul', [e.name(a!), e.name(b!)], [product]);
    e.node('ReduceSum', [product, e.ints([1])], [e.name(y!)], { keepdims: { int: 0 } });
    return;
  }
  e.node('Reshape', [e.name(a!), e.ints([n, 1, k])], [left]);
  e.node('Reshape', [e.name(b!), e.ints([n, 1, k])], [right]);
  emitProduct(e, { name: left, rank: 3 }, { name: right, rank: 3 }, product, { transB: true });
  e.node('Reshape', [product, e.ints([n])], [e.name(y!)]);
}
