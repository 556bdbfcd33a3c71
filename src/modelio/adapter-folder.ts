import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../base/errors';
import type { Json, JsonObject } from '../base/json';
import { oneLine } from '../base/text';
import { syncFolder, writeAtomically } from './atomic';
import { readJsonObject } from './json-file';
import { openSafetensors, type TensorSource } from './safetensors';
import { writeSafetensors, type NamedTensor } from './write-safetensors';

/** A LoRA adapter as PEFT saves it: `adapter_config.json` and `adapter_model.safetensors`. */
export interface AdapterFolder {
  readonly folder: string;
  readonly rank: number;
  readonly alpha: number;
  readonly rsLora: boolean;
  /** The matrices beneath are stored as [in, out], as in GPT-2. */
  readonly fanInFanOut: boolean;
  /** The model it was trained on, as the file names it. */
  readonly base: string | undefined;
  /** Layers by whole name, `model.layers.0.self_attn.q_proj`: those that the weights are there for. */
  readonly modules: readonly string[];
  /** A score head is stored with it. */
  readonly hasScore: boolean;
  /** By the model's own names, `model.layers.0.self_attn.q_proj.lora_A.weight`. */
  readonly tensors: TensorSource['tensors'];
  read(name: string, into?: Float32Array): Promise<Float32Array>;
}

export const adapterConfigFile = 'adapter_config.json';
export const adapterWeightsFile = 'adapter_model.safetensors';
/** What PEFT puts before the names of the model it wraps. */
const prefix = 'base_model.model.';

/** What an adapter may not use: key, the values that are fine, what it is. */
const fine: readonly (readonly [key: string, ok: (value: Json) => boolean, what: string])[] = [
  ['bias', (v) => v === null || v === 'none', 'trained biases are not supported; supported: "none"'],
  ['use_dora', isOff, 'DoRA is not supported'],
  ['lora_bias', isOff, 'a bias on B is not supported'],
  ['use_qalora', isOff, 'QALoRA is not supported'],
  ['use_bdlora', isOff, 'BD-LoRA is not supported'],
  ['rank_pattern', isOff, 'ranks that differ between layers are not supported'],
  ['alpha_pattern', isOff, 'alphas that differ between layers are not supported'],
  ['layer_replication', isOff, 'repeated layers are not supported'],
  ['target_parameters', isOff, 'adapters on single parameters are not supported'],
  ['trainable_token_indices', isOff, 'trained tokens are not supported'],
  ['alora_invocation_tokens', isOff, 'activated LoRA is not supported'],
  // The others (PiSSA, OLoRA, CorDA, LoftQ…) change the weights beneath.
  ['init_lora_weights', (v) => v === null || typeof v === 'boolean' || v === 'gaussian' || v === 'eva' || v === 'orthogonal', 'an initialisation that changes the model beneath is not supported; convert the adapter to a plain one'],
];

/**
 * Reads an adapter's settings and the header of its weights. A dropout is taken as it is: it acts in training only.
 * @throws UserError naming the file and what is not supported.
 */
