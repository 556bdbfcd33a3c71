import { UserError } from '../base/errors';
import { parseStrictJson } from './strict-json';

/** Bytes of one element, for every type of the format that has whole bytes. */
export const bytesPerElement = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1,
} as const;

export type SafetensorsDType = keyof typeof bytesPerElement;

/** One tensor of a safetensors file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  /** Absolute, in bytes. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** As in the reference implementation: a longer header is an attack or an accident. */
const maxHeaderBytes = 100_000_000;

/**
 * Length of the JSON header, from the first eight bytes of a file of `fileSize` bytes.
 * @throws UserError when it cannot be one.
 */
export function headerLength(first8: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < 8 || first8.length < 8) return broken(file, `is only ${fileSize} bytes long`);
  const length = new DataView(first8.buffer, first8.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) broken(file, `says that its header has ${length.toString()} bytes; ${maxHeaderBytes} is the most`);
  if (length > BigInt(fileSize - 8)) broken(file, `says that its header has ${length.toString()} bytes but is only ${fileSize} bytes long`);
  if (length < 2n) broken(file, `says that its header has ${length.toString()} bytes`);
  return Number(length);
}

/**
 * Reads and checks a header: every tensor has a known type, its byte range fits its shape, and the ranges cover the
 * data exactly, without gap or overlap, to the end of the file. Nothing is allocated by what the header claims.
 * @throws UserError naming `file`, the tensor and what is wrong.
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, file: string): SafetensorsHeader {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return broken(file, 'has a header that is not UTF-8');
  }
  if (!text.startsWith('{')) broken(file, 'has a header that does not start with "{"');
  const json = parseStrictJson(text, file, 8) as Record<string, unknown>;
  const dataStart = 8 + bytes.length;
  const tensors = new Map<string, TensorEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') metadata = metadataOf(value, file);
    else tensors.set(name, entryOf(name, value, dataStart, fileSize, file));
  }
  let at = dataStart;
  for (const t of [...tensors.values()].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (t.start < at) broken(file, `has tensors that overlap: ${quote(t.name)} starts ${at - t.start} bytes too early`);
    if (t.start > at) broken(file, `has ${t.start - at} bytes before tensor ${quote(t.name)} that belong to nothing`);
    at = t.end;
  }
  if (at !== fileSize) broken(file, `has ${fileSize - at} bytes after the last tensor`);
  return { tensors, metadata };
}

function metadataOf(value: unknown, file: string): Record<string, string> {
  if (!isObject(value)) return broken(file, 'has __metadata__ that is not an object');
  for (const [k, v] of Object.entries(value)) if (typeof v !== 'string') broken(file, `has __metadata__ with a value that is not text at ${quote(k)}`);
  return value as Record<string, string>;
}

function entryOf(name: string, value: unknown, dataStart: number, fileSize: number, file: string): TensorEntry {
  const bad = (what: string): never => broken(file, `has a tensor ${quote(name)} ${what}`);
  if (!isObject(value)) return bad('that is not described by an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(bytesPerElement, dtype)) return bad(`of the unknown type ${quote(dtype)}; known: ${Object.keys(bytesPerElement).join(', ')}`);
  if (!isCounts(shape)) return bad(`with the shape ${quote(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) return bad(`with the offsets ${quote(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > fileSize - dataStart) bad(`at bytes ${begin} to ${end} of ${fileSize - dataStart}`);
  let bytes = bytesPerElement[dtype as SafetensorsDType];
  let size = 1;
  for (const d of shape) {
    size *= d;
    bytes *= d;
    if (!Number.isSafeInteger(bytes)) bad(`with the absurd shape ${quote(shape)}`);
  }
  if (bytes !== end - begin) bad(`of type ${dtype} and shape ${quote(shape)}, ${bytes} bytes, with a range of ${end - begin} bytes`);
  return { name, dtype: dtype as SafetensorsDType, shape, size, start: dataStart + begin, end: dataStart + end };
}

const isObject = (v: unknown): v is Record<string, unknown> => v !== null && typeof v === 'object' && !Array.isArray(v);
const isCounts = (v: unknown): v is number[] => Array.isArray(v) && v.every((n) => Number.isSafeInteger(n) && n >= 0);

function quote(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

function broken(file: string, what: string): never {
  throw new UserError('safetensors.broken', `${file} ${what}: it is damaged or not a safetensors file. Copy or download it again.`);
}
