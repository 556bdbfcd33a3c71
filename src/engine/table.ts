import type { OpName } from './graph';
import type { Ops } from './op';
import { elementwiseOps } from './table/elementwise';
import { movementOps } from './table/movement';
import { neuralOps } from './table/neural';
import { reductionOps } from './table/reduction';
import { storedOps } from './table/stored';

/** Every op with its shape rule, its ONNX form and its gradient. An op of {@link OpName} that is missing here does not compile. */
export const table: Ops<OpName> = { ...elementwiseOps, ...movementOps, ...reductionOps, ...neuralOps, ...storedOps };
