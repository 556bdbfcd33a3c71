import { constant, type Graph, type OpName, type Value } from '../../../src/engine/graph';
import * as o from '../../../src/engine/ops';
import { at, largest, map, mapRows, permute, plain, product, rows, softmaxRow, sum, turned, type Plain } from './plain';

/** One use of an op: shapes (small for finite differences, large so that all threads work), the op, and the same in plain code. */
export interface Case {
  readonly shapes: (big: boolean) => readonly (readonly number[])[];
  /** Which inputs are int64 positions, by place: numbers below the value. */
  readonly ids?: Readonly<Record<number, (big: boolean) => number>>;
  /** Floats are uniform in this interval, (−1, 1) if absent. Kinks of the function must be where no number falls. */
  readonly range?: readonly [number, number];
  readonly build: (g: Graph, x: readonly Value[]) => Value;
  readonly plain: (x: readonly Plain[]) => Plain;
}

const unary = (build: (g: Graph, x: Value) => Value, f: (x: number) => number, range?: [number, number]): Case => ({
  shapes: (big) => [big ? [256, 512] : [3, 4]],
  build: (g, [x]) => build(g, x!),
  plain: ([x]) => map(f, x!),
  ...(range && { range }),
});
/** Several broadcasting patterns; an op's first case also runs large. */
const binary = (build: (g: Graph, a: Value, b: Value) => Value, f: (a: number, b: number) => number, range?: [number, number]): Case[] =>
  ([[[256, 512], [256, 512], [3, 4], [3, 4]], [[256, 512], [512], [3, 4], [4]], [[256, 1], [256, 512], [3, 1], [3, 4]], [[], [256, 512], [], [2, 3]]] as const).map(([a, b, c, d]) => ({
    shapes: (big) => (big ? [a, b] : [c, d]),
    build: (g, [x, y]) => build(g, x!, y!),
    plain: ([x, y]) => map(f, x!, y!),
    ...(range && { range }),
  }));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** By its series, exact to double precision for |x| ≤ 4. */
function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}
const asFloat = (build: (g: Graph, a: Value, b: Value) => Value) => (g: Graph, a: Value, b: Value) => o.cast(g, build(g, a, b), 'float32');

function reduction(build: (g: Graph, x: Value, axes: number[], keep: boolean) => Value, fold: (row: Float64Array) => number): Case[] {
  return [
    { shapes: (big) => [big ? [512, 256] : [3, 4]], build: (g, [x]) => build(g, x!, [-1], false), plain: ([x]) => rows(x!, fold) },
    { shapes: (big) => [big ? [512, 256] : [3, 4]], build: (g, [x]) => build(g, x!, [0], true), plain: ([x]) => ({ shape: [1, x!.shape[1]!], data: rows(turned(x!), fold).data }) },
    {
      shapes: (big) => [big ? [32, 64, 32] : [2, 3, 2]],
      build: (g, [x]) => build(g, x!, [0, 2], false),
      plain: ([x]) => {
        const y = permute(x!, [1, 0, 2]);
        return rows({ shape: [y.shape[0]!, y.shape[1]! * y.shape[2]!], data: y.data }, fold);
      },
    },
  ];
}

function matrix(transA: boolean, transB: boolean, batch: (big: boolean) => number[], batchB: (big: boolean) => number[]): Case {
  const shape = (m: number, n: number, trans: boolean): number[] => (trans ? [n, m] : [m, n]);
  return {
    shapes: (big) => [[...batch(big), ...shape(big ? 128 : 2, big ? 96 : 3, transA)], [...batchB(big), ...shape(big ? 96 : 3, big ? 80 : 4, transB)]],
    build: (g, [a, b]) => o.matmul(g, a!, b!, { transA, transB, alpha: transA || transB ? 0.5 : 1 }),
    plain: ([a, b]) => map((x) => x * (transA || transB ? 0.5 : 1), product(transA ? turned(a!) : a!, transB ? turned(b!) : b!)),
  };
}

/** `count` different numbers below `below`, in no order. */
const placesOnce = (count: number, below: number): number[] => Array.from({ length: count }, (_, i) => (i * 7919 + 3) % below);

