import { isMapped, type DType, type Mapped, type TensorData } from '../engine/graph';
import type { OnnxAttribute, Target } from '../engine/op';
import { emitProduct, type Factor, type ProductOptions } from '../engine/table/product';
import type { OnnxNode, OnnxPort, OnnxTensor } from '../engine/onnx';
import { sizeOf } from './params';

/** Appends a node with one result and gives its name. */
export interface Op {
  (type: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, domain?: string): string;
  /** Appends a node whose results have the given names. */
  into(outputs: string[], type: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, domain?: string): string[];
  fresh(): string;
}

/** Nodes and constants in ONNX's own terms, each constant once. */
export interface OnnxBuilder {
  readonly op: Op;
  readonly nodes: OnnxNode[];
  readonly tensors: OnnxTensor[];
  readonly ints: (data: readonly number[]) => string;
  readonly floats: (name: string, data: Float32Array, shape: readonly number[]) => string;
  /** A·B with either transposed: see `emitProduct`. */
  readonly product: (a: Factor, b: Factor, options?: ProductOptions) => string;
  readonly target: Target;
  /** Matrices of float32 are inputs instead of constants. */
  readonly feeds: boolean;
  /** A constant of another type, or one that stays in a file. */
  readonly constant: (name: string, dtype: DType, data: TensorData | Mapped, shape: readonly number[]) => string;
  /** An input that is fed with the same array at every run, which is not copied. */
  readonly input: (name: string, dtype: DType, data: TensorData, shape: readonly number[]) => string;
  readonly fed: OnnxInput[];
}

/** An input with the array that it is fed. */
export interface OnnxInput extends OnnxPort {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export function onnxBuilder(target: Target, feeds = false): OnnxBuilder {
  const nodes: OnnxNode[] = [];
  const tensors: OnnxTensor[] = [];
  const fed: OnnxInput[] = [];
  const names = new Set<string>();
  let count = 0;
  const add = (name: string, dtype: DType, data: TensorData | Mapped, shape: readonly number[]): string => {
    if (!isMapped(data) && sizeOf(shape) !== data.length) throw new Error(`${name} has ${data.length} elements for shape [${shape.join(', ')}]`);
    if (!names.has(name)) tensors.push({ name, dtype, shape, data });
    names.add(name);
    return name;
  };
  const into: Op['into'] = (outputs, type, inputs, attributes = {}, domain = '') => {
    nodes.push({ type, inputs, outputs, attributes, domain });
    return outputs;
  };
  const fresh = (): string => `v${count++}`;
  const ints = (data: readonly number[]): string => add(`ints_${data.join('_')}`, 'int64', BigInt64Array.from(data, BigInt), [data.length]);
  const op: Op = Object.assign((...[type, inputs, attributes, domain]: Parameters<Op>) => into([fresh()], type, inputs, attributes, domain)[0]!, { into, fresh });
  return {
    target,
    feeds,
    product(a, b, options) {
      const y = fresh();
      const float = (x: number): string => add(`float_${x}`, 'float32', Float32Array.of(x), []);
      emitProduct({ target, fresh, float, ints, node: (type, inputs, outputs, attributes, domain) => into([...outputs], type, inputs, attributes, domain) }, a, b, y, options);
      return y;
    },
    op,
    nodes,
    tensors,
    ints,
    floats: (name, data, shape) => add(name, 'float32', data, shape),
    constant: add,
    fed,
    input(name, dtype, data, shape) {
      if (!names.has(name)) fed.push({ name, dtype, shape, data });
      names.add(name);
      return name;
    },
  };
}