export async function readAdapterFolder(folder: string): Promise<AdapterFolder> {
  const path = join(folder, adapterConfigFile);
  const config = await readJsonObject(path);
  const fail = (message: string): never => {
    throw new UserError('adapter.config', `${path}: ${message}.`);
  };
  const show = (value: Json): string => JSON.stringify(value).slice(0, 80);
  const get = (key: string): Json => config[key] ?? null;
  if (get('peft_type') !== 'LORA') fail(`peft_type ${show(get('peft_type'))} is not supported; supported: "LORA"`);
  for (const [key, ok, what] of fine) if (!ok(get(key))) fail(`${key} ${show(get(key))}: ${what}`);
  const rank = get('r');
  if (typeof rank !== 'number' || !Number.isSafeInteger(rank) || rank < 1 || rank > 65536) return fail(`r is ${show(rank)}, expected a positive whole number`);
  const alpha = get('lora_alpha');
  if (typeof alpha !== 'number' || !Number.isFinite(alpha) || alpha <= 0) return fail(`lora_alpha is ${show(alpha)}, expected a positive number`);
  const rsLora = get('use_rslora') ?? false;
  if (typeof rsLora !== 'boolean') return fail(`use_rslora is ${show(rsLora)}, expected true or false`);
  const fanInFanOut = get('fan_in_fan_out') ?? false;
  if (typeof fanInFanOut !== 'boolean') return fail(`fan_in_fan_out is ${show(fanInFanOut)}, expected true or false`);
  const base = get('base_model_name_or_path');

  const source = await openSafetensors(join(folder, adapterWeightsFile));
  const tensors = new Map([...source.tensors].map(([name, entry]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, entry]));
  const modules: string[] = [];
  for (const name of tensors.keys()) {
    const [, module, side] = /^(.+)\.lora_([AB])\.weight$/.exec(name) ?? [];
    if (module === undefined && name !== 'score.weight') fail(`${adapterWeightsFile} holds "${oneLine(name, 200)}"; supported: lora_A and lora_B of linear layers, and score.weight`);
    if (module !== undefined && !tensors.has(`${module}.lora_${side === 'A' ? 'B' : 'A'}.weight`)) fail(`${adapterWeightsFile} has only one of lora_A and lora_B for ${oneLine(module, 200)}`);
    if (side === 'A') modules.push(module!);
  }
  if (modules.length === 0) fail(`${adapterWeightsFile} holds no lora_A`);
  return {
    folder,
    rank,
    alpha,
    rsLora,
    fanInFanOut,
    base: typeof base === 'string' && base !== '' ? base : undefined,
    modules,
    hasScore: tensors.has('score.weight'),
    tensors,
    read: (name, into) => source.read(source.tensors.has(`${prefix}${name}`) ? `${prefix}${name}` : name, into),
  };
}

/** What an adapter folder is written from. */
export interface AdapterToWrite {
  readonly rank: number;
  readonly alpha: number;
  readonly rsLora: boolean;
  /** Names of layers, or ends of them, that mean the layers of `tensors` and no others. */
  readonly targets: readonly string[];
  /** The layers are stored as [in, out], as in GPT-2. */
  readonly fanInFanOut?: boolean;
  readonly base: string;
  readonly task: 'CAUSAL_LM' | 'SEQ_CLS';
  /** By the model's own names. */
  readonly tensors: readonly NamedTensor[];
}

/** Writes a folder that PEFT loads. It appears whole or not at all; an adapter that is already there is replaced. */
export async function writeAdapterFolder(folder: string, adapter: AdapterToWrite): Promise<void> {
  const target = resolve(folder);
  const present = await readdir(target).catch(() => undefined);
  if (present !== undefined && present.length > 0 && !present.includes(adapterConfigFile)) {
    throw new UserError('adapter.target', `${folder} holds files that are not an adapter (${present.slice(0, 3).join(', ')}). Choose another folder.`);
  }
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}`);
  const [fresh, old] = [`${beside}.new`, `${beside}.old`];
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  try {
    await writeAtomically(join(fresh, adapterConfigFile), async (file) => {
      await file.writeFile(`${JSON.stringify(configOf(adapter), null, 2)}\n`);
    });
    await writeSafetensors(join(fresh, adapterWeightsFile), adapter.tensors.map((t) => ({ ...t, name: `${prefix}${t.name}` })));
    if (present !== undefined) await rename(target, old);
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(target));
  await rm(old, { recursive: true, force: true });
}

function configOf({ rank, alpha, rsLora, targets, base, task, fanInFanOut = false }: AdapterToWrite): JsonObject {
  return {
    peft_type: 'LORA',
    task_type: task,
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    use_rslora: rsLora,
    target_modules: [...targets],
    modules_to_save: task === 'SEQ_CLS' ? ['score'] : null,
    bias: 'none',
    use_dora: false,
    fan_in_fan_out: fanInFanOut,
    init_lora_weights: true,
    inference_mode: true,
    rank_pattern: {},
    alpha_pattern: {},
  };
}

/** Absent, false, or empty. */
function isOff(value: Json): boolean {
  return value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
}