/** `x` with the rows `u` added at `ids`. */
function withRows(x: Plain, ids: Iterable<number>, u: Plain): Plain {
  const data = x.data.slice();
  const width = x.shape[1]!;
  let i = 0;
  for (const row of ids) for (let c = 0; c < width; c++) data[row * width + c]! += u.data[i++]!;
  return { shape: x.shape, data };
}

const scatterAxis0: Case = {
  shapes: (big) => (big ? [[50, 64], [2048, 64], [2048, 64]] : [[3, 2], [4, 2], [4, 2]]),
  ids: { 1: (big) => (big ? 50 : 3) },
  build: (g, [x, idx, u]) => o.scatterAddElements(g, x!, idx!, u!, 0),
  plain: ([x, idx, u]) => {
    const data = x!.data.slice();
    const width = x!.shape[1]!;
    idx!.data.forEach((row, i) => (data[row * width + (i % width)]! += u!.data[i]!));
    return { shape: x!.shape, data };
  },
};

export const cases: Readonly<Record<OpName, Case | readonly Case[]>> = {
  add: binary(o.add, (a, b) => a + b),
  sub: binary(o.sub, (a, b) => a - b),
  mul: binary(o.mul, (a, b) => a * b),
  div: binary(o.div, (a, b) => a / b, [0.5, 2]),
  max: binary(o.max, Math.max),
  min: binary(o.min, Math.min),
  neg: unary(o.neg, (x) => -x),
  exp: unary(o.exp, Math.exp),
  log: unary(o.log, Math.log, [0.3, 3]),
  sqrt: unary(o.sqrt, Math.sqrt, [0.3, 3]),
  abs: unary(o.abs, Math.abs),
  sigmoid: unary(o.sigmoid, sigmoid, [-6, 6]),
  tanh: unary(o.tanh, Math.tanh, [-3, 3]),
  softplus: unary(o.softplus, (x) => Math.log1p(Math.exp(x)), [-6, 6]),
  silu: unary(o.silu, (x) => x * sigmoid(x), [-6, 6]),
  erf: unary(o.erf, erf, [-3, 3]),
  gelu: [
    unary((g, x) => o.gelu(g, x), (x) => (x / 2) * (1 + erf(x / Math.SQRT2)), [-5, 5]),
    unary((g, x) => o.gelu(g, x, true), (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))), [-5, 5]),
  ],
  clip: unary((g, x) => o.clip(g, x, -0.5, 0.25), (x) => Math.min(0.25, Math.max(-0.5, x))),
  equal: binary(asFloat(o.equal), (a, b) => Number(a === b)),
  less: binary(asFloat(o.less), (a, b) => Number(a < b)),
  greater: binary(asFloat(o.greater), (a, b) => Number(a > b)),
  where: {
    shapes: (big) => (big ? [[256, 512], [256, 512], [512]] : [[3, 4], [3, 4], [4]]),
    build: (g, [c, a, b]) => o.where(g, o.greater(g, c!, 0), a!, b!),
    plain: ([c, a, b]) => map((x, y, z) => (x > 0 ? y : z), c!, a!, b!),
  },
  cast: { shapes: (big) => [big ? [256, 512] : [3, 4]], build: (g, [x]) => o.cast(g, o.cast(g, x!, 'float16'), 'float32'), plain: ([x]) => x!, range: [0.5, 1] },
  stopGradient: unary(o.stopGradient, (x) => x),

  reshape: { shapes: (big) => [big ? [256, 512] : [3, 4]], build: (g, [x]) => o.reshape(g, x!, [2, -1]), plain: ([x]) => ({ shape: [2, x!.data.length / 2], data: x!.data }) },
  transpose: [
    { shapes: (big) => [big ? [8, 64, 8, 32] : [2, 3, 2, 2]], build: (g, [x]) => o.transpose(g, x!, [0, 2, 1, 3]), plain: ([x]) => permute(x!, [0, 2, 1, 3]) },
    { shapes: (big) => [big ? [64, 32, 64] : [2, 3, 4]], build: (g, [x]) => o.transpose(g, x!, [2, 0, 1]), plain: ([x]) => permute(x!, [2, 0, 1]) },
  ],
  expand: { shapes: (big) => [big ? [256, 1] : [3, 1]], build: (g, [x]) => o.expand(g, x!, [2, x!.shape[0]!, 5]), plain: ([x]) => plain([2, x!.shape[0]!, 5], (i) => at(x!, i)) },
  concat: {
    shapes: (big) => (big ? [[256, 300], [256, 200]] : [[2, 3], [2, 2]]),
    build: (g, [a, b]) => o.concat(g, [a!, b!, a!], 1),
    plain: ([a, b]) => plain([a!.shape[0]!, 2 * a!.shape[1]! + b!.shape[1]!], ([r, c]) => {
      const [w, v] = [a!.shape[1]!, b!.shape[1]!];
      return c! < w ? at(a!, [r!, c!]) : c! < w + v ? at(b!, [r!, c! - w]) : at(a!, [r!, c! - w - v]);
    }),
  },
  slice: { shapes: (big) => [big ? [256, 512] : [3, 5]], build: (g, [x]) => o.slice(g, x!, -1, 1, 4), plain: ([x]) => plain([x!.shape[0]!, 3], ([r, c]) => at(x!, [r!, c! + 1])) },
  pad: {
    shapes: (big) => [big ? [256, 512] : [3, 5]],
    build: (g, [x]) => o.pad(g, x!, 0, 2, 1),
    plain: ([x]) => plain([x!.shape[0]! + 3, x!.shape[1]!], ([r, c]) => (r! < 2 || r! >= x!.shape[0]! + 2 ? 0 : at(x!, [r! - 2, c!]))),
  },
  gather: [
    {
      shapes: (big) => (big ? [[50, 64], [64, 32]] : [[3, 2], [2, 2]]),
      ids: { 1: (big) => (big ? 50 : 3) },
      build: (g, [x, ids]) => o.gather(g, x!, ids!),
      plain: ([x, ids]) => plain([...ids!.shape, x!.shape[1]!], ([i, j, c]) => at(x!, [at(ids!, [i!, j!]), c!])),
    },
    {
      shapes: (big) => (big ? [[64, 50], [2048]] : [[2, 3], [4]]),
      ids: { 1: (big) => (big ? 50 : 3) },
      build: (g, [x, ids]) => o.gather(g, x!, ids!, 1),
      plain: ([x, ids]) => plain([x!.shape[0]!, ids!.shape[0]!], ([r, i]) => at(x!, [r!, at(ids!, [i!])])),
    },
    {
      shapes: (big) => [big ? [2048, 64] : [5, 2]],
      build: (g, [x]) => {
        const places = placesOnce(Math.ceil(x!.shape[0]! / 2), x!.shape[0]!);
        return o.gatherOnce(g, x!, constant(g, BigInt64Array.from(places, BigInt), 'int64', [places.length]));
      },
      plain: ([x]) => {
        const places = placesOnce(Math.ceil(x!.shape[0]! / 2), x!.shape[0]!);
        return plain([places.length, x!.shape[1]!], ([i, c]) => at(x!, [places[i!]!, c!]));
      },
    },
  ],
  gatherElements: {
    shapes: (big) => (big ? [[512, 50], [512, 90]] : [[3, 4], [3, 5]]),
    ids: { 1: (big) => (big ? 50 : 4) },
    build: (g, [x, idx]) => o.gatherElements(g, x!, idx!, 1),
    plain: ([x, idx]) => plain(idx!.shape, ([r, c]) => at(x!, [r!, at(idx!, [r!, c!])])),
  },
  scatterAddElements: [
    scatterAxis0,
    {
      shapes: (big) => (big ? [[512, 50], [512, 90], [512, 90]] : [[3, 4], [3, 5], [3, 5]]),
      ids: { 1: (big) => (big ? 50 : 4) },
      build: (g, [x, idx, u]) => o.scatterAddElements(g, x!, idx!, u!, 1),
      plain: ([x, idx, u]) => {
        const data = x!.data.slice();
        const [width, each] = [x!.shape[1]!, idx!.shape[1]!];
        idx!.data.forEach((c, i) => (data[Math.floor(i / each) * width + c]! += u!.data[i]!));
        return { shape: x!.shape, data };
      },
    },
  ],

  scatterAddRows: [
    {
      shapes: (big) => (big ? [[2048, 64], [1000, 64]] : [[4, 2], [3, 2]]),
      build: (g, [x, u]) => o.scatterAddRows(g, x!, constant(g, BigInt64Array.from(placesOnce(u!.shape[0]!, x!.shape[0]!), BigInt), 'int64', [u!.shape[0]!]), u!, true),
      plain: ([x, u]) => withRows(x!, placesOnce(u!.shape[0]!, x!.shape[0]!), u!),
    },
    {
      shapes: (big) => (big ? [[50, 64], [2500], [2500, 64]] : [[4, 2], [7], [7, 2]]),
      ids: { 1: (big) => (big ? 50 : 4) },
      build: (g, [x, ids, u]) => o.scatterAddRows(g, x!, ids!, u!, false),
      plain: ([x, ids, u]) => withRows(x!, ids!.data, u!),
    },
  ],

  rowDot: {
    shapes: (big) => (big ? [[512, 2048], [512, 2048]] : [[3, 4], [3, 4]]),
    build: (g, [a, b]) => o.rowDot(g, a!, b!),
    plain: ([a, b]) => plain([a!.shape[0]!], ([r]) => sum(Float64Array.from({ length: a!.shape[1]! }, (_, c) => at(a!, [r!, c]) * at(b!, [r!, c])))),
  },
  matmul: [
    matrix(false, false, () => [], () => []),
    matrix(true, false, (big) => [big ? 12 : 2], (big) => [big ? 12 : 2]),
    matrix(false, true, (big) => [big ? 12 : 2], (big) => [big ? 12 : 2]),
    matrix(true, true, (big) => [big ? 12 : 2], (big) => [big ? 12 : 2]),
    matrix(false, false, (big) => [big ? 12 : 2], () => []),
  ],
  reduceSum: reduction(o.reduceSum, sum),
  reduceMean: reduction(o.reduceMean, (row) => sum(row) / row.length),
  reduceMax: reduction(o.reduceMax, largest),
  argMax: {
    shapes: (big) => [big ? [512, 256] : [3, 4]],
    build: (g, [x]) => o.cast(g, o.argMax(g, x!), 'float32'),
    plain: ([x]) => rows(x!, (row) => row.indexOf(largest(row))),
  },
  softmax: { shapes: (big) => [big ? [512, 256] : [3, 4]], range: [-4, 4], build: (g, [x]) => o.softmax(g, x!), plain: ([x]) => mapRows(x!, softmaxRow) },
  logSoftmax: { shapes: (big) => [big ? [512, 256] : [3, 4]], range: [-4, 4], build: (g, [x]) => o.logSoftmax(g, x!), plain: ([x]) => map(Math.log, mapRows(x!, softmaxRow)) },
  rmsNorm: {
    shapes: (big) => (big ? [[8, 64, 128], [128]] : [[2, 2, 3], [3]]),
    build: (g, [x, w]) => o.rmsNorm(g, x!, w!, 0.01),
    plain: ([x, w]) => mapRows(x!, (row) => row.map((v, i) => (v / Math.sqrt(sum(row.map((u) => u * u)) / row.length + 0.01)) * w!.data[i]!)),
  },
  layerNorm: {
    shapes: (big) => (big ? [[8, 64, 128], [128], [128]] : [[2, 2, 3], [3], [3]]),
    build: (g, [x, w, b]) => o.layerNorm(g, x!, w!, b!, 0.01),
    plain: ([x, w, b]) => mapRows(x!, (row) => {
      const mean = sum(row) / row.length;
      const deviation = Math.sqrt(sum(row.map((u) => (u - mean) ** 2)) / row.length + 0.01);
      return row.map((v, i) => ((v - mean) / deviation) * w!.data[i]! + b!.data[i]!);
    }),
  },
  rope: [undefined, (b: number, t: number): number => (t + b) >> 1].map((positionOf) => ({
    shapes: (big) => [big ? [4, 6, 64, 64] : [2, 2, 3, 4]],
    build: (g, [x]) => {
      const [b, , t] = x!.shape as [number, number, number];
      const positions = positionOf && constant(g, BigInt64Array.from({ length: b * t }, (_, i) => BigInt(positionOf(Math.floor(i / t), i % t))), 'int64', [b, t]);
      return o.rope(g, x!, table(g, x!.shape, Math.cos), table(g, x!.shape, Math.sin), positions);
    },
    plain: ([x]) => {
      const half = x!.shape[3]! / 2;
      return plain(x!.shape, ([b, h, t, i]) => {
        const a = angle(positionOf?.(b!, t!) ?? t!, i! % half);
        const [re, im] = [at(x!, [b!, h!, t!, i! % half]), at(x!, [b!, h!, t!, (i! % half) + half])];
        return i! < half ? re * Math.cos(a) - im * Math.sin(a) : im * Math.cos(a) + re * Math.sin(a);
      });
    },
  })),
  causalAttention: [...[[64, 5, 2], [64, 7, 3], [16, 5, 8], [16, 7, 2, 3], [64, 7, 3, 1], [16, 7, 8, 4]].map(([bigBlock, length, smallBlock, window]): Case => ({
    shapes: (big) => (big ? [[4, 2, 130, 16], [4, 130, 16], [4, 130, 16]] : [[2, 2, length!, 2], [2, length!, 2], [2, length!, 2]]),
    range: [-2, 2],
    build: (g, [q, k, v]) => o.causalAttention(g, q!, k!, v!, 0.6, { block: q!.shape[2]! > 100 ? bigBlock! : smallBlock!, window: window ?? 0 }),
    plain: ([q, k, v]) => {
      const t = q!.shape[2]!;
      const each = (x: Plain): Plain => plain(q!.shape, ([n, , r, c]) => at(x, [n!, r!, c!]));
      const scores = map((x) => 0.6 * x, product(q!, turned(each(k!))));
      const probs = mapRows(scores, (row, r) => softmaxRow(row.map((x, c) => (c <= r % t && (window === undefined || c > (r % t) - window) ? x : -Infinity))));
      return product(probs, each(v!));
    },
  })), ...[2, 8].map((smallBlock): Case => ({
    // A mask of its own for each half of the key heads: what comes after, and every third (second) place of those before.
    shapes: (big) => (big ? [[4, 2, 130, 16], [4, 130, 16], [4, 130, 16]] : [[2, 2, 5, 2], [2, 5, 2], [2, 5, 2]]),
    range: [-2, 2],
    build: (g, [q, k, v]) => {
      const t = q!.shape[2]!;
      const data = Float32Array.from({ length: 2 * t * t }, (_, i) => (hidesPlace(Math.floor(i / (t * t)), Math.floor(i / t) % t, i % t) ? -1e30 : 0));
      return o.causalAttention(g, q!, k!, v!, 0.6, { block: t > 100 ? 64 : smallBlock, mask: constant(g, data, 'float32', [2, t, t]) });
    },
    plain: ([q, k, v]) => {
      const [n, group, t] = q!.shape as [number, number, number];
      const each = (x: Plain): Plain => plain(q!.shape, ([i, , r, c]) => at(x, [i!, r!, c!]));
      const scores = map((x) => 0.6 * x, product(q!, turned(each(k!))));
      const probs = mapRows(scores, (row, r) => softmaxRow(row.map((x, c) => (hidesPlace(Math.floor(r / (t * group) / (n / 2)), r % t, c) ? -Infinity : x))));
      return product(probs, each(v!));
    },
  }))],
  linearLogProb: [...[1, 1.4].map((scale): Case => ({
    shapes: (big) => (big ? [[300, 64], [500, 64], [300]] : [[4, 3], [5, 3], [4]]),
    ids: { 2: (big) => (big ? 500 : 5) },
    build: (g, [x, w, t]) => o.linearLogProb(g, x!, w!, t!, scale).logProb,
    plain: ([x, w, t]) => {
      const probs = mapRows(map((l) => scale * l, product(x!, turned(w!))), softmaxRow);
      return { shape: t!.shape, data: t!.data.map((target, r) => Math.log(probs.data[r * probs.shape[1]! + target]!)) };
    },
  })), ...(['float16', 'uint16'] as const).map((form): Case => ({
    shapes: (big) => (big ? [[30, 512], [30]] : [[4, 3], [4]]),
    ids: { 1: (big) => (big ? 4500 : 5) },
    build: (g, [x, t]) => o.linearLogProb(g, x!, storedWeight(g, form, x!.shape[0] === 30 ? 4500 : 5, x!.shape[1]!).data, t!, 1.4).logProb,
    plain: ([x, t]) => {
      const w = plain([x!.shape[0] === 30 ? 4500 : 5, x!.shape[1]!], (_, flat) => storedElement(form, flat));
      const probs = mapRows(map((l) => 1.4 * l, product(x!, turned(w))), softmaxRow);
      return { shape: t!.shape, data: t!.data.map((target, r) => Math.log(probs.data[r * probs.shape[1]! + target]!)) };
    },
  }))],
  storedMatmul: storedCases(),
  storedRows: (['float16', 'uint16'] as const).map((form) => ({
    shapes: (big) => [big ? [3000] : [5]],
    ids: { 0: () => 40 },
    build: (g, [ids]) => o.storedRows(g, storedWeight(g, form, 40, 30).data, ids!),
    plain: ([ids]) => plain([ids!.shape[0]!, 30], ([r, c]) => storedElement(form, ids!.data[r!]! * 30 + c!)),
  })),
};

