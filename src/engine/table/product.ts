import { microsoft, type Emitter, type OnnxAttribute } from '../op';

/** A factor: the name of a value in ONNX, how many dimensions it has, and their sizes where they are known. */
export interface Factor {
  readonly name: string;
  readonly rank: number;
  readonly shape?: readonly number[];
}

export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/** The nodes that {@link emitProduct} and the decode graph write to. */
export type Nodes = Pick<Emitter, 'target' | 'fresh' | 'float' | 'ints' | 'node'>;

/**
 * α·A·B over the last two dimensions, either transposed. The CPU provider has one kernel for all of it; WebGPU has none of that name, but
 * `Gemm` for two matrices, and for stacks of them a product after a transposition.
 */
export function emitProduct(e: Nodes, a: Factor, b: Factor, y: string, { transA = false, transB = false, alpha = 1 }: ProductOptions = {}): void {
  const attributes = (): Record<string, OnnxAttribute> => ({ transA: { int: Number(transA) }, transB: { int: Number(transB) }, alpha: { float: alpha } });
  if (!transA && !transB && alpha === 1) e.node('MatMul', [a.name, b.name], [y]);
  else if (e.target === 'cpu' && transA && !transB && isTall(a, b)) emitTallProduct(e, a, b, y, alpha);
  else if (e.target === 'cpu') e.node('FusedMatMul', [a.name, b.name], [y], attributes(), microsoft);
  else if (a.rank === 2 && b.rank === 2) e.node('Gemm', [a.name, b.name], [y], attributes());
  else {
    const factors = [transA ? turned(e, a) : a.name, transB ? turned(e, b) : b.name];
    const product = alpha === 1 ? y : e.fresh();
    e.node('MatMul', factors, [product]);
    if (alpha !== 1) e.node('Mul', [product, e.float(alpha)], [y]);
  }
}

/**
 * From so many elements of the narrower factor on: below, it stays in the caches, and the product transposes it as it goes. Where the left one is the wider, as
 * in the gradient of an output matrix, transposing it as it goes is slow before that ([768, 32000]ᵀ [768, 288]: 42 GFLOP/s, the other way round 70).
 */
const tall = { narrowLeft: 300_000, wideLeft: 140_000 };

/** Aᵀ·B of matrices with many more rows than the caches hold of the narrower one, as gradients of weights are: all tokens, by width. */
function isTall({ shape: a }: Factor, { shape: b }: Factor): boolean {
  if (a?.length !== 2 || b?.length !== 2) return false;
  const [rows, left, right] = [a[0]!, a[1]!, b[1]!];
  return rows * Math.min(left, right) >= (left <= right ? tall.narrowLeft : tall.wideLeft);
}

/**
 * Aᵀ·B with the narrower factor transposed by itself first: 1.4 to 1.7 times as fast as the product that transposes (2 threads, MLAS of ONNX
 * Runtime 1.30, [2048, 768]ᵀ [2048, 288]: 56 and 96 GFLOP/s). The reshapes keep ONNX Runtime from fusing the two again.
 */
function emitTallProduct(e: Nodes, a: Factor, b: Factor, y: string, alpha: number): void {
  const [n, left] = a.shape as [number, number];
  const right = b.shape![1]!;
  const asWritten = left <= right;
  const [narrow, wide, width] = asWritten ? [a, b, left] : [b, a, right];
  const [stacked, moved, flat] = [e.fresh(), e.fresh(), e.fresh()];
  e.node('Reshape', [narrow.name, e.ints([1, n, width])], [stacked]);
  e.node('Transpose', [stacked], [moved], { perm: { ints: [0, 2, 1] } });
  e.node('Reshape', [moved, e.ints([width, n])], [flat]);
  const product = asWritten ? y : e.fresh();
  if (alpha === 1) e.node('MatMul', [flat, wide.name], [product]);
  else e.node('FusedMatMul', [flat, wide.name], [product], { transA: { int: 0 }, transB: { int: 0 }, alpha: { float: alpha } }, microsoft);
  // Bᵀ·A is the transpose of what is asked.
  if (!asWritten) e.node('Transpose', [product], [y], { perm: { ints: [1, 0] } });
}

function turned(e: Nodes, { name, rank }: Factor): string {
  const y = e.fresh();
  e.node('Transpose', [name], [y], { perm: { ints: [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2] } });
  return y;
}
