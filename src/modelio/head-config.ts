import type { JsonObject } from '../base/json';
import type { Tokenizer } from './tokenizer';
import type { WeightDType } from './write-safetensors';

/** Keys that only one kind of head has. */
const headKeys = ['num_labels', 'id2label', 'label2id', 'problem_type', 'mean', 'std'];

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
    ...shared(source, dtype),
    architectures: [architecture(source, 'ForSequenceClassification')],
    id2label: { '0': 'LABEL_0' },
    label2id: { LABEL_0: 0 },
    pad_token_id: options.padId,
    ...(options.mean === undefined ? {} : { mean: options.mean }),
    ...(options.std === undefined ? {} : { std: options.std }),
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
  const rope = source['rope_parameters'];
  if (source['rope_theta'] === undefined && rope !== null && typeof rope === 'object' && !Array.isArray(rope) && rope['rope_theta'] !== undefined) {
    config['rope_theta'] = rope['rope_theta'];
  }
  return { ...config, dtype, torch_dtype: dtype };
}

/** `LlamaForCausalLM` from whatever head the source has. */
function architecture(source: JsonObject, head: string): string {
  const [given] = Array.isArray(source['architectures']) ? source['architectures'] : [];
  const stem = typeof given === 'string' ? given.replace(/(For[A-Z]\w*|Model)$/, '') : '';
  return `${stem === '' ? 'Llama' : stem}${head}`;
}
