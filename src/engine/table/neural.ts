import { constant, scalar, size, type Graph } from '../graph';
import { concat, exp, expand, matmul, mul, neg, reduceSum, reshape, rope, scatterAddElements, sub } from '../ops';
import { microsoft, onnx, type Ops } from '../op';
import { must, same, sameShape, show, withDim } from '../shapes';

type Neural = 'softmax' | 'logSoftmax' | 'rmsNorm' | 'rope' | 'attention' | 'linearLogProb';

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
    emit: onnx('LogSoftmax', () => ({ axis: { int: -1 } })),
    // dx = dy − e^y Σ dy
    vjp: (g, dy, { outputs: [y] }) => [sub(g, dy, mul(g, exp(g, y!), reduceSum(g, dy, [-1], true)))],
  },

  rmsNorm: {
    shape: ([x, weight]) => {
      must(sameShape(weight!.shape, x!.shape.slice(-1)), () => `a weight ${show(weight!.shape)} for rows of ${x!.shape.at(-1) ?? 0}`);
      return [x!, { dtype: x!.dtype, shape: withDim(x!.shape, x!.shape.length - 1, 1) }]; // y, and 1/rms of each row
    },
    emit: onnx('SimplifiedLayerNormalization', ({ epsilon }) => ({ axis: { int: -1 }, epsilon: { float: epsilon } })),
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

  rope: {
    shape: ([x, cos, sin]) => {
      const [, , t, d] = x!.shape;
      const half = [t!, d! / 2];
      must(x!.shape.length === 4 && d! % 2 === 0, () => `wants [B, H, T, even d]`);
      must(sameShape(cos!.shape, half) && sameShape(sin!.shape, half), () => `cos ${show(cos!.shape)} and sin ${show(sin!.shape)} must be ${show(half)}`);
      return [x!];
    },
    emit: (e, { inputs: [x, cos, sin], outputs: [y] }) => {
      e.node('RotaryEmbedding', [e.name(x!), e.ints([0]), e.name(cos!), e.name(sin!)], [e.name(y!)], {}, microsoft);
    },
    // A rotation: its transpose rotates back.
    vjp: (g, dy, { inputs: [, cos, sin] }) => [rope(g, dy, cos!, neg(g, sin!)), undefined, undefined],
  },

  attention: {
    shape: ([q, k, v, mask]) => {
      const scores = [...q!.shape.slice(0, -1), k!.shape.at(-2)!];
      must(sameShape(q!.shape.slice(0, -2), k!.shape.slice(0, -2)) && q!.shape.at(-1) === k!.shape.at(-1), () => 'q and k do not fit');
      must(sameShape(k!.shape.slice(0, -1), v!.shape.slice(0, -1)), () => 'k and v do not fit');
      must(sameShape(mask!.shape, scores.slice(-mask!.shape.length)), () => `mask ${show(mask!.shape)} for scores ${show(scores)}`);
      return [{ dtype: q!.dtype, shape: [...q!.shape.slice(0, -1), v!.shape.at(-1)!] }, { dtype: q!.dtype, shape: scores }]; // output, probabilities
    },
    emit: (e, { inputs: [q, k, v, mask], outputs: [o, p], attributes: { scale } }) => {
      const [scores, masked] = [e.fresh(), e.fresh()];
      e.node('FusedMatMul', [e.name(q!), e.name(k!)], [scores], { transB: { int: 1 }, alpha: { float: scale } }, microsoft);
      e.node('Add', [scores, e.name(mask!)], [masked]);
      e.node('Softmax', [masked], [e.name(p!)], { axis: { int: -1 } });
      e.node('MatMul', [e.name(p!), e.name(v!)], [e.name(o!)]);
    },
    // dS = P (dO Vᵀ − Σ dO O) (Dao et al. 2022, eq. 4). The row sum rides in the product as one more column, [dO, −Σ dO O] [V, 1]ᵀ:
    // one pass over [M, L] instead of three.
    vjp: (g, dy, { inputs: [q, k, v], outputs: [o, p], attributes: { scale } }) => {
      const rowSum = reduceSum(g, mul(g, dy, o!), [-1], true);
      const dyAndSum = concat(g, [dy, neg(g, rowSum)], -1);
      const vAndOne = concat(g, [v!, ones(g, [...v!.shape.slice(0, -1), 1])], -1);
      const ds = mul(g, p!, matmul(g, dyAndSum, vAndOne, { transB: true }));
      return [
        matmul(g, ds, k!, { alpha: scale }),
        matmul(g, ds, q!, { transA: true, alpha: scale }),
        matmul(g, p!, dy, { transA: true }),
        undefined,
      ];
    },
  },

  linearLogProb: {
    shape: ([x, weight, targets]) => {
      const [n, d] = x!.shape;
      const [v] = weight!.shape;
      must(x!.shape.length === 2 && sameShape(weight!.shape, [v!, d!]), () => 'wants x [N, D] and weight [V, D]');
      must(targets!.dtype === 'int64' && sameShape(targets!.shape, [n!]), () => `wants int64 targets [${n!}]`);
      const rows = { dtype: x!.dtype, shape: [n!] };
      const matrix = { dtype: x!.dtype, shape: [n!, v!] };
      return [rows, matrix, matrix, { dtype: 'int64', shape: [n!] }, rows]; // log-probability, probabilities, logits, argmax, log-sum-exp
    },
    emit: (e, { inputs: [x, weight, targets], outputs, attributes: { scale } }) => {
      const [logProb, probs, logits, top, logSumExp] = outputs.map((v) => e.name(v));
      const column = (type: string, inputs: readonly string[], attributes = {}): string => {
        const name = e.fresh();
        e.node(type, inputs, [name], attributes);
        return name;
      };
      const row = e.ints([-1]);
      const axis = { axis: { int: 1 } };
      e.node('FusedMatMul', [e.name(x!), e.name(weight!)], [logits!], { transB: { int: 1 }, alpha: { float: scale } }, microsoft);
      e.node('Softmax', [logits!], [probs!], axis);
      // log Σ e^l = l_max − log p_max: two reads, and p_max is at least 1/V, so its logarithm is exact where log p_target may underflow.
      const best = column('ArgMax', [logits!], { ...axis, keepdims: { int: 1 } });
      const bestLogit = column('GatherElements', [logits!, best], axis);
      const bestProb = column('GatherElements', [probs!, best], axis);
      const lse = column('Sub', [bestLogit, column('Log', [bestProb])]);
      const target = column('GatherElements', [logits!, column('Reshape', [e.name(targets!), e.ints([-1, 1])])], axis);
      e.node('Reshape', [column('Sub', [target, lse]), row], [logProb!]);
      e.node('Reshape', [best, row], [top!]);
      e.node('Reshape', [lse, row], [logSumExp!]);
    },
    // d logits = scale dy (onehot − p). The factor of each row is applied to [N, D], the narrow side of both products.
    vjp: (g, dy, { inputs: [x, weight, targets], outputs: [, probs], attributes: { scale } }) => {
      const column = [x!.shape[0]!, 1];
      const difference = scatterAddElements(g, probs!, reshape(g, targets!, column), expand(g, scalar(g, -1), column), 1);
      const factor = mul(g, reshape(g, dy, column), -scale);
      return [mul(g, matmul(g, difference, weight!), factor), matmul(g, difference, mul(g, x!, factor), { transA: true }), undefined];
    },
  },
};

function ones(g: Graph, shape: readonly number[]) {
  return constant(g, new Float32Array(size(shape)).fill(1), 'float32', shape);
}
