import { scalar, type Graph, type OpName, type Value } from './graph';
import { expand, reduceSum, reshape } from './ops';
import { onnx, type Op, type Vjp } from './op';
import { broadcast, broadcasted, must, same, sameShape } from './shapes';

/**
 * The shapes that most rules have: an elementwise function of one value with its derivative, and a function of two with
 * its two partial products. `dy` sums over the axes that broadcasting repeated.
 */

/** y = f(x): `product(dy, x, y)` is dy · f′(x). */
export function elementwise<K extends OpName>(type: string, product: (g: Graph, dy: Value, x: Value, y: Value) => Value, domain?: string): Op<K> {
  return {
    shape: same,
    emit: onnx(type, undefined, domain),
    vjp: (g, dy, node) => [product(g, dy, node.inputs[0]!, node.outputs[0]!)],
  };
}

/** y = f(a, b) with broadcasting: the products of dy with ∂f/∂a and ∂f/∂b before the sum over repeated axes. */
export function bilinear<K extends OpName>(
  type: string,
  da: (g: Graph, dy: Value, a: Value, b: Value, y: Value) => Value,
  db: (g: Graph, dy: Value, a: Value, b: Value, y: Value) => Value,
): Op<K> {
  const vjp: Vjp<K> = (g, dy, { inputs, outputs }) => {
    const [a, b, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
    return [unbroadcast(g, da(g, dy, a, b, y), a.shape), unbroadcast(g, db(g, dy, a, b, y), b.shape)];
  };
  return { shape: broadcasted, emit: onnx(type), vjp };
}

/** A comparison: bool, no gradient. */
export function comparison<K extends OpName>(type: string): Op<K> {
  return {
    shape: (inputs) => {
      must(inputs[0]!.dtype === inputs[1]!.dtype, () => `compares ${inputs[0]!.dtype} with ${inputs[1]!.dtype}`);
      return [{ dtype: 'bool', shape: broadcast(inputs[0]!.shape, inputs[1]!.shape) }];
    },
    emit: onnx(type),
    vjp: 'none',
  };
}

/** Sums `dy` over the axes along which `shape` was repeated to give `dy.shape`. */
export function unbroadcast(g: Graph, dy: Value, shape: readonly number[]): Value {
  if (sameShape(dy.shape, shape)) return dy;
  const lead = dy.shape.length - shape.length;
  const axes = dy.shape.flatMap((d, i) => (i < lead || (shape[i - lead] === 1 && d !== 1) ? [i] : []));
  return reshape(g, axes.length ? reduceSum(g, dy, axes, true) : dy, shape);
}

/** Zeros without storing them. */
export function zeros(g: Graph, shape: readonly number[]): Value {
  return expand(g, scalar(g, 0), shape);
}

/** Whether a value is what {@link zeros} gives. */
export function isZeros(g: Graph, v: Value): boolean {
  const maker = g.nodes.findLast((node) => node.outputs[0]!.id === v.id);
  const from = maker?.op === 'expand' ? maker.inputs[0]!.id : v.id;
  const data = g.constants.find(({ value }) => value.id === from)?.data;
  return data !== undefined && 'length' in data && data.length === 1 && data[0] === 0;
}
