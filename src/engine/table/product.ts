import { microsoft, type Emitter, type OnnxAttribute } from '../op';

/** A factor: the name of a value in ONNX, and how many dimensions it has. */
export interface Factor {
  readonly name: string;
  readonly rank: number;
}

export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/** The nodes that {@link emitProduct} and the decode graph write to. */
export type Nodes = Pick<Emitter, 'target' | 'fresh' | 'float' | 'node'>;

/**
 * α·A·B over the last two dimensions, either transposed. The CPU provider has one kernel for all of it; WebGPU has none of that name, but
 * `Gemm` for two matrices, and for stacks of them a product after a transposition.
 */
export function emitProduct(e: Nodes, a: Factor, b: Factor, y: string, { transA = false, transB = false, alpha = 1 }: ProductOptions = {}): void {
  const attributes = (): Record<string, OnnxAttribute> => ({ transA: { int: Number(transA) }, transB: { int: Number(transB) }, alpha: { float: alpha } });
  if (!transA && !transB && alpha === 1) e.node('MatMul', [a.name, b.name], [y]);
  else if (e.target === 'cpu') e.node('FusedMatMul', [a.name, b.name], [y], attributes(), microsoft);
  else if (a.rank === 2 && b.rank === 2) e.node('Gemm', [a.name, b.name], [y], attributes());
  else {
    const factors = [transA ? turned(e, a) : a.name, transB ? turned(e, b) : b.name];
    const product = alpha === 1 ? y : e.fresh();
    e.node('MatMul', factors, [product]);
    if (alpha !== 1) e.node('Mul', [product, e.float(alpha)], [y]);
  }
}

function turned(e: Nodes, { name, rank }: Factor): string {
  const y = e.fresh();
  e.node('Transpose', [name], [y], { perm: { ints: [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2] } });
  return y;
}
