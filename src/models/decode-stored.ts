import type { Mapped } from '../engine/graph';
import { microsoft } from '../engine/op';
import { blockSize, partElements, partSizes } from '../engine/table/stored';
import { onnxType } from '../engine/table/elementwise';
import { adapterScale, nameA, nameB } from './adapter';
import { rowsOfProjection } from './decode-weights';
import type { Projection } from './family';
import type { OnnxBuilder } from './onnx-builder';
import { specOf, storedOf, view, type Params } from './params';
import { asMatMulNBits } from './quantise';
import type { StoredBlocks, StoredHalves } from './stored';

/** Products with weights that are stored in fewer bytes than float32, or fed, in the graph that generates. */
export interface StoredPieces {
  /** True when one of the projections' weights is stored so, or fed: then each is a product of its own. */
  has(projections: readonly Projection[]): boolean;
  /** What a projection gives for x [B, S, from], its bias and adapter included. */
  project(x: string, projection: Projection): string;
  /** x Wᵀ for x [B, K] and a matrix of 16-bit floats [rows, K]. */
  product(x: string, name: string, stored: StoredHalves): string;
  /** Rows of a matrix of 16-bit floats, as float32. */
  rows(name: string, stored: StoredHalves, ids: string): string;
  /** A matrix of float32 in the shape that it has in files: baked in, or fed where there are many (see {@link feedsFloats}). */
  floatMatrix(name: string): string;
}

/**
 * Whether so many bytes of float32 weights are fed at every run instead of being baked in: baked in, they are there twice more, packed and (while the
 * session is made) as bytes of the graph, of which ONNX takes 2 GiB. Small models write faster with packed weights, which the processor's caches hold.
 */
export const feedsFloats = (bytes: number): boolean => bytes >= 256e6;

/** Of all float32 weights, those beneath an adapter included. */
export const floatBytes = (params: Params): number => params.data.byteLength + (params.base === undefined ? 0 : floatBytes(params.base));

/**
 * 16-bit floats stay in the model's file, which ONNX Runtime maps, or are fed where they have been read already (a model that is trained with an adapter):
 * a part of a matrix at a time is widened for its product and forgotten. Sums are of float32, so the results are those of the same weights as float32. Blocks of 8 or 4 bits are multiplied by MatMulNBits, which also rounds what it
 * multiplies them with to 8 bits (`accuracy_level` 4): without that it is no faster than float32 with 4 bits, and 30 times slower with 8.
 */
