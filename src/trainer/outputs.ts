import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { combineOutputs } from '../models/outputs';
import type { Opened } from './models';
import type { RewardModel } from '../training/algorithm';

/** What `config.json` says of the outputs of a score head, in their order. */
export interface Outputs {
  readonly names: readonly string[];
  /** Of raw scores of held-out answers. */
  readonly means: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  /** Whether the file has them: a model of others has not. */
  readonly known: boolean;
}

/** Reads `id2label`, and `mean` and `std` or `means` and `covariance`. @throws UserError that names file and key for what is not a number. */
export function outputsOf(json: JsonObject, count: number, name: string): Outputs {
  const fail = (key: string, value: unknown, expected: string): never => {
    throw new UserError('model.config', `${name}: ${key} is ${value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80)}, expected ${expected}. Train the reward model again.`);
  };
  const number = (key: string, value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : fail(key, value, `a number: the ${key} of the scores`));
  const numbers = (key: string, value: unknown): number[] => (Array.isArray(value) && value.length === count ? value.map((x) => number(key, x)) : fail(key, value, `a list of ${count}: one an output`));
  const labels = json['id2label'];
  const names = Array.from({ length: count }, (_, i) => {
    const given = typeof labels === 'object' && labels !== null && !Array.isArray(labels) ? labels[String(i)] : undefined;
    return typeof given === 'string' ? given : `LABEL_${i}`;
  });
  if (new Set(names).size < count) fail('id2label', labels, 'a different name for each output');
  if (count === 1) {
    const std = number('std', json['std'] ?? 1);
    return { names, means: [number('mean', json['mean'] ?? 0)], covariance: [[std > 0 ? std ** 2 : 1]], known: json['std'] !== undefined };
  }
  const { means, covariance } = json;
  if (means === undefined && covariance === undefined) return { names, means: names.map(() => 0), covariance: names.map((_, i) => names.map((__, j) => Number(i === j))), known: false };
  const rows = Array.isArray(covariance) && covariance.length === count ? covariance.map((row) => numbers('covariance', row)) : fail('covariance', covariance, `${count} rows of numbers`);
  return { names, means: numbers('means', means), covariance: rows, known: true };
}

/** Whether a configuration is a rule model's: sigmoid outputs, one a rule. */
export const isRuleConfig = (json: JsonObject): boolean => json['problem_type'] === 'multi_label_classification';

/**
 * One reward out of the outputs of a head: Σ wₖ·(rₖ − meanₖ)/stdₖ, and its mean and deviation. A model with one output is given as it is.
 * @throws UserError for a criterion that the model does not know, for weights that are all 0, and when nobody says how outputs of a model of others combine.
 */
export function combineRewards(model: Opened, outputs: Outputs, combine: Readonly<Record<string, number>> | undefined, name: string): Pick<RewardModel, 'config' | 'params' | 'mean' | 'std'> {
  const { names, means, covariance, known } = outputs;
  const stds = covariance.map((row, k) => (row[k]! > 0 ? Math.sqrt(row[k]!) : 1));
  if (names.length === 1) {
    if (combine !== undefined) throw new UserError('reward.combine', `${name} is of a model with one output: combine is for models with an output for each of several criteria. Leave it out.`);
    return { config: model.config, params: model.params, mean: means[0]!, std: stds[0]! };
  }
  const unknown = Object.keys(combine ?? {}).find((k) => !names.includes(k));
  if (unknown !== undefined) throw new UserError('reward.combine', `combine names "${unknown}", which ${name} does not know. Its outputs are ${names.join(', ')}.`);
  if (combine === undefined && !known) throw new UserError('reward.combine', `${name} is of a model with ${names.length} outputs (${names.join(', ')}), and nothing says which is the reward. Say it by combine: {"${names[0]!}": 1}.`);
  const weights = names.map((k, i) => (combine === undefined ? 1 : (combine[k] ?? 0)) / stds[i]!);
  if (weights.every((w) => w === 0)) throw new UserError('reward.combine', `combine gives every output of ${name} the weight 0: nothing is left to reward. Give one of ${names.join(', ')} another.`);
  const variance = weights.reduce((sum, a, i) => sum + weights.reduce((s, b, j) => s + a * b * covariance[i]![j]!, 0), 0);
  const mean = weights.reduce((sum, w, k) => sum + w * means[k]!, 0);
  return { ...combineOutputs(model, weights), mean, std: variance > 0 ? Math.sqrt(variance) : 1 };
}
