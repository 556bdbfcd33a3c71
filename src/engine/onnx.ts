import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { microsoft, type Emitter, type Op, type OnnxAttribute, type Target } from './op';
import { isMapped, size, type DType, type Graph, type Mapped, type Named, type NodeOf, type OpName, type TensorData } from './graph';
import { table } from './table';
import { onnxType } from './table/elementwise';

/** Standard opset of the models written: the oldest that has the axes of every reduction as an input, and the oldest with BitCast where that is needed. */
const opset = 18;
const bitCastOpset = 26;

/** Nodes of ONNX itself; ONNX Runtime's own are in `com.microsoft`. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  readonly domain: string;
}
export interface OnnxTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData | Mapped;
}

/** An input or output; a dimension given by name is known only when the model runs. */
export interface OnnxPort {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}
/** A model as bytes, and the folder from which it names the files of constants that are not in them. */
export interface EncodedModel {
  readonly bytes: Uint8Array;
  readonly folder: string | undefined;
}

/** A model in ONNX's own terms. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

/** Protobuf messages end at 2 GiB; some room is left for the nodes. */
const maxBytes = 2 ** 31 - 2 ** 24;

/**
 * The graph as the bytes of an ONNX model. Nodes that no output needs are left out. For a device, inputs, outputs and constants of
 * int64 are int32.
 * Throws when constants exceed what one protobuf message holds.
 */
export function encodeModel(g: Graph, target: Target = 'cpu'): EncodedModel {
  const port = ({ name, value }: Named): OnnxPort => ({ name, dtype: targetType(value.dtype, target), shape: value.shape });
  return encodeOnnx({ ...lower(g, target), inputs: g.inputs.map(port), outputs: g.outputs.map(port) });
}

/**
 * A model in ONNX's own terms as bytes (onnx.proto3, written field by field).
 * Throws when constants exceed what one protobuf message holds.
 */
export function encodeOnnx({ nodes, tensors, inputs, outputs }: OnnxModel): EncodedModel {
  const folder = commonFolder(tensors.flatMap(({ data }) => (isMapped(data) ? [data.file] : [])));
  const bytes = tensors.reduce((n, t) => n + (isMapped(t.data) ? 0 : t.data.byteLength), 0);
  if (bytes > maxBytes) throw new Error(`the constants of the graph take ${bytes} bytes; an ONNX model in memory holds less than 2 GiB`);

  const w = new BinaryWriter();
  w.uint32(1 << 3 | WireType.Varint).int64(8); // ir_version
  string(w, 2, 'plumbline'); // producer_name
  message(w, 7, (graph) => {
    nodes.forEach((node) => { message(graph, 1, (m) => { writeNode(m, node); }); });
    string(graph, 2, 'graph');
    tensors.forEach((tensor) => { message(graph, 5, (m) => { writeTensor(m, tensor, folder); }); });
    inputs.forEach((port) => { message(graph, 11, (m) => { writeValueInfo(m, port); }); });
    outputs.forEach((port) => { message(graph, 12, (m) => { writeValueInfo(m, port); }); });
  });
  writeOpset(w, '', nodes.some((n) => n.type === 'BitCast') ? bitCastOpset : opset);
  writeOpset(w, microsoft, 1);
  return { bytes: w.finish(), folder };
}

/** The deepest folder that holds all the files, with a separator at its end, or undefined when there are none. ONNX names files from a folder and may not leave it. */
function commonFolder(files: readonly string[]): string | undefined {
  const [first] = files;
  if (first === undefined) return undefined;
  const separator = first.startsWith('/') ? '/' : '\\';
  const above = (path: string): string => path.slice(0, path.lastIndexOf(separator, path.length - 2) + 1);
  let folder = above(first);
  for (const file of files) while (!file.startsWith(folder)) folder = above(folder);
  if (folder === '') throw new Error(`${files.join(' and ')} are no absolute paths on one drive`);
  return folder;
}

/** The graph in ONNX's own nodes, names and constants, without what no output needs. */
export function lower(g: Graph, target: Target = 'cpu'): { nodes: OnnxNode[]; tensors: OnnxTensor[] } {
  const names = new Map<number, string>();
  const tensors: OnnxTensor[] = [];
  g.inputs.forEach(({ name, value }) => names.set(value.id, name));
  for (const { name, value, data } of g.constants) {
    names.set(value.id, name);
    tensors.push({ name, dtype: targetType(value.dtype, target), shape: value.shape, data: targetType(value.dtype, target) === value.dtype ? data : narrow(data as BigInt64Array, name) });
  }
  // A graph output must be made by a node under its own name. Where two are one value, or one is an input, a node has to copy it.
  const given = new Set(names.keys());
  for (const { name, value } of g.outputs) if (!names.has(value.id)) names.set(value.id, name);
  const nodes: OnnxNode[] = [];
  const shared = new Map<string, string>();
  const share = (key: string, dtype: DType, shape: readonly number[], make: () => TensorData): string => {
    let name = shared.get(key);
    if (name === undefined) {
      name = `shared_${shared.size}`;
      shared.set(key, name);
      tensors.push({ name, dtype, shape, data: make() });
    }
    return name;
  };
  let fresh = 0;
  const emitter: Emitter = {
    target,
    dtype: (dtype) => onnxType[targetType(dtype, target)],
    name: (value) => names.get(value.id) ?? `value_${value.id}`,
    fresh: () => `inner_${fresh++}`,
    ints: (data) => share(`int64 ${data.join(' ')}`, 'int64', [data.length], () => BigInt64Array.from(data, BigInt)),
    float: (x) => share(`float32 ${x}`, 'float32', [], () => Float32Array.of(x)),
    byte: (x) => share(`uint8 ${x}`, 'uint8', [], () => Uint8Array.of(x)),
    table: (key, shape, make) => share(`${key} ${shape.join('x')}`, 'float32', shape, make),
    node: (type, inputs, outputs, attributes = {}, domain = '') => nodes.push({ type, inputs, outputs, attributes, domain }),
  };
  g.nodes.forEach((node) => { emit(emitter, node); });
  for (const { name, value } of g.outputs) if (given.has(value.id) || names.get(value.id) !== name) emitter.node('Identity', [emitter.name(value)], [name]);

  const needed = new Set(g.outputs.map((o) => o.name));
  const kept = nodes
    .reverse()
    .filter((node) => {
      if (!node.outputs.some((o) => needed.has(o))) return false;
      node.inputs.forEach((i) => needed.add(i));
      return true;
    })
    .reverse();
  return { nodes: kept, tensors: tensors.filter((t) => needed.has(t.name)) };
}

