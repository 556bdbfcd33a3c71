/**
 * A computation as plain data: typed values with concrete shapes, nodes that make values from values, named inputs
 * and outputs. It prints, it can be stored, and nothing in it knows how a node is computed or differentiated: that is
 * the op table (`table.ts`). A graph is built once for a batch shape and run many times.
 */
/** `uint16` are the bits of bfloat16 numbers where they are fed: ONNX Runtime for Node takes no bfloat16 from outside. */
export type DType = 'float32' | 'float16' | 'bfloat16' | 'uint16' | 'int64' | 'int32' | 'uint8' | 'bool';

/** Element type and shape of a value. */
export interface Type {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A handle: `id` is its place in `graph.values`. */
export interface Value extends Type {
  readonly id: number;
}

type None = Readonly<Record<string, never>>;
interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Every op there is, with what parameterises it. `table.ts` must have an entry for each, or it does not compile. */
export interface OpAttributes {
  add: None;
  sub: None;
  mul: None;
  div: None;
  max: None;
  min: None;
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  abs: None;
  sigmoid: None;
  tanh: None;
  softplus: None;
  silu: None;
  erf: None;
  gelu: { readonly approximate: boolean };
  clip: { readonly lo: number; readonly hi: number };
  equal: None;
  less: None;
  greater: None;
  where: None;
  cast: { readonly to: DType };
  stopGradient: None;
  reshape: { readonly shape: readonly number[] };
  transpose: { readonly perm: readonly number[] };
  expand: { readonly shape: readonly number[] };
  concat: { readonly axis: number };
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  matmul: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number };
  gather: { readonly axis: number; readonly once: boolean };
  gatherElements: { readonly axis: number };
  scatterAddElements: { readonly axis: number };
  scatterAddRows: { readonly once: boolean };
  rowDot: None;
  argMax: { readonly axis: number };
  reduceSum: Reduction;
  reduceMean: Reduction;
  reduceMax: Reduction;
  softmax: None;
  logSoftmax: None;
  rmsNorm: { readonly epsilon: number };
  layerNorm: { readonly epsilon: number };
  rope: None;
  causalAttention: { readonly scale: number; readonly block: number; readonly window: number };
  linearLogProb: { readonly scale: number };
  storedMatmul: { readonly rows: number; readonly transB: boolean; readonly alpha: number };
  storedRows: None;
}
export type OpName = keyof OpAttributes;

export interface NodeOf<K extends OpName> {
  readonly op: K;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: OpAttributes[K];
}
export type Node = { [K in OpName]: NodeOf<K> }[OpName];

export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

/** Data that stay in a file: bytes `start` to `end` of `file`, an absolute path without links. */
export interface Mapped {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export const isMapped = (data: TensorData | Mapped): data is Mapped => 'file' in data;

export interface Named {
  readonly name: string;
  readonly value: Value;
}

export interface Constant {
  readonly name: string;
  readonly value: Value;
  readonly data: TensorData | Mapped;
}

export interface Graph {
  readonly values: Value[];
  readonly nodes: Node[];
  readonly inputs: Named[];
  readonly outputs: Named[];
  readonly constants: Constant[];
}

/** An empty graph. */
export function newGraph(): Graph {
  return { values: [], nodes: [], inputs: [], outputs: [], constants: [] };
}

/** Adds a value without saying where it comes from; for {@link input}, {@link constant} and the op builders. */
export function newValue(g: Graph, type: Type): Value {
  const value: Value = { id: g.values.length, dtype: type.dtype, shape: [...type.shape] };
  g.values.push(value);
  return value;
}

/** Declares a named input that is fed at every run. */
export function input(g: Graph, name: string, dtype: DType, shape: readonly number[]): Value {
  claim(g, name);
  const value = newValue(g, { dtype, shape });
  g.inputs.push({ name, value });
  return value;
}

/**
 * A value baked into the graph: a mask, a table, or the weights of a model that is only run. The data are not copied.
 * float16 and bfloat16 data are their bits in a Uint16Array, bool data are 0 and 1 in a Uint8Array.
 */
export function constant(g: Graph, data: TensorData, dtype: DType, shape: readonly number[], name?: string): Value {
  if (data.length !== size(shape)) throw new Error(`constant ${name ?? ''} has ${data.length} elements, its shape [${shape.join(', ')}] wants ${size(shape)}`);
  if (name !== undefined) claim(g, name);
  const value = newValue(g, { dtype, shape });
  g.constants.push({ name: name ?? `constant_${value.id}`, value, data });
  return value;
}

/** A float32 scalar. */
export function scalar(g: Graph, x: number): Value {
  return constant(g, Float32Array.of(x), 'float32', []);
}

/** Names a value as a result of the graph. */
export function output(g: Graph, name: string, value: Value): void {
  claim(g, name);
  g.outputs.push({ name, value });
}

/** ONNX has one space of names for all values. */
function claim(g: Graph, name: string): void {
  if ([...g.inputs, ...g.constants, ...g.outputs].some((v) => v.name === name)) throw new Error(`the graph already has an input, constant or output "${name}"`);
}

/** Number of elements of a shape. */
export function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** One line a node, for reading and for tests. */
export function printGraph(g: Graph): string {
  const type = (v: Value) => `%${v.id}:${v.dtype}[${v.shape.join(',')}]`;
  const attributes = (n: Node) => (Object.keys(n.attributes).length ? ` ${JSON.stringify(n.attributes)}` : '');
  return [
    ...g.inputs.map((i) => `${type(i.value)} = input ${i.name}`),
    ...g.constants.map((c) => `${type(c.value)} = constant ${c.name}`),
    ...g.nodes.map((n) => `${n.outputs.map(type).join(', ')} = ${n.op}(${n.inputs.map((v) => `%${v.id}`).join(', ')})${attributes(n)}`),
    ...g.outputs.map((o) => `output ${o.name} = %${o.value.id}`),
  ].join('\n');
}
