import { constant, size, type Graph, type NodeOf, type Value } from '../graph';
import { exp, matmul, mul, neg, reduceSum, reshape, rope, storedMatmul, sub } from '../ops';
import { microsoft, onnx, type Emitter, type Ops } from '../op';
import { emitProduct } from './product';
import { attentionVjp, blocksOf, emitAttention } from './attention';
import { emitStoredProduct } from './stored';
import { must, same, sameShape, show, withDim } from '../shapes';

type Neural = 'softmax' | 'logSoftmax' | 'rmsNorm' | 'layerNorm' | 'rope' | 'causalAttention' | 'linearLogProb';

/** Parts of a transformer as ops of their own, where a hand-written gradient saves passes over memory. */
export const neuralOps: Ops<Neural> = {
  softmax: {
    shape: same,
    emit: onnx('Softmax', () => ({ axis: { int: -1 } })),
    // dx = y (dy − Σ dy y)
    vjp: (g, dy, { outputs: [y] }) => [mul(g, y!, sub(g, dy, reduceSum(g, mul(g, dy, y!), [-1], true)))],
  },
  logSoftmax: {
    shape: same,
    emit: emitLogSoftmax,
    // dx = dy − e^y Σ dy
    vjp: (g, dy, { outputs: [y] }) => [sub(g, dy, mul(g, exp(g, y!), reduceSum(g, dy, [-1], true)))],
  },

  rmsNorm: {
    shape: ([x, weight]) => {
      must(sameShape(weight!.shape, x!.shape.slice(-1)), () => `a weight ${show(weight!.shape)} for rows of ${x!.shape.at(-1) ?? 0}`);
      return [x!, { dtype: x!.dtype, shape: withDim(x!.shape, x!.shape.length - 1, 1) }]; // y, and 1/rms of each row
    },
    emit: emitRmsNorm,
    // With n = x r, r = 1/rms: dw = Σ_rows dy n, dx = (dy w − n mean(dy w n)) r. Sums over rows and columns are products with a vector.
    vjp: (g, dy, { inputs: [x, weight], outputs: [, r] }) => {
      const width = x!.shape.at(-1)!;
      const rows = size(x!.shape) / width;
      const n = mul(g, x!, r!);
      const dyn = reshape(g, mul(g, dy, n), [rows, width]);
      const mean = reshape(g, matmul(g, dyn, reshape(g, weight!, [width, 1]), { alpha: 1 / width }), r!.shape);
      const dw = matmul(g, ones(g, [1, rows]), dyn);
      return [mul(g, sub(g, mul(g, dy, weight!), mul(g, n, mean)), r!), reshape(g, dw, [width])];
    },
  },

  layerNorm: {
    shape: ([x, weight, bias]) => {
      const size = x!.shape.slice(-1);
      must(sameShape(weight!.shape, size) && sameShape(bias!.shape, size), () => `a weight ${show(weight!.shape)} and a bias ${show(bias!.shape)} for rows of ${x!.shape.at(-1) ?? 0}`);
      const row = { dtype: x!.dtype, shape: withDim(x!.shape, x!.shape.length - 1, 1) };
      return [x!, row, row]; // y, and mean and 1/std of each row
    },
    emit: onnx('LayerNormalization', ({ epsilon }) => ({ axis: { int: -1 }, epsilon: { float: epsilon } })),
    // With n = (x − mean) r: db = Σ_rows dy, dw = Σ_rows dy n, dx = (dy w − mean(dy w) − n mean(dy w n)) r.
    vjp: (g, dy, { inputs: [x, weight], outputs: [, mean, r] }) => {
      const width = x!.shape.at(-1)!;
      const rows = size(x!.shape) / width;
      const n = mul(g, sub(g, x!, mean!), r!);
      const [flat, dyn] = [reshape(g, dy, [rows, width]), reshape(g, mul(g, dy, n), [rows, width])];
      const meanOf = (v: Value): Value => reshape(g, matmul(g, v, reshape(g, weight!, [width, 1]), { alpha: 1 / width }), r!.shape);
      const sumOf = (v: Value): Value => reshape(g, matmul(g, ones(g, [1, rows]), v), [width]);
      const dx = mul(g, sub(g, sub(g, mul(g, dy, weight!), meanOf(flat)), mul(g, n, meanOf(dyn))), r!);
      return [dx, sumOf(dyn), sumOf(flat)];
    },
  },

  rope: {
    shape: ([x, cos, sin, positions]) => {
      const [b, , t, d] = x!.shape;
      const half = [positions === undefined ? t! : cos!.shape[0]!, d! / 2];
      must(x!.shape.length === 4 && d! % 2 === 0, () => `wants [B, H, T, even d]`);
      must(sameShape(cos!.shape, half) && sameShape(sin!.shape, half), () => `cos ${show(cos!.shape)} and sin ${show(sin!.shape)} must be ${show(half)}`);
      must(positions === undefined || (positions.dtype === 'int64' && sameShape(positions.shape, [b!, t!])), () => `wants int64 positions [${b!}, ${t!}]`);
      return [x!];
    },
    emit: (e, node) => {
      const { inputs: [x, cos, sin, positions], outputs: [y] } = node;
      if (positions !== undefined && e.target === 'device') emitPlacedRope(e, node);
      else e.node('RotaryEmbedding', [e.name(x!), positions === undefined ? e.ints([0]) : e.name(positions), e.name(cos!), e.name(sin!)], [e.name(y!)], {}, microsoft);
    },
    // A rotation: its transpose rotates back.
    vjp: (g, dy, { inputs: [, cos, sin, positions] }) => [rope(g, dy, cos!, neg(g, sin!), positions), undefined, undefined, ...(positions === undefined ? [] : [undefined])],
  },

  causalAttention: {
    shape: ([q, k, v, mask], { block, window }) => {
      const [n, group, t, d] = q!.shape;
      must(mask === undefined || (mask.shape.length === 3 && n! % mask.shape[0]! === 0 && sameShape(mask.shape.slice(1), [t!, t!])), () => `wants a mask [B, ${t!}, ${t!}] with ${n!} key heads a multiple of B`);
      must(q!.shape.length === 4 && sameShape(k!.shape, [n!, t!, d!]) && sameShape(v!.shape, [n!, t!, d!]), () => 'wants q [N, G, T, d] and k, v [N, T, d]');
      const dtype = q!.dtype;
      return [q!, ...blocksOf(t!, block, window).map(({ start, end, first }) => ({ dtype, shape: [n!, group! * (end - start), end - first] }))]; // output, probabilities of each block
    },
    emit: emitAttention,
    vjp: attentionVjp,
  },

  linearLogProb: {
    shape: ([x, weight, targets]) => {
      const [n, d] = x!.shape;
      const [v] = weight!.shape;
      must(x!.shape.length === 2 && sameShape(weight!.shape, [v!, d!]), () => 'wants x [N, D] and weight [V, D]');
      must(targets!.dtype === 'int64' && sameShape(targets!.shape, [n!]), () => `wants int64 targets [${n!}]`);
      const rows = { dtype: x!.dtype, shape: [n!] };
      const matrix = { dtype: x!.dtype, shape: [n!, v!] };
      return [rows, matrix, { dtype: 'bool', shape: [n!] }, matrix, matrix, rows]; // log p, p − onehot, is top, logits, p, log-sum-exp
    },
    emit: emitLinearLogProb,
    // d logits = scale dy (onehot − p). The factor of each row is applied to [N, D], the narrow side of both products.
    vjp: (g, dy, { inputs: [x, weight], outputs: [, difference], attributes: { scale } }) => {
      const factor = mul(g, reshape(g, dy, [x!.shape[0]!, 1]), -scale);
      if (weight!.dtype !== 'float32') return [mul(g, storedMatmul(g, difference!, { data: weight!, rows: weight!.shape[0]! }), factor), undefined, undefined];
      return [mul(g, matmul(g, difference!, weight!), factor), matmul(g, difference!, mul(g, x!, factor), { transA: true }), undefined];
    },
  },
};

