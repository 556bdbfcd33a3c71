import { size, type NodeOf, type Value } from '../graph';
import { storedMatmul } from '../ops';
import { microsoft, type Emitter, type OnnxAttribute, type Ops } from '../op';
import { must, show } from '../shapes';
import { onnxType } from './elementwise';

type Stored = 'storedMatmul' | 'storedRows';

/** Weights of a block that share a scale. */
export const blockSize = 32;

/**
 * Parts of a matrix that are widened at once: few enough that they are still in the processor's cache when the product reads them. 2^20 floats
 * took 0.6 of the time that whole matrices of 2^24 took, and page faults of large blocks are gone (bfloat16, 2 threads).
 */
export const partElements = 2 ** 20;

/**
 * Forms of a matrix [rows, columns] that is only read:
 * - float16 [rows, columns], or uint16 [rows, columns], the bits of bfloat16: widened exactly.
 * - uint8 [rows · columns / 32, 32], 8 bits a weight: (q − 128) · scale of its block of 32 in a row.
 * - uint8 [rows · columns / 32, 16], 4 bits a weight: byte j holds weight j of its block below and weight j + 16 above: (q − 8) · scale.
 */
export const storedOps: Ops<Stored> = {
  storedMatmul: {
    shape: ([x, data, scales], { rows, transB }) => {
      const [n, k] = x!.shape;
      const columns = columnsOf(data!, rows);
      must(x!.dtype === 'float32' && x!.shape.length === 2 && k === (transB ? columns : rows), () => `${show(x!.shape)} and a matrix [${rows}, ${columns}]`);
      must((data!.dtype === 'uint8') === (scales !== undefined), () => 'blocks have scales, floats have none');
      must(scales === undefined || (scales.dtype === 'float32' && size(scales.shape) === data!.shape[0]), () => 'wants one float32 scale a block');
      return [{ dtype: 'float32', shape: [n!, transB ? rows : columns] }];
    },
    emit: (e, node) => {
      emitStoredProduct(e, node, e.name(node.outputs[0]!));
    },
    vjp: (g, dy, { inputs: [, data, scales], attributes: { rows, transB, alpha } }) => [storedMatmul(g, dy, { data: data!, scales, rows }, { transB: !transB, alpha }), undefined, undefined],
  },

  storedRows: {
    shape: ([data, ids]) => {
      must((data!.dtype === 'float16' || data!.dtype === 'uint16') && data!.shape.length === 2 && ids!.dtype === 'int64' && ids!.shape.length === 1, () => 'wants 16-bit floats [rows, columns] and int64 places [N]');
      return [{ dtype: 'float32', shape: [ids!.shape[0]!, data!.shape[1]!] }];
    },
    emit: (e, { inputs: [data, ids], outputs: [y] }) => {
      const picked = e.fresh();
      e.node('Gather', [e.name(data!), e.name(ids!)], [picked], { axis: { int: 0 } });
      widen(e, data!, picked, e.name(y!));
    },
    vjp: 'none',
  },
};

function columnsOf(data: Value, rows: number): number {
  const [first, second] = data.shape;
  must(data.shape.length === 2, () => `a stored matrix is two-dimensional, not ${show(data.shape)}`);
  if (data.dtype === 'float16' || data.dtype === 'uint16') {
    must(first === rows, () => `has ${first!} rows, not ${rows}`);
    return second!;
  }
  must(data.dtype === 'uint8' && (second === blockSize || second === blockSize / 2) && first! % rows === 0, () => `${data.dtype}${show(data.shape)} is no stored matrix of ${rows} rows`);
  return (first! / rows) * blockSize;
}

/** Sixteen bits as float32, in an array of their own. */
function widen(e: Emitter, { dtype }: Value, from: string, to: string): void {
  let floats = from;
  if (dtype === 'uint16') {
    floats = e.fresh();
    e.node('BitCast', [from], [floats], { to: { int: onnxType.bfloat16 } });
  }
  e.node('Cast', [floats], [to], { to: { int: onnxType.float32 } });
}

