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
});
