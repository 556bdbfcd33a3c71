import type { JsonObject } from '../base/json';
import type { RunInputOf } from '../protocol/run';
import { specialIds } from './tokenizer-files';

/** Where the model lies in the sample workspace. */
export const modelFolder = 'models/tiny-assistant';

export const vocabSize = 1536;

/** The sample model: a Llama of 1.2 million parameters with its embeddings, which are tied. */
export const modelConfig: JsonObject = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: vocabSize,
  hidden_size: 160,
  intermediate_size: 480,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 40,
  hidden_act: 'silu',
  max_position_embeddings: 256,
  initializer_range: 0.02,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  rope_scaling: null,
  attention_bias: false,
  mlp_bias: false,
  attention_dropout: 0,
  tie_word_embeddings: true,
  bos_token_id: specialIds.begin,
  eos_token_id: specialIds.end,
  pad_token_id: specialIds.pad,
  torch_dtype: 'float16',
  use_cache: true,
};

export const generationConfig: JsonObject = {
  bos_token_id: specialIds.begin,
  eos_token_id: specialIds.end,
  pad_token_id: specialIds.pad,
  do_sample: true,
  temperature: 1,
  max_new_tokens: 48,
};

/** Settings of the run that trains the sample model from random weights. */
export const sftRun: Omit<RunInputOf<'sft'>, 'createdAt' | 'seed'> = {
  v: 1,
  id: 'tiny-assistant-sft',
  name: 'Tiny assistant from random weights',
  kind: 'sft',
  models: {},
  params: {
    batchSize: 16,
    maxSteps: 5000,
    epochs: 100,
    maxLength: 96,
    completionOnlyLoss: true,
    optimizer: { learningRate: 3e-3, schedule: 'cosine', warmupSteps: 100, beta2: 0.98, weightDecay: 0.01 },
    evalEvery: 400,
    checkpointEvery: 400,
    saveAs: 'float16',
  },
};
