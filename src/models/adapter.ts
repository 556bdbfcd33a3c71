import { input, scalar, type Graph, type Value } from '../engine/graph';
import { add, linear, mul } from '../engine/ops';
import { addLowRank } from '../modelio/low-rank';
import { elements, specOf, storedOf, view, type NamedShape, type Params } from './params';

/**
 * A low-rank adapter (LoRA, Hu et al. 2021, arXiv 2106.09685): a linear layer W becomes W + s·B·A with A [r, in] and B [out, r], and only
 * A and B are trained.
 */
export interface Adapter {
  /** r. */
  readonly rank: number;
  readonly alpha: number;
  /** s is α/√r (Kalajdzievski 2023, arXiv 2312.03732) instead of α/r. */
  readonly rsLora: boolean;
  /** Whole names of the layers it is on, `model.layers.0.self_attn.q_proj`, in the order of the model's weights. */
  readonly modules: readonly string[];
}

/** The factor s on B·A. */
export function adapterScale({ rank, alpha, rsLora }: Adapter): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

export const nameA = (module: string): string => `${module}.lora_A.weight`;
export const nameB = (module: string): string => `${module}.lora_B.weight`;
const scaleName = 'lora.scale';

/** Names and shapes of an adapter's tensors, for a model with the weights `specs`. */
export function adapterShapes({ rank, modules }: Adapter, specs: readonly NamedShape[]): NamedShape[] {
  const byName = new Map(specs.map((s) => [s.name, s]));
  return modules.flatMap((module) => {
    const { shape = [], flipped } = byName.get(`${module}.weight`) ?? {};
    if (shape.length !== 2) throw new Error(`the model has no linear layer ${module}`);
    const [out, into] = flipped === true ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
    return [{ name: nameA(module), shape: [rank, into] }, { name: nameB(module), shape: [out, rank] }];
  });
}

/** Declares an adapter's tensors as graph inputs, as `nameOf` names them or leaves them out, and its factor; nothing when there is none. */
export function adapterInputs(g: Graph, adapter: Adapter | undefined, specs: readonly NamedShape[], nameOf: (name: string) => string | undefined = (name) => name): Record<string, Value> {
  if (adapter === undefined) return {};
  const tensors = adapterShapes(adapter, specs).flatMap(({ name, shape }) => {
    const as = nameOf(name);
    return as === undefined ? [] : [[name, input(g, as, 'float32', shape)] as const];
  });
  return { ...Object.fromEntries(tensors), [scaleName]: scalar(g, adapterScale(adapter)) };
}

/** What a linear layer gives for x [N, in] when an adapter is on it: y + s·(x Aᵀ)·Bᵀ, else y. */
export function adapted(g: Graph, p: Readonly<Record<string, Value>>, module: string, x: Value, y: Value): Value {
  const [a, b, scale] = [p[nameA(module)], p[nameB(module)], p[scaleName]];
  if (a === undefined || b === undefined || scale === undefined) return y;
  return add(g, y, linear(g, mul(g, linear(g, x, a), scale), b));
}

/** The weights that a training step moves: all, or those of the adapter and the score head when there is an adapter. */
export function trainedWeights(weights: Readonly<Record<string, Value>>): Record<string, Value> {
  if (!(scaleName in weights)) return weights;
  return Object.fromEntries(Object.entries(weights).filter(([name]) => /\.lora_[AB]\.weight$/.test(name) || name === 'score.weight'));
}

/** The elements of one tensor as the adapter makes them, in an array of their own when there is one on it or they are stored in fewer bytes, else a view. */
export function adaptedView(params: Params, name: string): Float32Array {
  const data = elements(params, name);
  const { adapter } = params;
  const module = name.replace(/\.weight$/, '');
  if (adapter?.modules.includes(module) !== true) return data;
  const own = storedOf(params, name) === undefined ? data.slice() : data;
  addLowRank(own, { a: view(params, nameA(module)), b: view(params, nameB(module)), rank: adapter.rank, scale: adapterScale(adapter), flipped: specOf(params, name).flipped === true });
  return own;
}
