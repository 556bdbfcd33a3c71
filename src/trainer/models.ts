import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { readModelFolder, type ModelFolder } from '../modelio/folder';
import { readTokenizer } from '../modelio/tokenizer';
import { causalClass, configJson, familyOf, parseModelConfig } from '../models/config';
import { initParams } from '../models/model';
import { loadModel, type Storage } from '../models/load';
import { view } from '../models/params';
import type { Head } from '../models/specs';
import type { RunSpec } from '../protocol/run';
import type { Model, RewardModel } from '../training/algorithm';
import { modelPath } from './run-folder';

/** A model in memory, with what its copy on disk is made from. */
export interface Opened extends Model {
  readonly folder: string;
  /** The adapter that is merged into it, when the run names one. */
  readonly adapter?: string;
  readonly configJson: JsonObject;
}

interface RandomModel {
  readonly config: Record<string, unknown>;
  readonly tokenizer: string;
}

/**
 * Loads the model folder that the run names for a role, for a head: a language model that is to get a score head gets a random
 * one. When `run.json` has the folder's hash, the folder must still be the same. A model that is only run, or lies beneath an adapter, may be kept
 * in fewer bytes: see {@link Storage}.
 */
export async function openModel(folder: string, spec: RunSpec, role: string, path: string, head: Head, storage: Storage = 'float32'): Promise<Opened> {
  const source = await readModelFolder(modelPath(folder, path));
  await checkHash(spec, role, source);
  const plain = parseModelConfig(source.config, `${source.folder}/config.json`);
  const { config, params, kept } = await loadModel(plain, head, source.weights, source.folder, storage, head === 'score' ? ['score.weight'] : []);
  for (const name of kept) initHead(view(params, name), config.hiddenSize, spec.seed);
  checkVocabulary(source.folder, source.tokenizer.vocabSize, config.vocabSize);
  return { folder: source.folder, ...(source.adapter !== undefined && { adapter: source.adapter }), config, configJson: { architectures: [causalClass(familyOf(config))], ...source.config }, params, tokenizer: source.tokenizer };
}

/** A model with random weights, a function of the run's seed. */
export async function randomModel(folder: string, spec: RunSpec, { config: json, tokenizer }: RandomModel, head: Head): Promise<Opened> {
  const path = modelPath(folder, tokenizer);
  const config = parseModelConfig({ model_type: 'llama', ...(json as JsonObject) }, 'params.deNovo.config of run.json');
  const t = await readTokenizer(path);
  checkVocabulary(path, t.vocabSize, config.vocabSize);
  // What readers would fill in with a published model's values, which may lie outside of this vocabulary, is written out.
  const filled: JsonObject = { ...configJson(config), bos_token_id: t.bosId ?? null, eos_token_id: t.eosId ?? null, pad_token_id: t.padId ?? null, ...(json as JsonObject) };
  return { folder: path, config, configJson: filled, params: initParams(config, head, createRng(spec.seed).fork('weights')), tokenizer: t };
}

/** The base of a run that trains one model: its folder, or random weights. */
export async function openBase(folder: string, spec: RunSpec, base: string | undefined, deNovo: RandomModel | undefined, head: Head, storage: Storage = 'float32'): Promise<Opened> {
  if (deNovo !== undefined) return randomModel(folder, spec, deNovo, head);
  if (base === undefined) throw new UserError('run.model', 'run.json names no models.base and no params.deNovo. Choose a model to start from.');
  return openModel(folder, spec, 'base', base, head, storage);
}

/** A reward model with the mean and deviation of its scores. @throws UserError for a model without a score head. */
export async function openRewardModel(folder: string, spec: RunSpec, path: string, role = 'reward', storage: Storage = 'auto'): Promise<Opened & RewardModel> {
  const absolute = modelPath(folder, path);
  const { weights } = await readModelFolder(absolute);
  if (!weights.tensors.has('score.weight')) throw new UserError('model.reward', `${absolute} is no reward model: it has no tensor score.weight. Choose a folder that a reward run made.`);
  const model = await openModel(folder, spec, role, path, 'score', storage);
  const number = (key: string, fallback: number): number => (typeof model.configJson[key] === 'number' ? model.configJson[key] : fallback);
  const std = number('std', 1);
  return { ...model, mean: number('mean', 0), std: std > 0 ? std : 1 };
}

/** @throws UserError unless the ids of both models mean the same tokens: PPO never tokenizes twice. */
export function checkSameTokens(policy: Opened, reward: Opened): void {
  const [a, b] = [policy.tokenizer, reward.tokenizer];
  const differs = Array.from({ length: Math.max(a.vocabSize, b.vocabSize) }, (_, id) => id).find((id) => a.token(id) !== b.token(id));
  if (differs === undefined) return;
  throw new UserError(
    'model.tokenizers',
    `${policy.folder} and ${reward.folder} have different tokenizers (token ${differs} is ${JSON.stringify(a.token(differs))} in one, ${JSON.stringify(b.token(differs))} in the other). Train the reward model from a model with the policy's tokenizer.`,
  );
}

async function checkHash(spec: RunSpec, role: string, source: ModelFolder): Promise<void> {
  const expected = spec.hashes[role];
  if (expected !== undefined && (await source.hash()).hash !== expected) {
    throw new UserError('run.model', `${source.folder} is no longer the model that the run was made with (its hash differs). Put the old one back or start a new run.`);
  }
}

function checkVocabulary(folder: string, tokens: number, vocabSize: number): void {
  if (tokens > vocabSize) {
    throw new UserError('model.vocabulary', `${folder}: the tokenizer has ids up to ${tokens - 1}, the model knows only ${vocabSize}. They do not belong together.`);
  }
}

/** N(0, 1/√(d+1)), as in https://github.com/openai/lm-human-preferences/blob/cbfd210/lm_human_preferences/rewards.py */
function initHead(weights: Float32Array, hiddenSize: number, seed: number): void {
  const rng = createRng(seed).fork('score head');
  for (let i = 0; i < weights.length; i++) weights[i] = rng.normal() / Math.sqrt(hiddenSize + 1);
}
