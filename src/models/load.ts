import { UserError } from '../base/errors';
import type { Weights } from '../modelio/weights';
import type { NamedTensor } from '../modelio/write-safetensors';
import { descriptionOf, type ModelConfig } from './config';
import { linearModules, type Net } from './lora';
import { adaptedView } from './adapter';
import { layoutParams, sizeOf, view, type NamedShape, type Params } from './params';
import { fitsBlocks, toBlocks } from './quantise';
import { modelSpecs, type Head } from './specs';
import { storedHalves, turn, type Stored } from './stored';

/** Tensors of older transformers that hold no parameters: frequencies and causal masks. */
const ignored = /\.rotary_emb\.inv_freq$|\.(attn|attention)\.(masked_)?bias$/;

/**
 * Fills `params` (from `initParams`) with the weights of a model folder. Tensors named in `fresh`, such as the score head
 * of a language model that is to become a reward model, keep their initial values where the folder has none.
 * @returns the names that were kept.
 * @throws UserError when a tensor is missing, has another shape, or a layer has one that this model would not use.
 */
export async function loadParams(params: Params, weights: Weights, where: string, fresh: readonly string[] = []): Promise<string[]> {
  const known = new Set(params.specs.flatMap((s) => [s.name, ...(s.aliases ?? [])]));
  const parts = new Set([...known].map(firstPart)); // Heads that this model does not use have others.
  for (const name of weights.tensors.keys()) {
    if (parts.has(firstPart(name)) && !known.has(name) && !ignored.test(name)) {
      throw new UserError('model.tensor', `${where} has a tensor "${name}" that config.json does not account for. Is it the configuration of these weights?`);
    }
  }
  const kept: string[] = [];
  for (const spec of params.specs) {
    const { name } = spec;
    const source = sourceOf(spec, weights, where);
    if (!weights.tensors.has(source) && fresh.includes(name)) kept.push(name);
    else if (params.stored?.has(name) !== true) await weights.read(source, view(params, name));
  }
  return kept;
}

/** What the files call a tensor. @throws UserError when it has another shape there. */
function sourceOf({ name, shape, aliases }: NamedShape, weights: Weights, where: string): string {
  const source = [name, ...(aliases ?? [])].find((n) => weights.tensors.has(n)) ?? name;
  const entry = weights.tensors.get(source);
  if (entry !== undefined && entry.shape.join() !== shape.join()) {
    throw new UserError('model.tensor', `${where}: tensor "${name}" has shape [${entry.shape.join(', ')}], config.json asks for [${shape.join(', ')}].`);
  }
  return source;
}

/**
 * How the weights of a model that is only run are kept: 16-bit floats as they are in its files (`auto`: of large models), all as float32, or its
 * linear layers in 8 or 4 bits.
 */
export type Storage = 'auto' | 'stored' | 'float32' | 'int8' | 'int4';

/** Weights of a model that `auto` leaves in 16 bits: below, float32 takes little and generates faster, since products of constants are prepared once. */
const large = 2 ** 25;

/**
 * Places for the weights of a model that is only run, or lies beneath an adapter; `loadParams` then fills in the others. Linear layers, the
 * embedding and the output stay as they are where files have 16-bit floats; with `int8` and `int4` linear layers become blocks of small integers,
 * but for those whose rows are no multiple of 32. Norms, biases, learned positions and a score head are float32 always.
 */
export async function layoutStored(config: ModelConfig, specs: readonly NamedShape[], weights: Weights, where: string, storage: Storage): Promise<Params> {
  const { embedding, output } = descriptionOf(config);
  const linear = new Set(linearModules(config));
  const stored = new Map<string, Stored>();
  const small = storage === 'auto' && specs.reduce((n, { shape }) => n + sizeOf(shape), 0) < large;
  for (const spec of storage === 'float32' || small ? [] : specs) {
    const module = spec.name.replace(/\.weight$/, '');
    if (!linear.has(module) && module !== embedding && module !== output) continue;
    const source = sourceOf(spec, weights, where);
    const [columns, rows] = [spec.shape.at(-1)!, spec.shape[0]!];
    const place = weights.place(source);
    if ((storage === 'int8' || storage === 'int4') && linear.has(module) && fitsBlocks(spec.flipped === true ? rows : columns)) {
      const data = await weights.read(source);
      const turned = spec.flipped === true;
      stored.set(spec.name, { kind: 'blocks', turned, ...toBlocks(turned ? turn(data, columns) : data, turned ? rows : columns, storage === 'int8' ? 8 : 4) });
    } else if (place?.dtype === 'F16' || place?.dtype === 'BF16') stored.set(spec.name, storedHalves(place));
  }
  return layoutParams(specs, undefined, stored.size === 0 ? undefined : stored);
}

/**
 * A model with the weights of its folder, kept as `storage` says; what `fresh` names and the folder lacks is zeros, and named as `kept`.
 * @throws UserError as `loadParams`.
 */
export async function loadModel(plain: ModelConfig, head: Head, weights: Weights, where: string, storage: Storage, fresh: readonly string[] = []): Promise<Net & { readonly kept: string[] }> {
  const params = await layoutStored(plain, modelSpecs(plain, head), weights, where, storage);
  const kept = await loadParams(params, weights, where, fresh);
  return { config: params.stored === undefined ? plain : { ...plain, stored: params.stored }, params, kept };
}

/** `model` of `model.norm.weight`. */
const firstPart = (name: string): string => name.slice(0, name.indexOf('.'));

/** All of a model's tensors with its adapter added, one at a time as they are written: a merged copy of all would take as much as the model. */
export function mergedTensors(params: Params): NamedTensor[] {
  return (params.base ?? params).specs.map(({ name, shape }) => ({ name, shape, data: () => adaptedView(params, name) }));
}

/** All parameters as tensors to be written: with an adapter, its own. */
export function namedTensors(params: Params): NamedTensor[] {
  return params.specs.map(({ name, shape }) => ({ name, shape, data: view(params, name) }));
}
