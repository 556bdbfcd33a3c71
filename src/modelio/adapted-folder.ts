import { access } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import { oneLine } from '../base/text';
import { adapterConfigFile, adapterWeightsFile, type AdapterFolder } from './adapter-folder';
import { addLowRank } from './low-rank';
import type { Weights } from './weights';

/** A folder with an adapter and no model of its own. */
export async function isAdapterFolder(folder: string): Promise<boolean> {
  return (await exists(join(folder, adapterConfigFile))) && !(await exists(join(folder, 'config.json')));
}

/**
 * The folder of the model that an adapter is on. A relative name is looked for in the adapter's folder and in those above it, the nearest
 * first: in a workspace it is a path from the workspace's folder. `src/jobs/model-ref.ts` looks in the same way.
 * @throws UserError when there is none.
 */
export async function adapterBase({ folder, base }: AdapterFolder): Promise<string> {
  for (let above = resolve(folder); base !== undefined; above = dirname(above)) {
    const candidate = resolve(above, base);
    if (await exists(join(candidate, 'config.json'))) return candidate;
    if (isAbsolute(base) || dirname(above) === above) break;
  }
  throw new UserError('adapter.base', `${join(folder, adapterConfigFile)} names ${oneLine(JSON.stringify(base ?? null), 300)} as the model it is on, which is no folder here. Put the path of that model's folder in as "base_model_name_or_path".`);
}

/** The files of an adapter, for its hash. */
export const adapterFiles = [adapterConfigFile, adapterWeightsFile] as const;

/**
 * The weights of the model beneath with the adapter added, tensor by tensor as they are read: whoever takes a model takes an adapter.
 * @throws UserError when the adapter is on layers that the model does not have, or is one of a reward model.
 */
export function adaptedWeights(adapter: AdapterFolder, beneath: Weights): Weights {
  const { rank, alpha, rsLora, fanInFanOut, folder } = adapter;
  const fail = (message: string): never => {
    throw new UserError('adapter.model', `${folder}: ${message}`);
  };
  if (adapter.hasScore) fail('the adapter belongs to a reward model, and the scale of its scores is not stored with it. Choose the model that the run wrote beside it (model/), or merge it with PEFT.');
  const modules = new Map<string, string>();
  for (const module of adapter.modules) {
    const name = [`${module}.weight`, `${module.slice(module.indexOf('.') + 1)}.weight`].find((n) => beneath.tensors.has(n));
    if (name === undefined) return fail(`the adapter is on "${module}", which its model has no weight for. Was it made for this model?`);
    const [inner, outer] = [adapter.tensors.get(`${module}.lora_A.weight`)!.shape, adapter.tensors.get(`${module}.lora_B.weight`)!.shape];
    const shape = [outer[0], inner[1]];
    const expected = beneath.tensors.get(name)!.shape;
    if (inner.length !== 2 || outer.length !== 2 || inner[0] !== rank || outer[1] !== rank || (fanInFanOut ? shape.reverse() : shape).join() !== expected.join()) {
      fail(`the adapter of "${module}" is [${outer.join(', ')}] · [${inner.join(', ')}], and the weight beneath it [${expected.join(', ')}]. Was it made for this model?`);
    }
    modules.set(name, module);
  }
  return {
    files: beneath.files,
    tensors: beneath.tensors,
    place: (name) => (modules.has(name) ? undefined : beneath.place(name)),
    async read(name, into) {
      const data = await beneath.read(name, into);
      const module = modules.get(name);
      if (module === undefined) return data;
      const part = async (side: 'A' | 'B'): Promise<Float32Array> => adapter.read(`${module}.lora_${side}.weight`);
      addLowRank(data, { a: await part('A'), b: await part('B'), rank, scale: alpha / (rsLora ? Math.sqrt(rank) : rank), flipped: fanInFanOut });
      return data;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
