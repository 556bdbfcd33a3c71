import type { Adapter } from './adapter';
import { storedElements, type Stored } from './stored';

/** Where one tensor of a model lies in the flat array of its parameters. */
export interface ParamSpec extends NamedShape {
  /** In elements, from the start of {@link Params.data}; −1 for one that is stored elsewhere. */
  readonly offset: number;
}

/**
 * All parameters of a model in one flat array: an optimizer step, a global norm or a copy is one loop. Tensors of two
 * and more dimensions come first, so that weight decay applies to a prefix and never to norms and biases.
 */
export interface Params {
  readonly specs: readonly ParamSpec[];
  readonly data: Float32Array;
  /** How many leading elements of `data` are decayed: those of tensors with two or more dimensions. */
  readonly decayLength: number;
  /** Matrices of a model that is only run, by name, which are not in `data`. */
  readonly stored?: ReadonlyMap<string, Stored>;
  /** Weights beneath, which are read and never written: of the model that an adapter is on. Those above hide them by name. */
  readonly base?: Params;
  /** How the weights beneath change by these. */
  readonly adapter?: Adapter;
}

/** A tensor's name and shape, before it has a place. */
export interface NamedShape {
  /** The Hugging Face name, `model.layers.0.self_attn.q_proj.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Other names that files have for it. */
  readonly aliases?: readonly string[];
  /** A linear layer's matrix that is stored as [in, out]. */
  readonly flipped?: boolean;
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Gives every tensor its place, in the order given but with two-dimensional ones first; all zeros unless `data` is given. What is `stored` has none. */
export function layoutParams(shapes: readonly NamedShape[], data?: Float32Array, stored?: ReadonlyMap<string, Stored>): Params {
  const specs: ParamSpec[] = [];
  const names = new Set<string>();
  let offset = 0;
  const place = ({ name, shape, aliases, flipped }: NamedShape): void => {
    if (names.has(name)) throw new Error(`two parameters are called ${name}`);
    names.add(name);
    const inside = stored?.has(name) !== true;
    specs.push({ name, shape, offset: inside ? offset : -1, ...(aliases && { aliases }), ...(flipped && { flipped }) });
    if (inside) offset += sizeOf(shape);
  };
  shapes.filter((s) => s.shape.length >= 2).forEach(place);
  const decayLength = offset;
  shapes.filter((s) => s.shape.length < 2).forEach(place);
  if (data !== undefined && data.length !== offset) throw new Error(`${data.length} numbers given for ${offset} parameters`);
  return { specs, data: data ?? new Float32Array(offset), decayLength, ...(stored && { stored }) };
}

/** The place of the tensor called `name`; throws when there is none. */
export function specOf(params: Params, name: string): ParamSpec {
  return placeOf(params, name).spec;
}

function placeOf(params: Params, name: string): { spec: ParamSpec; data: Float32Array; stored: Stored | undefined } {
  for (let level: Params | undefined = params; level !== undefined; level = level.base) {
    const spec = level.specs.find((s) => s.name === name);
    if (spec !== undefined) return { spec, data: level.data, stored: level.stored?.get(name) };
  }
  throw new Error(`no parameter ${name}`);
}

/** The elements of one tensor, as a view: writing to it changes the model. */
export function view(params: Params, name: string): Float32Array {
  const { spec, data, stored } = placeOf(params, name);
  if (stored !== undefined) throw new Error(`${name} is stored in fewer bytes and cannot be written to`);
  return data.subarray(spec.offset, spec.offset + sizeOf(spec.shape));
}

/** What the scales of a matrix in blocks are called where the matrix is called `name`. */
export const scalesName = (name: string): string => `${name}.scales`;

/** A matrix that is stored in fewer bytes, wherever it lies; undefined for all others. */
export function storedOf(params: Params, name: string): Stored | undefined {
  return placeOf(params, name).stored;
}

/** The elements of one tensor: a view, or an array of their own when they are stored in fewer bytes. */
export function elements(params: Params, name: string): Float32Array {
  const stored = storedOf(params, name);
  return stored === undefined ? view(params, name) : storedElements(stored);
}

/** How many numbers a model's own weights are, without those beneath. */
export function countOf(params: Params): number {
  return params.specs.reduce((n, { shape }) => n + sizeOf(shape), 0);
}

/** Parameters laid out alike, with all elements zero: gradients, Adam moments. */
export function zerosLike(params: Params): Params {
  return { ...params, data: new Float32Array(params.data.length) };
}

/** A copy that no longer changes with the original: the reference model of a PPO run. */
export function cloneParams(params: Params): Params {
  return { ...params, data: params.data.slice() };
}