/** The element type that stands for `dtype` on a target. */
export function targetType(dtype: DType, target: Target): DType {
  return target === 'device' && dtype === 'int64' ? 'int32' : dtype;
}

/** Positions as int32, into `to` when given. Throws when one does not fit. */
export function narrow(data: BigInt64Array, name: string, to = new Int32Array(data.length)): Int32Array<ArrayBuffer> {
  for (let i = 0; i < data.length; i++) {
    const x = Number(data[i]!);
    if (x !== (x | 0)) throw new Error(`${name}: ${data[i]!} does not fit into 32 bits, which positions have on a device`);
    to[i] = x;
  }
  return to;
}

function emit<K extends OpName>(emitter: Emitter, node: NodeOf<K>): void {
  (table[node.op] as Op<K>).emit(emitter, node);
}

function message(w: BinaryWriter, field: number, write: (w: BinaryWriter) => void): void {
  w.uint32(field << 3 | WireType.LengthDelimited).fork();
  write(w);
  w.join();
}

function string(w: BinaryWriter, field: number, text: string): void {
  w.uint32(field << 3 | WireType.LengthDelimited).string(text);
}

function integer(w: BinaryWriter, field: number, x: number): void {
  w.uint32(field << 3 | WireType.Varint).int64(x);
}

function writeOpset(w: BinaryWriter, domain: string, version: number): void {
  message(w, 8, (m) => {
    string(m, 1, domain);
    integer(m, 2, version);
  });
}

function writeNode(w: BinaryWriter, node: OnnxNode): void {
  node.inputs.forEach((name) => { string(w, 1, name); });
  node.outputs.forEach((name) => { string(w, 2, name); });
  string(w, 4, node.type);
  for (const [name, attribute] of Object.entries(node.attributes)) message(w, 5, (m) => { writeAttribute(m, name, attribute); });
  string(w, 7, node.domain);
}

/** Fields and numbers of `AttributeProto.AttributeType`: FLOAT 1, INT 2, STRING 3, INTS 7. */
function writeAttribute(w: BinaryWriter, name: string, a: OnnxAttribute): void {
  string(w, 1, name);
  if ('float' in a) {
    w.uint32(2 << 3 | WireType.Bit32).float(a.float);
    integer(w, 20, 1);
  } else if ('int' in a) {
    integer(w, 3, a.int);
    integer(w, 20, 2);
  } else if ('string' in a) {
    string(w, 4, a.string);
    integer(w, 20, 3);
  } else {
    a.ints.forEach((x) => { integer(w, 8, x); });
    integer(w, 20, 7);
  }
}

const locationIn = (folder: string, file: string): string => (folder.startsWith('/') ? file.slice(folder.length) : file.slice(folder.length).replaceAll('\\', '/'));

function writeTensor(w: BinaryWriter, t: OnnxTensor, folder: string | undefined): void {
  if (!isMapped(t.data) && t.data.length !== size(t.shape)) throw new Error(`${t.name} has ${t.data.length} elements for shape [${t.shape.join(', ')}]`);
  t.shape.forEach((d) => { integer(w, 1, d); });
  integer(w, 2, onnxType[t.dtype]);
  string(w, 8, t.name);
  if (isMapped(t.data)) {
    const { file, start, end } = t.data;
    const entries = { location: locationIn(folder ?? '', file), offset: String(start), length: String(end - start) };
    for (const [key, value] of Object.entries(entries)) {
      message(w, 13, (entry) => { // external_data
        string(entry, 1, key);
        string(entry, 2, value);
      });
    }
    integer(w, 14, 1); // data_location: EXTERNAL
    return;
  }
  w.uint32(9 << 3 | WireType.LengthDelimited).bytes(new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength)); // raw_data, little endian
}

function writeValueInfo(w: BinaryWriter, { name, dtype, shape }: OnnxPort): void {
  string(w, 1, name);
  message(w, 2, (type) => {
    message(type, 1, (tensor) => {
      integer(tensor, 1, onnxType[dtype]);
      message(tensor, 2, (dims) => {
        shape.forEach((d) => { message(dims, 1, (dim) => { if (typeof d === 'number') integer(dim, 1, d); else string(dim, 2, d); }); });
      });
    });
  });
}
