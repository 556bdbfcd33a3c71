import { createRng } from '../../../src/base/rng';
import type { JsonObject } from '../../../src/base/json';
import { createTokenizer, type Tokenizer } from '../../../src/modelio/tokenizer';
import { parseModelConfig, type ModelConfig } from '../../../src/models/config';
import { initParams } from '../../../src/models/model';
import type { Head } from '../../../src/models/specs';
import type { Params } from '../../../src/models/params';
import type { Algorithm, Outcome, TrainingEvent } from '../../../src/training/algorithm';
import type { OptimizerSettings } from '../../../src/training/trainable';

const words = ['<unk>', '<s>', '</s>', 'say', 'count', 'one', 'two', 'three', 'four', 'five', 'red', 'green', 'blue', 'good', 'bad', 'please', '.', 'a', 'b', 'c'];

/** A word-level tokenizer of twenty words, as Hugging Face writes it. */
export const tokenizerJson: JsonObject = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
  normalizer: null,
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: Object.fromEntries(words.map((w, i) => [w, i])), unk_token: '<unk>' },
};
export const tokenizerConfigJson: JsonObject = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', tokenizer_class: 'PreTrainedTokenizerFast' };

/** A Llama of some thousand weights for that tokenizer. */
export const configJson: JsonObject = {
  model_type: 'llama',
  vocab_size: words.length,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  initializer_range: 0.3,
  tie_word_embeddings: true,
};

export interface Tiny {
  readonly config: ModelConfig;
  readonly params: Params;
  readonly tokenizer: Tokenizer;
}

export function tinyModel(head: Head, seed = 1): Tiny {
  const config = parseModelConfig(configJson, 'tiny');
  const tokenizer = createTokenizer({ folder: 'tiny', tokenizer: tokenizerJson, tokenizerConfig: tokenizerConfigJson, specialTokensMap: {}, generationConfig: {}, config: configJson, chatTemplate: undefined });
  return { config, tokenizer, params: initParams(config, head, createRng(seed)) };
}

export const optimizer: OptimizerSettings = { learningRate: 0.01, schedule: 'linear', warmupSteps: 2, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
export const resources = { threads: 1, maxCells: 8192 };

/** Runs steps until `until`, and with no `until` to the end with what comes after it. */
export async function runSteps(algorithm: Algorithm, until = Infinity): Promise<{ events: TrainingEvent[]; outcome: Outcome | undefined }> {
  const events: TrainingEvent[] = [];
  while (algorithm.done() < Math.min(until, algorithm.total)) for await (const event of algorithm.step()) events.push(event);
  if (until < algorithm.total) return { events, outcome: undefined };
  const end = algorithm.finish();
  for (;;) {
    const next = await end.next();
    if (next.done === true) return { events, outcome: next.value };
    events.push(next.value);
  }
}
