import type { Type, Value } from './graph';

/** The shape that ONNX (NumPy) broadcasting gives. Throws when the shapes do not fit. */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    let dim = 1;
    for (const s of shapes) {
      const d = s[i - rank + s.length] ?? 1;
      if (d !== 1 && dim !== 1 && d !== dim) throw new Error(`shapes do not broadcast: ${shapes.map(show).join(' and ')}`);
      if (d !== 1) dim = d;
    }
    return dim;
  });
}

/** `[2, 3]`, for messages. */
export function show(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** A non-negative axis. */
export function normalAxis(axis: number, rank: number): number {
  const a = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(a) || a < 0 || a >= rank) throw new Error(`axis ${axis} is outside of rank ${rank}`);
  return a;
}

/** The shape with the dimension at `axis` replaced. */
export function withDim(shape: readonly number[], axis: number, dim: number): number[] {
  return shape.map((d, i) => (i === axis ? dim : d));
}

/** Shape after a reduction over `axes`. */
export function reduced(shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] {
  return keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** Throws unless the condition holds. */
export function must(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Error(message());
}

/** Shape rule of an elementwise function of one value. */
export const same = (inputs: readonly Value[]): readonly Type[] => [inputs[0]!];

/** Shape rule of an elementwise function of several values of one dtype. */
export function broadcasted(inputs: readonly Value[]): readonly Type[] {
  const dtype = inputs[0]!.dtype;
  must(inputs.every((v) => v.dtype === dtype), () => `mixed dtypes: ${inputs.map((v) => v.dtype).join(', ')}`);
  return [{ dtype, shape: broadcast(...inputs.map((v) => v.shape)) }];
}
