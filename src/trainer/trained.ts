import { join } from 'node:path';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { writeAdapterFolder } from '../modelio/adapter-folder';
import { writeModelFolder } from '../modelio/write-folder';
import type { WeightDType } from '../modelio/write-safetensors';
import type { Head } from '../models/specs';
import { mergedTensors, namedTensors } from '../models/load';
import { addLora, targetNames } from '../models/lora';
import { countOf, specOf, type Params } from '../models/params';
import type { LoraParams } from '../protocol/run';
import { frozenModel, trainedModel, type MemoryPart } from '../training/memory';
import type { Opened } from './models';
import { count } from './plan';

/** The model as a run trains it: all of it, or with an adapter on it. @throws UserError when it has none of the layers that are asked for. */
export function prepareTrained(model: Opened, lora: LoraParams | undefined, head: Head, seed: number): Opened {
  if (lora === undefined) return model;
  if (model.adapter !== undefined) throw new UserError('lora.base', `${model.adapter} is an adapter: another cannot be trained on top of it. Start from a whole model, such as the one that its run wrote beside it (model/).`);
  return { ...model, ...addLora(model, lora, head, seed) };
}

/** What is trained, in words. */
export function trainedWords({ config, params }: Opened): string {
  const { lora } = config;
  if (lora === undefined || params.base === undefined) return `${count(params.data.length)} parameters`;
  return `${count(countOf(params.base))} parameters by a LoRA adapter of ${count(params.data.length)} (rank ${lora.rank}, on ${targetNames(config, lora).join(', ')})`;
}

/** Memory of a model that is trained, and of what lies beneath its adapter, which is `shared` with another. */
export function trainedMemory(what: string, { config, params }: Pick<Opened, 'config' | 'params'>, shared?: string): MemoryPart[] {
  if (params.base === undefined) return [trainedModel(`${what} and optimizer`, params)];
  return [frozenModel(shared === undefined ? what : `${what} and ${shared}`, config), trainedModel(`${what}'s adapter and optimizer`, params)];
}

/** What a run's result is written as. */
export interface TrainedAs {
  readonly config: JsonObject;
  readonly dtype: WeightDType;
  readonly head: Head;
  /** The model beneath an adapter, as `run.json` names it. */
  readonly base: string | undefined;
}

/**
 * Writes `model/`, a whole model, and beside it `adapter/` when an adapter was trained, which is then merged into the model: whatever takes a
 * model's folder takes the result. @returns role → path relative to the run folder.
 */
export async function writeTrained(folder: string, model: Opened, params: Params, { config, dtype, head, base }: TrainedAs): Promise<Record<string, string>> {
  const { lora } = model.config;
  if (lora !== undefined) {
    await writeAdapterFolder(join(folder, 'adapter'), {
      ...lora,
      targets: targetNames(model.config, lora),
      fanInFanOut: lora.modules.some((m) => specOf(params, `${m}.weight`).flipped === true),
      base: base ?? '',
      task: head === 'score' ? 'SEQ_CLS' : 'CAUSAL_LM',
      tensors: namedTensors(params),
    });
  }
  await writeModelFolder(join(folder, 'model'), { config, tensors: mergedTensors(params), dtype, tokenizerFrom: model.folder });
  return { model: 'model', ...(lora === undefined ? {} : { adapter: 'adapter' }) };
}

/** @throws UserError when an adapter is to be trained on weights that are random. */
export function checkLoraBase(lora: LoraParams | undefined, deNovo: object | undefined): void {
  if (lora !== undefined && deNovo !== undefined) throw new UserError('lora.base', 'params.lora and params.deNovo exclude each other: an adapter needs a model to start from. Leave one of them out.');
}
