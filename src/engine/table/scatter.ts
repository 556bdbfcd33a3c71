import { size, type NodeOf, type Value } from '../graph';
import type { Emitter } from '../op';

/** Rows are added where their ids say, in the same order every time. */
export function emitScatterAddRows(e: Emitter, { inputs: [x, ids, updates], outputs: [y], attributes: { once } }: NodeOf<'scatterAddRows'>): void {
  const column = (length: number): string => {
    const made = e.fresh();
    e.node('Reshape', [e.name(ids!), e.ints([-1, ...Array.from({ length: length - 1 }, () => 1)])], [made]);
    return made;
  };
  // By whole rows and all threads, which loses updates when ids repeat (ONNX Runtime 1.30). No device takes the positions that it wants.
  if (once && e.target === 'cpu') {
    e.node('ScatterND', [e.name(x!), column(2), e.name(updates!)], [e.name(y!)], { reduction: { string: 'add' } });
    return;
  }
  const index = e.fresh();
  e.node('Expand', [column(updates!.shape.length), e.ints(updates!.shape)], [index]);
  const added = once || e.target === 'cpu' ? e.name(updates!) : emitSumsAtFirst(e, ids!, updates!);
  e.node('ScatterElements', [e.name(x!), index, added], [e.name(y!)], { axis: { int: 0 }, reduction: { string: 'add' } });
}

/** So many rows of the table of who equals whom are there at a time. */
const block = 1024;

/**
 * In place of each row the sum of all rows with its id where that id comes first, else zeros. A device adds what goes to one place in whatever order its
 * threads come, and no two runs would give the same bits; of these, all but one are zeros. The sums are a product with the [N, N] table of equal ids.
 * @returns the name of an array of the shape of `updates`.
 */
function emitSumsAtFirst(e: Emitter, ids: Value, updates: Value): string {
  const n = ids.shape[0]!;
  const op = (type: string, inputs: readonly string[], attributes = {}): string => {
    const made = e.fresh();
    e.node(type, inputs, [made], attributes);
    return made;
  };
  const rows = op('Reshape', [e.name(updates), e.ints([n, -1])]);
  // Slices of whole numbers are not cut on a device; as floats, ids are exact up to 16 million.
  const floats = op('Cast', [e.name(ids)], { to: { int: e.dtype('float32') } });
  const across = op('Reshape', [floats, e.ints([1, n])]);
  const down = op('Reshape', [floats, e.ints([n, 1])]);
  // The further ahead, the greater: the greatest of those that equal a row is that of the first of them.
  const ahead = (shape: readonly number[], from: number): string => e.table(`ahead ${shape.join('x')} ${n - from}`, shape, () => Float32Array.from({ length: size(shape) }, (_, i) => n - from - i));
  const sums: string[] = [];
  for (let start = 0; start < n; start += block) {
    const end = Math.min(n, start + block);
    const own = n <= block ? down : op('Slice', [down, e.ints([start]), e.ints([end]), e.ints([0])]);
    const equal = op('Cast', [op('Equal', [own, across])], { to: { int: e.dtype('float32') } });
    const first = op('ReduceMax', [op('Mul', [equal, ahead([1, n], 0)]), e.ints([1])], { keepdims: { int: 1 } });
    const isFirst = op('Cast', [op('Equal', [first, ahead([end - start, 1], start)])], { to: { int: e.dtype('float32') } });
    sums.push(op('Mul', [op('MatMul', [equal, rows]), isFirst]));
  }
  return op('Reshape', [sums.length === 1 ? sums[0]! : op('Concat', sums, { axis: { int: 0 } }), e.ints(updates.shape)]);
}