/** WebGPU has no kernel for it: there x − max − log Σ e^(x − max), which keeps the logits on the device. */
function emitLogSoftmax(e: Emitter, { inputs: [x], outputs: [y] }: NodeOf<'logSoftmax'>): void {
  if (e.target === 'cpu') {
    e.node('LogSoftmax', [e.name(x!)], [e.name(y!)], { axis: { int: -1 } });
    return;
  }
  const node = (type: string, inputs: readonly string[]): string => {
    const name = e.fresh();
    e.node(type, inputs, [name]);
    return name;
  };
  const last = e.ints([-1]);
  const shifted = node('Sub', [e.name(x!), node('ReduceMax', [e.name(x!), last])]);
  e.node('Sub', [shifted, node('Log', [node('ReduceSum', [node('Exp', [shifted]), last])])], [e.name(y!)]);
}

/** `RotaryEmbedding` wants int64 positions, which no device has: there the rows of the tables are gathered, and the halves of x turned by hand. */
function emitPlacedRope(e: Emitter, { inputs: [x, cos, sin, positions], outputs: [y] }: NodeOf<'rope'>): void {
  const [b, , t, d] = x!.shape as [number, number, number, number];
  const node = (type: string, inputs: readonly string[], attributes = {}): string => {
    const name = e.fresh();
    e.node(type, inputs, [name], attributes);
    return name;
  };
  const at = (table: Value): string => node('Reshape', [node('Gather', [e.name(table), e.name(positions!)], { axis: { int: 0 } }), e.ints([b, 1, t, d / 2])]);
  const half = (from: number): string => node('Slice', [e.name(x!), e.ints([from]), e.ints([from + d / 2]), e.ints([3])]);
  const [c, s, first, second] = [at(cos!), at(sin!), half(0), half(d / 2)];
  const turned = [node('Sub', [node('Mul', [first, c]), node('Mul', [second, s])]), node('Add', [node('Mul', [second, c]), node('Mul', [first, s])])];
  e.node('Concat', turned, [e.name(y!)], { axis: { int: 3 } });
}

