import type { DType, Graph, Value } from '../graph';
import { add, cast, div, equal, erf, exp, greater, less, mul, neg, sigmoid, sub, where } from '../ops';
import { onnx, microsoft, type Ops } from '../op';
import { bilinear, comparison, elementwise, unbroadcast } from '../rules';
import { broadcast, must, same } from '../shapes';

type Elementwise =
  | 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'neg' | 'exp' | 'log' | 'sqrt' | 'abs' | 'sigmoid' | 'tanh' | 'softplus' | 'silu' | 'erf' | 'gelu' | 'clip'
  | 'equal' | 'less' | 'greater' | 'where' | 'cast' | 'stopGradient';

const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16';

/** Numbers of `TensorProto.DataType`. */
export const onnxType: Readonly<Record<DType, number>> = { float32: 1, uint8: 2, uint16: 4, int32: 6, int64: 7, bool: 9, float16: 10, bfloat16: 16 };

/** Functions of each element alone. */
export const elementwiseOps: Ops<Elementwise> = {
  add: bilinear('Add', (_g, dy) => dy, (_g, dy) => dy),
  sub: bilinear('Sub', (_g, dy) => dy, neg),
  mul: bilinear('Mul', (g, dy, _a, b) => mul(g, dy, b), (g, dy, a) => mul(g, dy, a)),
  div: bilinear('Div', (g, dy, _a, b) => div(g, dy, b), (g, dy, _a, b, y) => neg(g, div(g, mul(g, dy, y), b))), // ∂(a/b)/∂b = −y/b
  max: bilinear('Max', (g, dy, a, b) => where(g, less(g, a, b), 0, dy), (g, dy, a, b) => where(g, less(g, a, b), dy, 0)),
  min: bilinear('Min', (g, dy, a, b) => where(g, greater(g, a, b), 0, dy), (g, dy, a, b) => where(g, greater(g, a, b), dy, 0)),

  neg: elementwise('Neg', neg),
  exp: elementwise('Exp', (g, dy, _x, y) => mul(g, dy, y)),
  log: elementwise('Log', (g, dy, x) => div(g, dy, x)),
  sqrt: elementwise('Sqrt', (g, dy, _x, y) => div(g, dy, mul(g, y, 2))),
  abs: elementwise('Abs', (g, dy, x) => where(g, greater(g, x, 0), dy, where(g, less(g, x, 0), neg(g, dy), 0))), // 0 at 0
  sigmoid: elementwise('Sigmoid', (g, dy, _x, y) => mul(g, dy, mul(g, y, sub(g, 1, y)))),
  tanh: elementwise('Tanh', (g, dy, _x, y) => mul(g, dy, sub(g, 1, mul(g, y, y)))),
  softplus: elementwise('Softplus', (g, dy, x) => mul(g, dy, sigmoid(g, x))),
  silu: {
    shape: same,
    emit: onnx('QuickGelu', () => ({ alpha: { float: 1 } }), microsoft), // x σ(αx) with α = 1
    // y = x s with s = σ(x), y′ = s + x s (1 − s) = s + y (1 − s)
    vjp: (g, dy, { inputs: [x], outputs: [y] }) => {
      const s = sigmoid(g, x!);
      return [mul(g, dy, add(g, s, mul(g, y!, sub(g, 1, s))))];
    },
  },
  erf: elementwise('Erf', (g, dy, x) => mul(g, dy, mul(g, exp(g, neg(g, mul(g, x, x))), 2 / Math.sqrt(Math.PI)))),
  gelu: {
    shape: same,
    emit: (e, { inputs, outputs, attributes }) => {
      e.node(attributes.approximate ? 'FastGelu' : 'Gelu', [e.name(inputs[0]!)], [e.name(outputs[0]!)], {}, microsoft);
    },
    vjp: (g, dy, { inputs: [x], outputs: [y], attributes: { approximate } }) => [mul(g, dy, approximate ? geluTanhSlope(g, x!, y!) : geluSlope(g, x!))],
  },
  clip: {
    shape: same,
    emit: (e, { inputs, outputs, attributes }) => {
      e.node('Clip', [e.name(inputs[0]!), e.float(attributes.lo), e.float(attributes.hi)], [e.name(outputs[0]!)]);
    },
    vjp: (g, dy, { inputs, outputs }) => [where(g, equal(g, inputs[0]!, outputs[0]!), dy, 0)],
  },

  equal: comparison('Equal'),
  less: comparison('Less'),
  greater: comparison('Greater'),
  where: {
    shape: ([condition, a, b]) => {
      must(condition!.dtype === 'bool' && a!.dtype === b!.dtype, () => 'wants a bool and two values of one dtype');
      return [{ dtype: a!.dtype, shape: broadcast(condition!.shape, a!.shape, b!.shape) }];
    },
    emit: onnx('Where'),
    vjp: (g, dy, { inputs: [condition, a, b] }) => [
      undefined,
      unbroadcast(g, where(g, condition!, dy, 0), a!.shape),
      unbroadcast(g, where(g, condition!, 0, dy), b!.shape),
    ],
  },
  cast: {
    shape: ([x], { to }) => [{ dtype: to, shape: x!.shape }],
    emit: (e, { inputs, outputs, attributes: { to } }) => {
      e.node('Cast', [e.name(inputs[0]!)], [e.name(outputs[0]!)], { to: { int: e.dtype(to) } });
    },
    vjp: (g, dy, { inputs: [x] }) => [isFloat(x!.dtype) && isFloat(dy.dtype) ? cast(g, dy, x!.dtype) : undefined],
  },
  stopGradient: { shape: same, emit: onnx('Identity'), vjp: 'none' },
};

/** With u = √(2/π)(x + 0.044715 x³) and s = σ(2u) = (1 + tanh u) / 2: y = x s, y′ = s + y (1 − s) 2u′. */
function geluTanhSlope(g: Graph, x: Value, y: Value): Value {
  const [root, cube] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = mul(g, x, x);
  const s = sigmoid(g, mul(g, x, add(g, mul(g, square, 2 * root * cube), 2 * root)));
  return add(g, s, mul(g, mul(g, y, sub(g, 1, s)), add(g, mul(g, square, 6 * root * cube), 2 * root)));
}

/** Φ(x) + x φ(x). */
function geluSlope(g: Graph, x: Value): Value {
  const cumulative = add(g, mul(g, erf(g, mul(g, x, Math.SQRT1_2)), 0.5), 0.5);
  const density = mul(g, exp(g, mul(g, mul(g, x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(g, cumulative, mul(g, x, density));
}
