import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors';
import { readJsonObject } from './json-file';
import { openSafetensors, type TensorSource } from './safetensors';
import type { TensorEntry } from './safetensors-header';

/** The weights of a model folder, from one file or from several. */
export interface Weights extends TensorSource {
  /** Names of the files within the folder, sorted. */
  readonly files: readonly string[];
}

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

/**
 * Opens `model.safetensors`, or else the shards that `model.safetensors.index.json` lists; where both are present the
 * single file counts, as in transformers.
 * @throws UserError when there is neither, or one of the files is damaged.
 */
export async function openWeights(folder: string): Promise<Weights> {
  if (await exists(join(folder, single))) return { ...(await openSafetensors(join(folder, single))), files: [single] };
  if (await exists(join(folder, index))) return openShards(folder);
  const old = (await exists(join(folder, 'pytorch_model.bin'))) || (await exists(join(folder, 'pytorch_model.bin.index.json')));
  throw new UserError(
    'model.weights',
    old
      ? `${folder} holds pytorch_model.bin, which can run code when it is read. Save the model as safetensors: model.save_pretrained(folder).`
      : `${folder} holds neither ${single} nor ${index}. Choose a folder that a model was saved to.`,
  );
}

async function openShards(folder: string): Promise<Weights> {
  const path = join(folder, index);
  const { weight_map: map } = await readJsonObject(path);
  if (map === null || typeof map !== 'object' || Array.isArray(map)) throw new UserError('model.index', `${path}: weight_map is not an object of tensor names to file names.`);
  const fileOf = new Map<string, string>();
  if (Object.keys(map).length === 0) throw new UserError('model.index', `${path}: weight_map is empty.`);
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || !isPlainName(file)) {
      throw new UserError('model.index', `${path}: "${tensor}" is said to be in ${JSON.stringify(file).slice(0, 100)}; it must be the name of a .safetensors file in the same folder.`);
    }
    fileOf.set(tensor, file);
  }
  const files = [...new Set(fileOf.values())].sort();
  const shards = new Map<string, TensorSource>();
  for (const file of files) shards.set(file, await openSafetensors(join(folder, file)));
  const tensors = new Map<string, TensorEntry>();
  for (const [tensor, file] of fileOf) {
    const entry = shards.get(file)!.tensors.get(tensor);
    if (entry === undefined) throw new UserError('model.index', `${path}: "${tensor}" is not in ${file} as it says. Copy or download the folder again.`);
    tensors.set(tensor, entry);
  }
  return {
    files,
    tensors,
    place(name) {
      const file = fileOf.get(name);
      return file === undefined ? undefined : shards.get(file)!.place(name);
    },
    async read(name, into) {
      const file = fileOf.get(name);
      if (file === undefined) throw new UserError('safetensors.missing', `${path} has no tensor "${name}". Is it a model of another family?`);
      return shards.get(file)!.read(name, into);
    },
  };
}

/** A name that cannot leave the folder, on any system, and is none of the devices that Windows has in every folder. */
const isPlainName = (name: string): boolean => /^[^/\\:\0]+\.safetensors$/.test(name) && !name.startsWith('..') && !/^(con|prn|aux|nul|com\d|lpt\d)\./i.test(name);

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