/** WebGPU's kernel leaves the second output, 1/rms, unwritten: there it is computed from x, and dropped where no gradient asks for it. */
function emitRmsNorm(e: Emitter, { inputs: [x, weight], outputs: [y, r], attributes: { epsilon } }: NodeOf<'rmsNorm'>): void {
  const [inputs, attributes] = [[e.name(x!), e.name(weight!)], { axis: { int: -1 }, epsilon: { float: epsilon } }];
  if (e.target === 'cpu') {
    e.node('SimplifiedLayerNormalization', inputs, [e.name(y!), e.name(r!)], attributes);
    return;
  }
  e.node('SimplifiedLayerNormalization', inputs, [e.name(y!)], attributes);
  const [square, mean, shifted, root] = [e.fresh(), e.fresh(), e.fresh(), e.fresh()];
  e.node('Mul', [e.name(x!), e.name(x!)], [square]);
  e.node('ReduceMean', [square, e.ints([-1])], [mean]);
  e.node('Add', [mean, e.float(epsilon)], [shifted]);
  e.node('Sqrt', [shifted], [root]);
  e.node('Div', [e.float(1), root], [e.name(r!)]);
}

function emitLinearLogProb(e: Emitter, { inputs: [x, weight, targets], outputs, attributes: { scale } }: NodeOf<'linearLogProb'>): void {
  const [logProb, difference, isTop, logits, probs, logSumExp] = outputs.map((v) => e.name(v));
  const column = (type: string, inputs: readonly string[], attributes = {}): string => {
    const name = e.fresh();
    e.node(type, inputs, [name], attributes);
    return name;
  };
  const row = e.ints([-1]);
  const classes = e.ints([1]);
  const axis = { axis: { int: 1 } };
  if (weight!.dtype === 'float32') emitProduct(e, { name: e.name(x!), rank: 2 }, { name: e.name(weight!), rank: 2 }, logits!, { transB: true, alpha: scale });
  else emitStoredProduct(e, { inputs: [x!, weight!], attributes: { rows: weight!.shape[0]!, transB: true, alpha: scale } }, logits!);
  e.node('Softmax', [logits!], [probs!], axis);
  // log Σ e^l = l_max − log p_max: cheap reads, and p_max is at least 1/V, so its logarithm is exact where log p_target may underflow.
  const maxLogit = column('ReduceMax', [logits!, classes]);
  const logSum = column('Sub', [maxLogit, column('Log', [column('ReduceMax', [probs!, classes])])]);
  const index = column('Reshape', [e.name(targets!), e.ints([-1, 1])]);
  const target = column('GatherElements', [logits!, index], axis);
  const logP = column('Sub', [target, logSum]);
  e.node('Reshape', [logP, row], [logProb!]);
  e.node('Reshape', [column('GreaterOrEqual', [target, maxLogit]), row], [isTop!]);
  e.node('Reshape', [logSum, row], [logSumExp!]);
  // The target's entry becomes p − 1. It is computed from what was read before, so that ONNX Runtime may overwrite p in place.
  e.node('ScatterElements', [probs!, index, column('Sub', [column('Exp', [logP]), e.float(1)])], [difference!], axis);
}

function ones(g: Graph, shape: readonly number[]): Value {
  return constant(g, new Float32Array(size(shape)).fill(1), 'float32', shape);
}
