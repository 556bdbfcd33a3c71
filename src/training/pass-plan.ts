import { peakBytes } from '../engine/footprint';
import type { ModelConfig } from '../models/config';
import { layerOf } from '../models/model';
import { sizeOf } from '../models/params';
import { modelSpecs } from '../models/specs';
import { roundUp } from './batching';
import { cellsAtOnce, type MemoryPart } from './memory';
import { paddedLength, type PackedRows } from './rows';
import { backwardEmbedding, backwardLayer, forwardLayer, topSegment } from './segments';
import { fewerSlots } from './slots';
import { wholeGraph, type Top } from './top';

/** How the passes of a training run are cut: what {@link Resources} takes. */
export interface PassPlan {
  readonly maxCells: number;
  readonly recompute: boolean;
  readonly maxSlots?: number;
}

/** The passes a run will make with one model. */
export interface PassNeeds {
  readonly config: ModelConfig;
  /** Tokens of the longest row. */
  readonly length: number;
  /** Rows of a batch, and the fewest that must be computed together. */
  readonly rows: number;
  readonly together?: number;
  /** Counted tokens of the longest row; 0 when the loss does not meet the vocabulary. */
  readonly counted: number;
  /** The loss. */
  top(shape: PackedRows['shape']): Top;
  /** The same where a pass is one graph: several texts may share a row there. */
  readonly whole?: Partial<Pick<PassNeeds, 'counted'>> & Pick<PassNeeds, 'length' | 'rows' | 'together' | 'top'> | undefined;
}

/** The needs of passes that are cut like this. */
const needsOf = (n: PassNeeds, { recompute }: PassPlan): PassNeeds => (recompute ? n : { ...n, ...n.whole });

const float = 4;
/** Logits are computed for so many tokens at once where memory matters; fewer make the product with the vocabulary slower. */
const slotSteps = [512, 128, 32] as const;

/** From the fastest to the smallest. A function of its arguments alone. */
export function passPlans(needs: readonly PassNeeds[]): PassPlan[] {
  const preferred = Math.min(...needs.map((n) => cellsAtOnce(n.config, n.length)));
  const least = Math.max(...needs.map((n) => paddedLength(n.length) * (n.together ?? 1)));
  const most = Math.max(...needs.map((n) => paddedLength(n.length) * n.rows));
  const cells: number[] = [];
  for (let n = Math.floor(Math.min(preferred, most) / 2); n > least; n = Math.floor(n / 2)) cells.push(n);
  cells.push(least);
  // The first is how passes were cut before there was a choice.
  cells.unshift(preferred);
  return [
    ...cells.map((maxCells) => ({ maxCells, recompute: false })),
    ...cells.map((maxCells) => ({ maxCells, recompute: true, maxSlots: slotSteps[0] })),
    ...slotSteps.slice(1).map((maxSlots) => ({ maxCells: least, recompute: true, maxSlots })),
  ];
}

/** Memory of the largest pass of a plan. */
export function activations(needs: readonly PassNeeds[], plan: PassPlan): MemoryPart {
  const each = needs.map((own) => {
    const n = needsOf(own, plan);
    const shape = largest(n, plan);
    // Evaluation reads with the weights as they are, a whole pass at a time.
    const reading = n.counted > 0 ? 2 * float * shape[2] * n.config.vocabSize : 0;
    return Math.max(reading, plan.recompute ? layeredBytes(n, shape, plan.maxSlots ?? Infinity) : wholeBytes(n, shape));
  });
  return { what: plan.recompute ? 'activations of one layer at a time' : 'activations', bytes: Math.max(...each) };
}

/** In words, for the plan of a run. */
export function passWords(needs: PassNeeds, plan: PassPlan): string {
  const { maxCells, recompute } = plan;
  const { length, config } = needsOf(needs, plan);
  const rows = Math.max(1, Math.floor(maxCells / paddedLength(length)));
  return `${rows} of the longest rows (${paddedLength(length)} tokens) at a time${recompute ? `, each of ${config.layers} layers computed again on the way back` : ''}`;
}

/** Shape of the largest pass: counts are rounded up so that there are few shapes. */
function largest({ length, rows, together = 1, counted }: PassNeeds, { maxCells }: PassPlan): PackedRows['shape'] {
  const padded = paddedLength(length);
  const count = roundUp(Math.max(together, Math.min(rows, Math.floor(maxCells / padded))), 1);
  return [count, padded, roundUp(count * counted, 32)];
}

/** One graph, and where all weights are trained the gradients of a second micro-batch. */
function wholeBytes(n: PassNeeds, shape: PackedRows['shape']): number {
  const { config, rows } = n;
  const again = config.lora === undefined && rows > shape[0] ? float * sum(modelSpecs(config, 'none').map((s) => sizeOf(s.shape))) : 0;
  return again + peakBytes(wholeGraph(config, n.top(shape), true));
}

/** What {@link layeredPasses} keeps from layer to layer, and the largest of its graphs. */
function layeredBytes(n: PassNeeds, shape: PackedRows['shape'], maxSlots: number): number {
  const { config } = n;
  const [rows, length] = shape;
  const top = n.top(shape);
  const at = [rows, length] as const;
  const outermost = [...new Set([0, config.layers - 1])];
  const graphs = [
    ...outermost.flatMap((i) => [forwardLayer(config, top.head, at, i), backwardLayer(config, top.head, at, i, true)]),
    topSegment(config, top, top.slots === undefined ? 1 : fewerSlots(top.slots, maxSlots)),
    ...(config.lora === undefined ? [backwardEmbedding(config, top.head, at)] : []),
  ];
  const states = rows * length * config.hiddenSize * (config.layers + 3);
  // Gradients that are added to those that are there: of a layer, and of what belongs to none.
  const sizes = modelSpecs(config, top.head).map((s) => [layerOf(s.name), sizeOf(s.shape)] as const);
  const scratch = config.lora === undefined ? sum(sizes.map(([index, size]) => (index === undefined || (index === 0 && n.rows > rows) ? size : 0))) : 0;
  return float * (states + scratch) + Math.max(...graphs.map((g) => peakBytes(g.graph)));
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
