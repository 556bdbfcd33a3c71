import type { DType, Graph, NodeOf, OpAttributes, OpName, Type, Value } from './graph';

/** Attribute of an ONNX node. Whole numbers are written as INT unless wrapped in {@link float}. */
export type OnnxAttribute = { readonly int: number } | { readonly float: number } | { readonly ints: readonly number[] } | { readonly string: string };

/** Whom a graph is written for: see {@link Emitter.target}. */
export type Target = 'cpu' | 'device';

/** What an op's `emit` writes to: names of values, small constants, and ONNX nodes. */
export interface Emitter {
  /**
   * Where the nodes will run. `cpu` may use all that ONNX Runtime's CPU provider has; `device` must do with what the WebGPU provider
   * computes, and computes rightly (see `placement.ts`).
   */
  readonly target: Target;
  /** Number of an element type as the target has it: positions are int32 on a device, because few kernels take int64 there. */
  dtype(dtype: DType): number;
  name(value: Value): string;
  /** Name of an intermediate value that exists in ONNX only. */
  fresh(): string;
  /** Name of an int64 vector constant. */
  ints(data: readonly number[]): string;
  /** Name of a float32 scalar constant. */
  float(x: number): string;
  /** Name of a uint8 scalar constant. */
  byte(x: number): string;
  /** Name of a float32 constant that is made once a graph for all nodes that ask for the same `key`. */
  table(key: string, shape: readonly number[], make: () => Float32Array): string;
  node(type: string, inputs: readonly string[], outputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, domain?: string): void;
}

/**
 * One op. Gradients flow through the first output only; further outputs are intermediates kept for the backward pass.
 *
 * `vjp` appends to the graph the product of the cotangent `dy` (same type as the first output) with the Jacobian, one value
 * an input, `undefined` where the input is not differentiable. What nobody uses is dropped when the graph is encoded, so
 * rules need not ask which inputs matter. `'none'` marks an op whose result is constant almost everywhere.
 */
export interface Op<K extends OpName> {
  readonly shape: (inputs: readonly Value[], attributes: OpAttributes[K]) => readonly Type[];
  readonly emit: (e: Emitter, node: NodeOf<K>) => void;
  readonly vjp: Vjp<K> | 'none';
}
export type Vjp<K extends OpName> = (g: Graph, dy: Value, node: NodeOf<K>) => readonly (Value | undefined)[];
export type Ops<K extends OpName> = { readonly [P in K]: Op<P> };

/** Emits a node that maps one to one onto ONNX. */
export function onnx<K extends OpName>(
  type: string,
  attributes?: (a: OpAttributes[K]) => Readonly<Record<string, OnnxAttribute>>,
  domain?: string,
): (e: Emitter, node: NodeOf<K>) => void {
  return (e, node) => {
    e.node(type, node.inputs.map((v) => e.name(v)), node.outputs.map((v) => e.name(v)), attributes?.(node.attributes), domain);
  };
}

/** The domain of ONNX Runtime's own ops. */
export const microsoft = 'com.microsoft';