/**
 * The product of `storedMatmul`, also for ops that contain one. ONNX Runtime computes what depends on inputs alone before everything else, which
 * would widen all weights of the model at once; so each widening is made to wait for x, by a reshaping to [0 + argmax of one number, −1], where 0
 * means "as it was". A part of the rows is a part of the result with `transB`, else a part of the sum.
 */
export function emitStoredProduct(e: Emitter, { inputs: [x, data, scales], attributes: { rows, transB, alpha } }: Pick<NodeOf<'storedMatmul'>, 'inputs' | 'attributes'>, y: string): void {
  const make = (type: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, domain?: string): string => {
    const name = e.fresh();
    e.node(type, inputs, [name], attributes, domain);
    return name;
  };
  const splitRows = (name: string, sizes: readonly number[], axis: number): string[] => {
    if (sizes.length === 1) return [name];
    const names = sizes.map(() => e.fresh());
    e.node('Split', [name, e.ints(sizes)], names, { axis: { int: axis } });
    return names;
  };
  const columns = columnsOf(data!, rows);
  const first = make('Slice', [make('Reshape', [e.name(x!), e.ints([-1])]), e.ints([0]), e.ints([1])]);
  const shape = make('Concat', [make('ArgMax', [first], { axis: { int: 0 } }), e.ints([-1])], { axis: { int: 0 } });
  const after = (v: Value): string => make('Reshape', [e.name(v), shape]);

  const parts = partSizes(rows, Math.max(1, Math.floor(partElements / columns)));
  const perRow = data!.shape[0]! / rows;
  const pieces = splitRows(after(data!), parts.map((n) => n * perRow), 0);
  const scalePieces = scales === undefined ? [] : splitRows(make('Reshape', [e.name(scales), make('Concat', [make('ArgMax', [first], { axis: { int: 0 } })], { axis: { int: 0 } })]), parts.map((n) => n * perRow), 0);
  const wide = pieces.map((piece, i) => {
    if (scales === undefined) {
      const to = e.fresh();
      widen(e, data!, piece, to);
      return to;
    }
    return make('Reshape', [unblocked(piece, scalePieces[i]!, parts[i]! * perRow), e.ints([parts[i]!, columns])]);
  });

  function unblocked(q: string, scale: string, blocks: number): string {
    const four = data!.shape[1] === blockSize / 2;
    const bytes = four ? make('Concat', [make('BitwiseAnd', [q, e.byte(15)]), make('BitShift', [q, e.byte(4)], { direction: { string: 'RIGHT' } })], { axis: { int: 1 } }) : q;
    const zero = make('Expand', [e.byte(four ? 8 : 128), e.ints([blocks])]);
    return make('DequantizeLinear', [bytes, scale, zero], { axis: { int: 0 } });
  }

  const product = (a: string, w: string, to: string): void => {
    e.node('FusedMatMul', [a, w], [to], { transB: { int: transB ? 1 : 0 }, alpha: { float: alpha } }, microsoft);
  };
  if (parts.length === 1) {
    product(e.name(x!), wide[0]!, y);
    return;
  }
  if (transB) {
    const results = wide.map((w) => {
      const to = e.fresh();
      product(e.name(x!), w, to);
      return to;
    });
    e.node('Concat', results, [y], { axis: { int: 1 } });
    return;
  }
  // Each slice is made when it is needed; a split would copy all of x, which may be logits, at once. (There is no kernel that slices uint16.)
  let from = 0;
  const inputs = parts.map((n) => make('Slice', [e.name(x!), e.ints([from]), e.ints([(from += n)]), e.ints([1])]));
  let sum = e.fresh();
  product(inputs[0]!, wide[0]!, sum);
  for (let i = 1; i < parts.length; i++) {
    const next = i === parts.length - 1 ? y : e.fresh();
    e.node('Gemm', [inputs[i]!, wide[i]!, sum], [next], { alpha: { float: alpha }, beta: { float: 1 } });
    sum = next;
  }
}

/** `rows` in parts of at most `most`, nearly alike. */
export function partSizes(rows: number, most: number): number[] {
  const count = Math.ceil(rows / most);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 1) * rows) / count) - Math.floor((i * rows) / count));
}
