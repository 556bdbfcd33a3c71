import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { adaptedWeights, adapterBase, adapterFiles, isAdapterFolder } from './adapted-folder';
import { readAdapterFolder } from './adapter-folder';
import { hashFiles, hashOver, type FolderHash } from './file-hash';
import { readJsonObject, readOptionalJsonObject } from './json-file';
import { readTokenizer, type Tokenizer } from './tokenizer';
import { openWeights, type Weights } from './weights';

/** A model as transformers saves it. */
export interface ModelFolder {
  readonly folder: string;
  /** The folder of a LoRA adapter that is added to this model. */
  readonly adapter?: string;
  /** `config.json` as it stands; `parseModelConfig` checks it. */
  readonly config: JsonObject;
  /** `generation_config.json`, empty when there is none. */
  readonly generationConfig: JsonObject;
  readonly tokenizer: Tokenizer;
  /** Read tensor by tensor, when asked for. */
  readonly weights: Weights;
  /** Hashes of the weights, the configuration and the tokenizer: which model it was, for provenance. */
  hash(): Promise<FolderHash>;
}

/**
 * Opens a Hugging Face model folder: `config.json`, `tokenizer.json` and what belongs to it, and the header of the weights. A PEFT folder with a
 * LoRA adapter stands for the model it is on, with the adapter merged.
 * @throws UserError naming the file and what is wrong with it.
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const kind = await stat(folder).catch(() => undefined);
  if (kind?.isDirectory() !== true) throw new UserError('model.folder', `there is no model folder ${folder}. Choose a folder that holds config.json, tokenizer.json and model.safetensors.`);
  if (await isAdapterFolder(folder)) return readAdapted(folder);
  const config = await readJsonObject(join(folder, 'config.json'));
  const weights = await openWeights(folder);
  return {
    folder,
    config,
    weights,
    generationConfig: (await readOptionalJsonObject(join(folder, 'generation_config.json'))) ?? {},
    tokenizer: await readTokenizer(folder),
    hash: () => hashFiles(folder, ['config.json', 'tokenizer.json', ...weights.files]),
  };
}

async function readAdapted(folder: string): Promise<ModelFolder> {
  const adapter = await readAdapterFolder(folder);
  const beneath = await readModelFolder(await adapterBase(adapter));
  return {
    ...beneath,
    adapter: folder,
    weights: adaptedWeights(adapter, beneath.weights),
    hash: async () => {
      const { files } = await hashFiles(folder, adapterFiles);
      return hashOver({ ...files, model: (await beneath.hash()).hash });
    },
  };
}
