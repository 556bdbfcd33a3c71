import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { syncFolder, writeAtomically } from './atomic';
import { readOptionalJsonObject } from './json-file';
import { writeSafetensors, type NamedTensor, type WeightDType } from './write-safetensors';

/** What a model folder is written from. */
export interface ModelToWrite {
  /** From `causalConfig` or `scoreConfig`. */
  readonly config: JsonObject;
  readonly tensors: readonly NamedTensor[];
  readonly dtype?: WeightDType;
  /** The folder that the tokenizer and the generation settings are copied from. */
  readonly tokenizerFrom?: string;
  /** Keys of `tokenizer_config.json` to set, for example `pad_token`. */
  readonly tokenizerConfig?: JsonObject;
  /** Further files, name → text: a model card, notes of a run. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** All that tokenizers of the supported families consist of. */
const copied = [
  'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json', 'chat_template.jinja',
  'tokenizer.model', 'vocab.json', 'merges.txt', 'generation_config.json',
];

/**
 * Writes a folder that transformers loads. It appears whole or not at all: everything is written beside it and fsynced,
 * then renamed. A model folder that is already there is replaced; any other folder with files in it is left alone.
 * @throws UserError when the target holds something else.
 */
export async function writeModelFolder(folder: string, model: ModelToWrite): Promise<void> {
  const target = resolve(folder);
  const present = await readdir(target).catch(() => undefined);
  if (present !== undefined && present.length > 0 && !present.includes('config.json')) {
    throw new UserError('model.target', `${folder} holds files that are not a model (${present.slice(0, 3).join(', ')}). Choose another folder.`);
  }
  await mkdir(dirname(target), { recursive: true });
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}`);
  const [fresh, old] = [`${beside}.new`, `${beside}.old`];
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  try {
    await fill(fresh, model);
    if (present !== undefined) await rename(target, old);
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(target));
  await rm(old, { recursive: true, force: true });
}

async function fill(folder: string, model: ModelToWrite): Promise<void> {
  await writeText(join(folder, 'config.json'), json(model.config));
  if (model.tokenizerFrom !== undefined) {
    const present = await readdir(model.tokenizerFrom);
    for (const name of copied) if (present.includes(name)) await writeText(join(folder, name), await readFile(join(model.tokenizerFrom, name)));
  }
  if (model.tokenizerConfig !== undefined) {
    const path = join(folder, 'tokenizer_config.json');
    await writeText(path, json({ ...(await readOptionalJsonObject(path)), ...model.tokenizerConfig }));
  }
  for (const [name, text] of Object.entries(model.texts ?? {})) await writeText(join(folder, name), text);
  await writeSafetensors(join(folder, 'model.safetensors'), model.tensors, { dtype: model.dtype ?? 'float32' });
}

const json = (value: JsonObject): string => `${JSON.stringify(value, null, 2)}\n`;

async function writeText(path: string, content: string | Uint8Array): Promise<void> {
  await writeAtomically(path, async (file) => {
    await file.writeFile(content);
  });
}
