import { UserError } from '../base/errors';
import type { Weights } from '../modelio/weights';
import type { NamedTensor } from '../modelio/write-safetensors';
import { view, type Params } from './params';

/** Tensors of older transformers that hold no parameters. */
const ignored = /\.rotary_emb\.inv_freq$/;

/**
 * Fills `params` (from `initParams`) with the weights of a model folder. Tensors named in `fresh`, such as the score head
 * of a language model that is to become a reward model, keep their initial values where the folder has none.
 * @returns the names that were kept.
 * @throws UserError when a tensor is missing, has another shape, or a layer has one that this model would not use.
 */
export async function loadParams(params: Params, weights: Weights, where: string, fresh: readonly string[] = []): Promise<string[]> {
  const known = new Set(params.specs.map((s) => s.name));
  for (const name of weights.tensors.keys()) {
    if (name.startsWith('model.') && !known.has(name) && !ignored.test(name)) {
      throw new UserError('model.tensor', `${where} has a tensor "${name}" that config.json does not account for. Is it the configuration of these weights?`);
    }
  }
  const kept: string[] = [];
  for (const { name, shape } of params.specs) {
    // A file holds a tied matrix once; some versions of transformers keep the name of the output, not of the embedding.
    const alias = name === 'model.embed_tokens.weight' && !weights.tensors.has(name) && !known.has('lm_head.weight') && weights.tensors.has('lm_head.weight');
    const source = alias ? 'lm_head.weight' : name;
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

/** All parameters as tensors to be written. */
export function namedTensors(params: Params): NamedTensor[] {
  return params.specs.map(({ name, shape }) => ({ name, shape, data: view(params, name) }));
}