export function storedPieces(b: OnnxBuilder, params: Params): StoredPieces {
  const { op, ints, floats } = b;
  const shapes = new Map<string, string>();

  /** [0, −1], which as a shape means "as it was", known only once x is: see `emitStoredProduct`. */
  const shapeAfter = (x: string): string => {
    let shape = shapes.get(x);
    if (shape === undefined) {
      const first = op('Slice', [op('Reshape', [x, ints([-1])]), ints([0]), ints([1])]);
      shape = op('Concat', [op('ArgMax', [first], { axis: { int: 0 } }), ints([-1])], { axis: { int: 0 } });
      shapes.set(x, shape);
    }
    return shape;
  };
  const dtypeOf = ({ place }: StoredHalves): 'float16' | 'bfloat16' => (place.dtype === 'F16' ? 'float16' : 'bfloat16');
  const toFloat = (x: string): string => op('Cast', [x], { to: { int: onnxType.float32 } });
  /** Rows of a matrix as they are stored, once `ready` has been made of them. */
  const stretch = (name: string, stored: StoredHalves, rows: number, columns: number, from: number, ready: (raw: string) => string): string => {
    const own = `${name}.${from}.${rows}`;
    if (!stored.held()) {
      const { path: file, start } = stored.place;
      const data: Mapped = { file, start: start + 2 * from * columns, end: start + 2 * (from + rows) * columns };
      return toFloat(ready(b.constant(own, dtypeOf(stored), data, [rows, columns])));
    }
    const bits = stored.bits().subarray(from * columns, (from + rows) * columns);
    // onnxruntime-node takes no bfloat16 from outside.
    if (dtypeOf(stored) === 'float16') return toFloat(ready(b.input(own, 'float16', bits, [rows, columns])));
    return toFloat(op('BitCast', [ready(b.input(own, 'uint16', bits, [rows, columns]))], { to: { int: onnxType.bfloat16 } }));
  };
  /** The same as float32, not before x is there. */
  const part = (x: string, name: string, stored: StoredHalves, rows: number, columns: number, from = 0): string => stretch(name, stored, rows, columns, from, (raw) => op('Reshape', [raw, shapeAfter(x)]));
  const shapeOf = (name: string): [number, number] => specOf(params, name).shape as [number, number];

  const product = (x: string, name: string, stored: StoredHalves): string => {
    const [rows, columns] = shapeOf(name);
    const sizes = partSizes(rows, Math.max(1, Math.floor(partElements / columns)));
    let from = 0;
    const results = sizes.map((n) => {
      const w = part(x, name, stored, n, columns, from);
      from += n;
      return op('FusedMatMul', [x, w], { transB: { int: 1 } }, microsoft);
    });
    return results.length === 1 ? results[0]! : op('Concat', results, { axis: { int: -1 } });
  };
  /** x W for a matrix that files have as [in, out]. */
  const flippedProduct = (x: string, name: string, stored: StoredHalves): string => op('MatMul', [x, part(x, name, stored, ...shapeOf(name))]);

  const blocksProduct = (x: string, name: string, stored: StoredBlocks, { from, to }: Projection): string => {
    const perRow = from / blockSize;
    const values = b.constant(`${name}.values`, 'uint8', asMatMulNBits(stored), [to, perRow, (blockSize * stored.bits) / 8]);
    const scales = floats(`${name}.scales`, stored.scales, [to, perRow]);
    const sizes = { K: { int: from }, N: { int: to }, bits: { int: stored.bits }, block_size: { int: blockSize } };
    return op('MatMulNBits', [x, values, scales], { ...sizes, accuracy_level: { int: 4 } }, microsoft);
  };

  /** y + s·(x Aᵀ) Bᵀ, when there is an adapter on the layer. */
  const adapted = (x: string, y: string, { name, from, to }: Projection): string => {
    const { adapter } = params;
    if (adapter?.modules.includes(name) !== true) return y;
    const s = adapterScale(adapter);
    const a = floats(nameA(name), view(params, nameA(name)), [adapter.rank, from]);
    const scaled = floats(nameB(name), view(params, nameB(name)).map((v) => v * s), [to, adapter.rank]);
    const inner = op('FusedMatMul', [x, a], { transB: { int: 1 } }, microsoft);
    return op('Add', [y, op('FusedMatMul', [inner, scaled], { transB: { int: 1 } }, microsoft)]);
  };

  const floatMatrix = (name: string): string => (b.feeds ? b.input(name, 'float32', view(params, name), specOf(params, name).shape) : floats(name, view(params, name), specOf(params, name).shape));

  return {
    has: (projections) => b.feeds || projections.some(({ name }) => storedOf(params, `${name}.weight`) !== undefined),
    product,
    floatMatrix,
    rows: (name, stored, ids) => stretch(name, stored, ...shapeOf(name), 0, (raw) => op('Gather', [raw, ids], { axis: { int: 0 } })),
    project(x, projection) {
      const { name, from, to, bias, flipped } = projection;
      const weight = `${name}.weight`;
      const stored = storedOf(params, weight);
      const biased = (y: string): string => (bias ? op('Add', [y, floats(`${name}.bias`, view(params, `${name}.bias`), [to])]) : y);
      if (stored === undefined && b.feeds) return adapted(x, biased(flipped === true ? op('MatMul', [x, floatMatrix(weight)]) : op('FusedMatMul', [x, floatMatrix(weight)], { transB: { int: 1 } }, microsoft)), projection);
      if (stored === undefined) return biased(op('FusedMatMul', [x, floats(weight, rowsOfProjection(params, projection).weight, [to, from])], { transB: { int: 1 } }, microsoft));
      const y = stored.kind === 'blocks' ? blocksProduct(x, weight, stored, projection) : flipped === true ? flippedProduct(x, weight, stored) : product(x, weight, stored);
      return adapted(x, biased(y), projection);
    },
  };
}
