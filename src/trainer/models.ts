import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { readModelFolder, type ModelFolder } from '../modelio/folder';
import { readTokenizer } from '../modelio/tokenizer';
import { plural } from '../base/text';
import { causalClass, configJson, familyOf, parseModelConfig, type ModelConfig } from '../models/config';
import { outputCount } from '../models/outputs';
import { initParams } from '../models/model';
import { loadModel, type Storage } from '../models/load';
import { view } from '../models/params';
import { modelSpecs, type Head } from '../models/specs';
import type { RunOf, RunSpec } from '../protocol/run';
import type { Model, RewardModel } from '../training/algorithm';
import { frozenModel, type MemoryPart } from '../training/memory';
import { checkFits, checkRoom } from './fits';
import { combineRewards, isRuleConfig, outputsOf } from './outputs';
import { modelPath } from './run-folder';

/** A model in memory, with what its copy on disk is made from. */
export interface Opened extends Model {
  readonly folder: string;
  /** The adapter that is merged into it, when the run names one. */
  readonly adapter?: string;
  readonly configJson: JsonObject;
  /** Its score head is random: its folder had none. */
  readonly freshHead?: boolean;
}

interface RandomModel {
  readonly config: Record<string, unknown>;
  readonly tokenizer: string;
}

/**
 * Loads the model folder that the run names for a role, for a head: a language model that is to get a score head gets a random
 * one. When `run.json` has the folder's hash, the folder must still be the same. A model that is only run, or lies beneath an adapter, may be kept
 * in fewer bytes: see {@link Storage}. `outputs`: how many the score head must have; as many as it has when left out.
 */
export async function openModel(folder: string, spec: RunSpec, role: string, path: string, head: Head, storage: Storage = 'float32', outputs?: number): Promise<Opened> {
  const source = await readModelFolder(modelPath(folder, path));
  await checkHash(spec, role, source);
  const plain = withOutputs(parseModelConfig(source.config, `${source.folder}/config.json`), head, source, outputs);
  const fresh = head === 'score' ? ['score.weight'] : [];
  checkFits(modelSpecs(plain, head), source.weights, source.folder, fresh);
  const { config, params, kept } = await loadModel(plain, head, source.weights, source.folder, storage, fresh);
  for (const name of kept) initHead(view(params, name), config.hiddenSize, spec.seed);
  checkVocabulary(source.folder, source.tokenizer.vocabSize, config.vocabSize);
  return { folder: source.folder, ...(source.adapter !== undefined && { adapter: source.adapter }), config, freshHead: kept.includes('score.weight'), configJson: { architectures: [causalClass(familyOf(config))], ...source.config }, params, tokenizer: source.tokenizer };
}

/** A model with random weights, a function of the run's seed. */
export async function randomModel(folder: string, spec: RunSpec, { config: json, tokenizer }: RandomModel, head: Head, outputs = 1): Promise<Opened> {
  const path = modelPath(folder, tokenizer);
  const plain = parseModelConfig({ model_type: 'llama', ...(json as JsonObject) }, 'params.deNovo.config of run.json');
  const config = outputs === 1 ? plain : { ...plain, labels: outputs };
  const t = await readTokenizer(path);
  checkVocabulary(path, t.vocabSize, config.vocabSize);
  checkRoom(modelSpecs(config, head), 'params.deNovo.config of run.json');
  // What readers would fill in with a published model's values, which may lie outside of this vocabulary, is written out.
  const filled: JsonObject = { ...configJson(config), bos_token_id: t.bosId ?? null, eos_token_id: t.eosId ?? null, pad_token_id: t.padId ?? null, ...(json as JsonObject) };
  return { folder: path, config, configJson: filled, params: initParams(config, head, createRng(spec.seed).fork('weights')), tokenizer: t };
}

/** The base of a run that trains one model: its folder, or random weights. */
export async function openBase(folder: string, spec: RunSpec, base: string | undefined, deNovo: RandomModel | undefined, head: Head, storage: Storage = 'float32', outputs = 1): Promise<Opened> {
  if (deNovo !== undefined) return randomModel(folder, spec, deNovo, head, outputs);
  if (base === undefined) throw new UserError('run.model', 'run.json names no models.base and no params.deNovo. Choose a model to start from.');
  return openModel(folder, spec, 'base', base, head, storage, outputs);
}

/**
 * A reward model with the mean and deviation of its scores. One with several outputs (one a criterion) becomes one with one: they are combined by
 * `combine`, criterion → weight, of normalised scores; all alike when left out. @throws UserError for a model without a score head, or unknown criteria.
 */
export async function openRewardModel(folder: string, spec: RunSpec, path: string, role: string, storage: Storage, combine?: Readonly<Record<string, number>>): Promise<Opened & RewardModel> {
  const model = await openScoreModel(folder, spec, path, role, storage);
  const config = `${modelPath(folder, path)}/config.json`;
  return { ...model, ...combineRewards(model, outputsOf(model.configJson, outputCount(model.config), config), combine, config) };
}

