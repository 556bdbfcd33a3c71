import type { Adapter } from './adapter';

/** Where one tensor of a model lies in the flat array of its parameters. */
export interface ParamSpec extends NamedShape {
  /** In elements, from the start of {@link Params.data}. */
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

/** Gives every tensor its place, in the order given but with two-dimensional ones first; all zeros unless `data` is given. */
export function layoutParams(shapes: readonly NamedShape[], data?: Float32Array): Params {
  const specs: ParamSpec[] = [];
  const names = new Set<string>();
  let offset = 0;
  const place = ({ name, shape, aliases, flipped }: NamedShape): void => {
    if (names.has(name)) throw new Error(`two parameters are called ${name}`);
    names.add(name);
    specs.push({ name, shape, offset, ...(aliases && { aliases }), ...(flipped && { flipped }) });
    offset += sizeOf(shape);
  };
  shapes.filter((s) => s.shape.length >= 2).forEach(place);
  const decayLength = offset;
  shapes.filter((s) => s.shape.length < 2).forEach(place);
  if (data !== undefined && data.length !== offset) throw new Error(`${data.length} numbers given for ${offset} parameters`);
  return { specs, data: data ?? new Float32Array(offset), decayLength };
}

/** The place of the tensor called `name`; throws when there is none. */
export function specOf(params: Params, name: string): ParamSpec {
  return placeOf(params, name).spec;
}

function placeOf(params: Params, name: string): { spec: ParamSpec; data: Float32Array } {
  for (let level: Params | undefined = params; level !== undefined; level = level.base) {
    const spec = level.specs.find((s) => s.name === name);
    if (spec !== undefined) return { spec, data: level.data };
  }
  throw new Error(`no parameter ${name}`);
}

/** The elements of one tensor, as a view: writing to it changes the model. */
export function view(params: Params, name: string): Float32Array {
  const { spec, data } = placeOf(params, name);
  return data.subarray(spec.offset, spec.offset + sizeOf(spec.shape));
}

/** Parameters laid out alike, with all elements zero: gradients, Adam moments. */
export function zerosLike(params: Params): Params {
  return { ...params, data: new Float32Array(params.data.length) };
}

/** A copy that no longer changes with the original: the reference model of a PPO run. */
export function cloneParams(params: Params): Params {
  return { ...params, data: params.data.slice() };
}
