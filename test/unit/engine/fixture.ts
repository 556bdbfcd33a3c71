import { readFileSync } from 'node:fs';
import { parseModelConfig, type ModelConfig } from '../../../src/models/config';
import { modelSpecs, type Head } from '../../../src/models/specs';
import { layoutParams, view, type Params } from '../../../src/models/params';
import type { JsonObject } from '../../../src/base/json';

/** A float32 array as base64 of its little-endian bytes. */
export type Packed = string;
export type Tensors = Readonly<Record<string, Packed>>;

/** Reads a file of `test/fixtures/engine`; see `make.py` there for what it holds. */
export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(`test/fixtures/engine/${name}`, 'utf8'));
}

export function unpack(packed: Packed): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(packed, 'base64'));
  return new Float32Array(bytes.buffer);
}

export function configOf(json: unknown): ModelConfig {
  return parseModelConfig(json as JsonObject, 'fixture');
}

/** A model's flat parameters from tensors by name; every tensor must be there and have the length its shape says. */
export function paramsOf(config: ModelConfig, head: Head, tensors: Tensors): Params {
  const params = layoutParams(modelSpecs(config, head));
  for (const { name } of params.specs) {
    const data = unpack(tensors[name] ?? '');
    const target = view(params, name);
    if (data.length !== target.length) throw new Error(`${name}: ${data.length} elements in the fixture, ${target.length} in the model`);
    target.set(data);
  }
  return params;
}

/** ‖a − b‖ / ‖b‖. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let norm = 0;
  a.forEach((x, i) => {
    difference += (x - b[i]!) ** 2;
    norm += b[i]! ** 2;
  });
  if (a.length !== b.length || a.length === 0) return Infinity;
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}

/** The largest difference between elements. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from({ length: a.length }, (_, i) => Math.abs(a[i]! - b[i]!)).reduce((x, y) => Math.max(x, y), 0);
}
