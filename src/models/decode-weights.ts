import { adaptedView } from './adapter';
import type { Attention, Projection } from './family';
import { view, type Params } from './params';

/** A projection's matrix [to, from] and its bias, however the file has them. */
export interface Rows {
  readonly from: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
}

export function rowsOfProjection(params: Params, { name, from, to, bias, flipped }: Projection): Rows {
  const stored = adaptedView(params, `${name}.weight`);
  return { from, weight: flipped === true ? flip(stored, from, to) : stored, bias: bias ? view(params, `${name}.bias`) : undefined };
}

/** Queries, keys and values as projections of their own; the queries (with their bias) times `factor`. */
export function inputRows(params: Params, { inputs, heads, headDim }: Attention, factor: number): readonly [Rows, Rows, Rows] {
  if (!('joined' in inputs)) {
    const [q, k, v] = [inputs.q, inputs.k, inputs.v].map((p) => rowsOfProjection(params, p)) as [Rows, Rows, Rows];
    return [scaled(q, factor), k, v];
  }
  const all = rowsOfProjection(params, inputs.joined);
  const part = (i: number): Rows => {
    const pick = (data: Float32Array, width: number): Float32Array => {
      const head = headDim * width;
      if (inputs.order === 'q k v') return data.subarray(i * heads * head, (i + 1) * heads * head);
      return joinArrays(Array.from({ length: heads }, (_, h) => data.subarray((3 * h + i) * head, (3 * h + i + 1) * head)));
    };
    return { from: all.from, weight: pick(all.weight, all.from), bias: all.bias && pick(all.bias, 1) };
  };
  return [scaled(part(0), factor), part(1), part(2)];
}

/** Several projections of the same input, one under another. */
export function stack(all: readonly Rows[]): Rows {
  const biases = all.flatMap((r) => (r.bias === undefined ? [] : [r.bias]));
  if (biases.length !== 0 && biases.length !== all.length) throw new Error('some of the projections have a bias and some have none');
  return { from: all[0]!.from, weight: joinArrays(all.map((r) => r.weight)), bias: biases.length === 0 ? undefined : joinArrays(biases) };
}

const scaled = (rows: Rows, factor: number): Rows =>
  factor === 1 ? rows : { ...rows, weight: rows.weight.map((x) => x * factor), bias: rows.bias?.map((x) => x * factor) };

/** [from, to] as [to, from]. */
function flip(data: Float32Array, from: number, to: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < from; i++) for (let j = 0; j < to; j++) out[j * from + i] = data[i * to + j]!;
  return out;
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
