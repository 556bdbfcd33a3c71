import { UserError } from '../base/errors';
import type { Weights } from '../modelio/weights';
import type { NamedTensor } from '../modelio/write-safetensors';
import { adaptedView } from './adapter';
import { view, type Params } from './params';

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
  for (const { name, shape, aliases } of params.specs) {
    const source = [name, ...(aliases ?? [])].find((n) => weights.tensors.has(n)) ?? name;
    const entry = weights.tensors.get(source);
    if (entry === undefined && fresh.includes(name)) {
      kept.push(name);
      continue;
    }
    if (entry !== undefined && entry.shape.join() !== shape.join()) {
      throw new UserError('model.tensor', `${where}: tensor "${name}" has shape [${entry.shape.join(', ')}], config.json asks for [${shape.join(', ')}].`);
    }
    await weights.read(source, view(params, name));
  }
  return kept;
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