/** Stored forms of a matrix [rows, columns]: any bits in their place, and what they stand for. */
type Form = 'float16' | 'uint16' | 'eight' | 'four';
const bits = (i: number): number => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 0xffff;
/** A sign, an exponent near 0 and a mantissa. */
const half = (i: number): number => ((bits(i) & 0x8000) | 0x3800 | (bits(i) & 0x7ff)) & 0xffff;
const brain = (i: number): number => ((bits(i) & 0x8000) | 0x3f00 | (bits(i) & 0xff)) & 0xffff;
const scaleOf = (block: number): number => 0.01 + (block % 7) * 0.002;

function storedElement(form: Form, flat: number): number {
  if (form === 'float16') return (half(flat) & 0x8000 ? -1 : 1) * 2 ** (((half(flat) >> 10) & 31) - 15) * (1 + (half(flat) & 1023) / 1024);
  if (form === 'uint16') return (brain(flat) & 0x8000 ? -1 : 1) * 2 ** (((brain(flat) >> 7) & 255) - 127) * (1 + (brain(flat) & 127) / 128);
  const [block, j] = [Math.floor(flat / 32), flat % 32];
  if (form === 'eight') return ((bits(flat) & 255) - 128) * scaleOf(block);
  const byte = bits(block * 16 + (j % 16)) & 255;
  return ((j < 16 ? byte & 15 : byte >> 4) - 8) * scaleOf(block);
}

