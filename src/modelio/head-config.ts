import type { Json, JsonObject } from '../base/json';
import type { Tokenizer } from './tokenizer';
import type { WeightDType } from './write-safetensors';

/** Keys that only one kind of head has. */
const headKeys = ['num_labels', 'id2label', 'label2id', 'problem_type', 'mean', 'std', 'means', 'covariance'];

/** `config.json` of a language model, from the one it was trained from. */
export function causalConfig(source: JsonObject, dtype: WeightDType): JsonObject {
  return { ...shared(source, dtype), architectures: [architecture(source, 'ForCausalLM')] };
}

/**
 * `config.json` of a reward or value model: one label, no `problem_type`, and the id of the padding, without which
 * transformers scores only one text at a time. `mean` and `std` of its scores are kept under the names OpenRLHF uses,
 * because the head has no bias that could hold them.
 */
export function scoreConfig(source: JsonObject, dtype: WeightDType, options: { padId: number; mean?: number; std?: number }): JsonObject {
  return {
    ...classifier(source, dtype, ['LABEL_0'], options.padId),
    ...(options.mean === undefined ? {} : { mean: options.mean }),
    ...(options.std === undefined ? {} : { std: options.std }),
  };
}

/**
 * `config.json` of a reward model with one output a criterion. `means` and `covariance` are those of its raw scores: what is needed to combine the
 * outputs by any weights and to normalise what comes of it. `mean` and `std` are left out, since no single score has them.
 */
export function criteriaConfig(source: JsonObject, dtype: WeightDType, options: { padId: number; names: readonly string[]; means: readonly number[]; covariance: readonly (readonly number[])[] }): JsonObject {
  return { ...classifier(source, dtype, options.names, options.padId), means: [...options.means], covariance: options.covariance.map((row) => [...row]) };
}

/** `config.json` of a rule model: one output a rule, whose σ is the probability that the rule is broken. */
export function ruleConfig(source: JsonObject, dtype: WeightDType, options: { padId: number; names: readonly string[] }): JsonObject {
  return { ...classifier(source, dtype, options.names, options.padId), problem_type: 'multi_label_classification' };
}

function classifier(source: JsonObject, dtype: WeightDType, names: readonly string[], padId: number): JsonObject {
  return {
    ...shared(source, dtype),
    architectures: [architecture(source, 'ForSequenceClassification')],
    // A dictionary alone says how many labels there are: transformers takes num_labels from it.
    id2label: Object.fromEntries(names.map((name, i) => [String(i), name])),
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
    pad_token_id: padId,
  };
}

/**
 * The id to pad with where a score is read at the last token that is not padding: never one that ends a text, or that
 * end would be taken for padding. The tokenizer's own when it will do, else its unknown or beginning-of-sequence token.
 */
export function scorePadId(tokenizer: Tokenizer): number {
  const unknown = Array.from({ length: Math.min(16, tokenizer.vocabSize) }, (_, id) => id).find((id) => tokenizer.token(id) === '<unk>');
  return [tokenizer.padId, unknown, tokenizer.bosId].find((id) => id !== undefined && !tokenizer.eosIds.includes(id)) ?? 0;
}

function shared(source: JsonObject, dtype: WeightDType): JsonObject {
  const config = Object.fromEntries(Object.entries(source).filter(([key]) => !headKeys.includes(key)));
  // transformers 5 writes the rotary base inside `rope_parameters` and the type as `dtype`; version 4 reads neither.
  return { ...oldRope(source), ...config, dtype, torch_dtype: dtype };
}

/** The keys of transformers 4 for what version 5 has in `rope_parameters`, which Gemma nests by kind of layer. */
function oldRope({ rope_parameters: rope }: JsonObject): JsonObject {
  if (!isObject(rope)) return {};
  const { full_attention: global, sliding_attention: local } = rope;
  const { rope_theta: theta, partial_rotary_factor: partial, ...scaling } = isObject(global) ? global : rope;
  const scaled = typeof scaling['rope_type'] === 'string' && scaling['rope_type'] !== 'default';
  return {
    ...(theta === undefined ? {} : { rope_theta: theta }),
    ...(partial === undefined ? {} : { rotary_pct: partial }),
    ...(theta === undefined || partial === undefined ? {} : { rotary_emb_base: theta }), // GPT-NeoX's name for it
    ...(isObject(local) && local['rope_theta'] !== undefined ? { rope_local_base_freq: local['rope_theta'] } : {}),
    ...(scaled ? { rope_scaling: partial === undefined ? scaling : { ...scaling, partial_rotary_factor: partial } } : {}),
  };
}

const isObject = (value: Json | undefined): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Names of classes that do not begin with the same word for every head. */
const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gpt2: { ForCausalLM: 'GPT2LMHeadModel', ForSequenceClassification: 'GPT2ForSequenceClassification' },
  gemma3_text: { ForCausalLM: 'Gemma3ForCausalLM', ForSequenceClassification: 'Gemma3TextForSequenceClassification' },
};

/** `LlamaForCausalLM` from whatever head the source has. */
function architecture(source: JsonObject, head: string): string {
  const exception = typeof source['model_type'] === 'string' ? exceptions[source['model_type']]?.[head] : undefined;
  if (exception !== undefined) return exception;
  const [given] = Array.isArray(source['architectures']) ? source['architectures'] : [];
  const stem = typeof given === 'string' ? given.replace(/(For[A-Z]\w*|Model)$/, '') : '';
  return `${stem === '' ? 'Llama' : stem}${head}`;
}