/** What a run names as a reward model: one, or an ensemble. */
export interface NamedReward {
  readonly path: string;
  readonly role: string;
  /** The models beside the first. */
  readonly members?: readonly string[] | undefined;
  readonly combine?: Readonly<Record<string, number>> | undefined;
  readonly ensemble: RunOf<'ppo'>['params']['ensemble'];
}

/** A reward model, with the others of its ensemble where the run asks for them. @throws UserError as {@link openRewardModel}, and for members that read other tokens. */
export async function openReward(folder: string, spec: RunSpec, { path, role, members = [], combine, ensemble }: NamedReward, storage: Storage): Promise<Opened & RewardModel> {
  const first = await openRewardModel(folder, spec, path, role, storage, combine);
  const { objective, coef } = ensemble;
  if (members.length === 0 || objective === 'first') return first;
  const others: (Opened & RewardModel)[] = [];
  for (const [i, member] of members.entries()) {
    const other = await openRewardModel(folder, spec, member, `${role}Members-${i}`, storage, combine);
    checkSameTokens(first, other);
    others.push(other);
  }
  return { ...first, ensemble: { objective, coef, others } };
}

/** Memory of the members beside the first. */
export function membersMemory({ ensemble }: RewardModel, what: string): MemoryPart[] {
  return (ensemble?.others ?? []).map((m, i) => frozenModel(`${what}, member ${i + 2}`, m.config));
}

/** ` (mean of 3)`, for the plan of a run; nothing for one model. */
export function ensembleWords({ ensemble }: RewardModel): string {
  return ensemble === undefined ? '' : ` (${ensemble.objective} of ${ensemble.others.length + 1})`;
}

/** A rule model with the rules that its outputs are about. @throws UserError for one that is no rule model. */
export async function openRuleModel(folder: string, spec: RunSpec, path: string, role: string, storage: Storage): Promise<Opened & { readonly rules: readonly string[] }> {
  const model = await openScoreModel(folder, spec, path, role, storage);
  const where = modelPath(folder, path);
  if (!isRuleConfig(model.configJson)) throw new UserError('model.rule', `${where} is no rule model: problem_type of its config.json is not "multi_label_classification". Choose a folder that a rule run made.`);
  return { ...model, rules: outputsOf(model.configJson, outputCount(model.config), `${where}/config.json`).names };
}

/** A model with all outputs of its score head as they are. @throws UserError for a model without one. */
export async function openScoreModel(folder: string, spec: RunSpec, path: string, role: string, storage: Storage): Promise<Opened> {
  const absolute = modelPath(folder, path);
  const { weights } = await readModelFolder(absolute);
  if (!weights.tensors.has('score.weight')) throw new UserError('model.reward', `${absolute} is no reward model: it has no tensor score.weight. Choose a folder that a reward run made.`);
  return openModel(folder, spec, role, path, 'score', storage);
}

/** @throws UserError unless the ids of both models mean the same tokens, and all that the policy can write can be read: PPO never tokenizes twice. */
export function checkSameTokens(policy: Opened, reward: Opened): void {
  const [written, known] = [policy.config.vocabSize, reward.config.vocabSize];
  if (written > known) {
    throw new UserError('model.vocabulary', `${policy.folder} has ${written} ids (vocab_size), and ${reward.folder} knows only ${known}: it could not read every answer. Train the reward model from a model with the policy's vocab_size.`);
  }
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

/** The configuration with as many outputs of the score head as its weights have. @throws UserError when that is not `wanted`. */
function withOutputs(config: ModelConfig, head: Head, { folder, weights }: ModelFolder, wanted: number | undefined): ModelConfig {
  if (head !== 'score') return config;
  const found = weights.tensors.get('score.weight')?.shape[0];
  if (wanted !== undefined && found !== undefined && found !== wanted) {
    throw new UserError('model.outputs', `${folder} has a score head of ${plural(found, 'output')}; this run needs ${wanted}. Start from a language model, or from one that was trained on the same criteria or rules.`);
  }
  const outputs = wanted ?? found ?? 1;
  return outputs === 1 ? config : { ...config, labels: outputs };
}

function checkVocabulary(folder: string, tokens: number, vocabSize: number): void {
  if (tokens > vocabSize) {
    throw new UserError('model.vocabulary', `${folder}: the tokenizer has ids up to ${tokens - 1}, the model knows only ${vocabSize}. They do not belong together.`);
  }
}

/** N(0, 1/√(d+1)), as in https://github.com/openai/lm-human-preferences/blob/cbfd210/lm_human_preferences/rewards.py */
export function initHead(weights: Float32Array, hiddenSize: number, seed: number): void {
  const rng = createRng(seed).fork('score head');
  for (let i = 0; i < weights.length; i++) weights[i] = rng.normal() / Math.sqrt(hiddenSize + 1);
}
