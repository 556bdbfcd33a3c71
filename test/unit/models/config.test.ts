import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { UserError } from '../../../src/base/errors';
import type { JsonObject } from '../../../src/base/json';
import { configJson, parseModelConfig } from '../../../src/models/config';

const good: JsonObject = { model_type: 'llama', vocab_size: 100, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 4 };
const parse = (json: JsonObject): ReturnType<typeof parseModelConfig> => parseModelConfig(json, 'm/config.json');

describe('models/config', () => {
  it('reads what transformers 5 and 4 write', () => {
    const fixture = (name: string): JsonObject => JSON.parse(readFileSync(`test/fixtures/modelio/${name}/config.json`, 'utf8')) as JsonObject;
    const c = parse(fixture('fallback'));
    assert.deepEqual(c, {
      modelType: 'llama', vocabSize: 400, hiddenSize: 32, intermediateSize: 48, layers: 2, heads: 4, kvHeads: 1, headDim: 12, maxPositions: 128,
      normEps: 1e-6, ropeTheta: 500000, tieWordEmbeddings: true, attentionBias: false, mlpBias: false, initializerRange: 0.02,
    });
    assert.equal(parse({ ...good, rope_theta: 7, rope_scaling: null }).ropeTheta, 7);
    assert.deepEqual(parse(configJson(c)), c);
  });

  it('fills in the defaults of transformers', () => {
    const c = parse(good);
    assert.deepEqual([c.kvHeads, c.headDim, c.ropeTheta, c.normEps, c.tieWordEmbeddings, c.maxPositions], [4, 8, 10000, 1e-6, false, 2048]);
  });

  it('refuses what is not built, naming the file, the value and what is', () => {
    const cases: [JsonObject, RegExp][] = [
      [{ model_type: 'bert' }, /m\/config\.json: model_type "bert" is not supported; supported: llama/],
      [{ model_type: null }, /model_type missing is not supported/],
      [{ num_key_value_heads: 3 }, /4 is not a multiple of num_key_value_heads 3/],
      [{ hidden_size: 30 }, /hidden_size 30 is not a multiple/],
      [{ head_dim: 7 }, /head_dim 7 is odd/],
      [{ hidden_act: 'gelu' }, /hidden_act "gelu" is not supported; supported: silu/],
      [{ rope_scaling: { type: 'yarn', factor: 2 } }, /rope_scaling of type "yarn" is not supported/],
      [{ rope_parameters: { rope_type: 'longrope', rope_theta: 5 } }, /rope_parameters of type "longrope"/],
      [{ rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } }, /partial_rotary_factor 0.5/],
      [{ vocab_size: 1e99 }, /vocab_size is 1e\+99/],
      [{ vocab_size: '100' }, /vocab_size is "100", expected a positive whole number/],
      [{ num_hidden_layers: 0 }, /num_hidden_layers is 0/],
      [{ rms_norm_eps: -1 }, /rms_norm_eps is -1/],
      [{ tie_word_embeddings: 'yes' }, /tie_word_embeddings is "yes", expected true or false/],
    ];
    for (const [change, message] of cases) assert.throws(() => parse({ ...good, ...change }), (e: unknown) => e instanceof UserError && message.test(e.message), JSON.stringify(change));
  });

  it('reads what older transformers write of each family', () => {
    const neox = parse({ model_type: 'gpt_neox', vocab_size: 100, hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, num_attention_heads: 4, rotary_pct: 0.25, rotary_emb_base: 20000 });
    assert.deepEqual([neox.rotarySize, neox.ropeTheta, neox.parallel, neox.activation], [4, 20000, true, 'gelu']);
    const gpt2 = parse({ model_type: 'gpt2' });
    assert.deepEqual([gpt2.vocabSize, gpt2.hiddenSize, gpt2.intermediateSize, gpt2.maxPositions, gpt2.tieWordEmbeddings, gpt2.activation], [50257, 768, 3072, 1024, true, 'gelu tanh']);
    const gemma = parse({ ...good, model_type: 'gemma3_text', num_hidden_layers: 7, rope_theta: 1e6, rope_local_base_freq: 5000, rope_scaling: { rope_type: 'linear', factor: 8 }, sliding_window_pattern: 3, sliding_window: 512 });
    assert.deepEqual([gemma.headDim, gemma.kvHeads, gemma.ropeTheta, gemma.localRopeTheta, gemma.ropeScaling, gemma.window], [256, 4, 1e6, 5000, { type: 'linear', factor: 8 }, 512]);
    assert.deepEqual(gemma.windowed, [true, true, false, true, true, false, true]);
    const llama32 = parse({ ...good, rope_theta: 5e5, rope_scaling: { factor: 32, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 8192, rope_type: 'llama3' } });
    assert.deepEqual(llama32.ropeScaling, { type: 'llama3', factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 });
    assert.deepEqual(parse({ ...good, model_type: 'smollm3', num_hidden_layers: 5 }).rotary, [true, true, true, false, true]);
    assert.equal(parse({ ...good, model_type: 'qwen2', use_sliding_window: false, sliding_window: 32768, max_window_layers: 21 }).window, undefined);
    assert.equal(parse({ ...good, model_type: 'mistral', num_key_value_heads: 2, sliding_window: null }).window, undefined);
  });

  it('refuses what a family does not have, naming it and what can be done', () => {
    const neox = { vocab_size: 100, hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2, num_attention_heads: 4 };
    const cases: [JsonObject, RegExp][] = [
      [{ ...good, num_local_experts: 8 }, /m\/config\.json: num_local_experts is 8: mixtures of experts are not supported. Choose a dense model/],
      [{ ...good, model_type: 'mixtral' }, /model_type "mixtral" is not supported; supported: llama, .*Choose a model/],
      [{ ...good, model_type: 'gemma3' }, /model_type "gemma3" is not supported/],
      [{ ...good, quantization_config: { quant_method: 'gptq' } }, /quantization_config is \{"quant_method":"gptq"\}: quantised weights are not supported. Choose the original weights/],
      [{ ...good, model_type: 'mistral', num_key_value_heads: 2, attention_bias: true }, /attention_bias true is not supported; supported: false. Choose another model/],
      [{ ...good, model_type: 'mistral', num_key_value_heads: 2, hidden_act: 'relu' }, /hidden_act "relu" is not supported; supported: silu/],
      [{ ...good, model_type: 'mistral', num_key_value_heads: 2, layer_types: ['sliding_attention'] }, /layer_types is not part of a mistral model/],
      [{ ...good, model_type: 'qwen2', attention_bias: false }, /attention_bias false is not supported; supported: true/],
      [{ ...good, model_type: 'qwen3', layer_types: ['full_attention', 'linear_attention'] }, /layer_types has "linear_attention", which is not supported; supported: full_attention, sliding_attention/],
      [{ ...good, model_type: 'qwen3', layer_types: ['full_attention', 'sliding_attention'] }, /layer_types has "sliding_attention", but use_sliding_window is false/],
      [{ ...good, model_type: 'qwen3', layer_types: ['full_attention'] }, /layer_types is \["full_attention"\], expected a list of 2/],
      [{ ...good, model_type: 'smollm3', no_rope_layers: [1] }, /no_rope_layers is \[1\], expected a list of 2 zeros and ones/],
      [{ ...good, model_type: 'gemma3_text', attn_logit_softcapping: 50 }, /attn_logit_softcapping 50 is not supported; supported: null/],
      [{ ...good, model_type: 'gemma3_text', use_bidirectional_attention: true }, /use_bidirectional_attention true is not supported/],
      [{ ...good, model_type: 'gemma3_text', rope_parameters: { sliding_attention: { rope_type: 'yarn' } } }, /rope_parameters.sliding_attention of type "yarn" is not supported/],
      [{ ...good, model_type: 'gemma3_text', rope_parameters: { full_attention: { rope_type: 'dynamic' } } }, /rope_parameters of type "dynamic" is not supported/],
      [{ model_type: 'gpt2', n_embd: 30, n_head: 4 }, /n_embd 30 is not a multiple of n_head 4/],
      [{ model_type: 'gpt2', activation_function: 'relu' }, /activation_function "relu" is not supported; supported: gelu_new/],
      [{ model_type: 'gpt2', scale_attn_by_inverse_layer_idx: true }, /scale_attn_by_inverse_layer_idx true is not supported/],
      [{ model_type: 'gpt2', add_cross_attention: true }, /add_cross_attention true is not supported/],
      [{ model_type: 'gpt_neox', ...neox, rotary_pct: 0.2 }, /rotary_pct 0.2 of a head of 16 is 3; rotary embeddings need an even number/],
      [{ model_type: 'gpt_neox', ...neox, rotary_pct: 2 }, /rotary_pct is 2, expected at most 1/],
      [{ ...good, rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 1 } }, /low_freq_factor 4 is not below high_freq_factor 1/],
      [{ ...good, rope_scaling: { rope_type: 'linear', factor: '2' } }, /rope_scaling.factor is "2", expected a positive number/],
      [{ ...good, rope_scaling: 'linear' }, /rope_scaling is "linear", expected an object or null/],
    ];
    for (const [json, message] of cases) assert.throws(() => parse(json), (e: unknown) => e instanceof UserError && message.test(e.message), JSON.stringify(json));
  });
});