function storedWeight(g: Graph, form: Form, rows: number, columns: number): o.StoredWeight {
  const n = rows * columns;
  if (form === 'float16' || form === 'uint16') return { data: constant(g, Uint16Array.from({ length: n }, (_, i) => (form === 'uint16' ? brain(i) : half(i))), form, [rows, columns]), rows };
  const width = form === 'eight' ? 32 : 16;
  const blocks = n / 32;
  const data = constant(g, Uint8Array.from({ length: blocks * width }, (_, i) => bits(i) & 255), 'uint8', [blocks, width]);
  return { data, scales: constant(g, Float32Array.from({ length: blocks }, (_, i) => scaleOf(i)), 'float32', [blocks]), rows };
}

/** The large case is widened in three parts. */
function storedCases(): Case[] {
  return (['float16', 'uint16', 'eight', 'four'] as const).flatMap((form) =>
    [true, false].map((transB): Case => {
      const matrixOf = (big: boolean): [number, number] => (big ? [2500, 1024] : [6, 64]);
      return {
        shapes: (big) => [[big ? 4 : 2, matrixOf(big)[transB ? 1 : 0]]],
        build: (g, [x]) => {
          const [rows, columns] = matrixOf(x!.shape[0] === 4);
          return o.storedMatmul(g, x!, storedWeight(g, form, rows, columns), { transB, alpha: 0.3 });
        },
        plain: ([x]) => {
          const [rows, columns] = matrixOf(x!.shape[0] === 4);
          const w = plain([rows, columns], (_, flat) => storedElement(form, flat));
          return map((y) => 0.3 * y, product(x!, transB ? turned(w) : w));
        },
      };
    }),
  );
}

const hidesPlace = (text: number, row: number, column: number): boolean => column > row || (column < row && (row + column) % (3 - text) === 0);
const angle = (t: number, i: number): number => t * 0.3 + i * 0.7;
function table(g: Graph, shape: readonly number[], f: (x: number) => number): Value {
  const [t, half] = [shape[2]!, shape[3]! / 2];
  return constant(g, Float32Array.from({ length: t * half }, (_, i) => f(angle(Math.floor(i / half), i % half))), 'float32', [t, half]);
}
