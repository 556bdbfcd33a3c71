import { maxLayers } from '../config-file';
import type { Family, Norm, Projection } from '../family';
import { preNormBlock } from './shared';

/** GPT-2: LayerNorm, learned positions, one projection for q, k and v, matrices stored as [in, out], no gate in the MLP. */
export const gpt2: Family = {
  modelType: 'gpt2',
  stem: 'GPT2',
  causalClass: 'GPT2LMHeadModel',
  read: (file) => {
    file.only('scale_attn_weights', true);
    file.only('scale_attn_by_inverse_layer_idx', false); // reorder_and_upcast_attn is of no effect in float32
    const activation = file.activation('activation_function', 'gelu_new', ['gelu_new', 'gelu', 'gelu_pytorch_tanh', 'gelu_fast']);
    const [hiddenSize, heads] = [file.integer('n_embd', 768), file.integer('n_head', 12)];
    if (hiddenSize % heads !== 0) file.fail(`n_embd ${hiddenSize} is not a multiple of n_head ${heads}.`);
    return {
      modelType: 'gpt2',
      vocabSize: file.integer('vocab_size', 50257),
      hiddenSize,
      intermediateSize: file.integer('n_inner', 4 * hiddenSize),
      layers: file.integer('n_layer', 12, maxLayers),
      heads,
      kvHeads: heads,
      headDim: hiddenSize / heads,
      maxPositions: file.integer('n_positions', 1024),
      normEps: file.positive('layer_norm_epsilon', 1e-5),
      ropeTheta: 10000, // no rotary embedding
      activation,
      tieWordEmbeddings: file.flag('tie_word_embeddings', true),
      attentionBias: true,
      mlpBias: true,
      initializerRange: file.positive('initializer_range', 0.02),
    };
  },
  write: (config) => ({
    vocab_size: config.vocabSize,
    n_embd: config.hiddenSize,
    n_inner: config.intermediateSize,
    n_layer: config.layers,
    n_head: config.heads,
    n_positions: config.maxPositions,
    activation_function: config.activation === 'gelu' ? 'gelu' : 'gelu_new',
    layer_norm_epsilon: config.normEps,
    tie_word_embeddings: config.tieWordEmbeddings,
    initializer_range: config.initializerRange,
    resid_pdrop: 0,
    embd_pdrop: 0,
    attn_pdrop: 0,
  }),
  describe: (config) => {
    const { hiddenSize: d, heads, headDim } = config;
    const norm = (name: string): Norm => ({ name: `transformer.${name}`, kind: 'layer', size: d, epsilon: config.normEps });
    // What goes into the sum of the blocks starts smaller the more of them there are.
    const std = config.initializerRange / Math.sqrt(2 * config.layers);
    const linear = (name: string, from: number, to: number, more: { std?: number } = {}): Projection => ({ name: `transformer.${name}`, from, to, bias: true, flipped: true, ...more });
    return {
      embedding: 'transformer.wte',
      positions: 'transformer.wpe',
      finalNorm: norm('ln_f'),
      output: 'lm_head',
      optionalPrefix: 'transformer.',
      block: (pieces, x, i) =>
        preNormBlock(pieces, x, {
          norms: [norm(`h.${i}.ln_1`), norm(`h.${i}.ln_2`)],
          attention: {
            inputs: { joined: linear(`h.${i}.attn.c_attn`, d, 3 * d), order: 'q k v' },
            output: linear(`h.${i}.attn.c_proj`, d, d, { std }),
            heads,
            kvHeads: heads,
            headDim,
            scale: headDim ** -0.5,
          },
          mlp: {
            up: linear(`h.${i}.mlp.c_fc`, d, config.intermediateSize),
            down: linear(`h.${i}.mlp.c_proj`, config.intermediateSize, d, { std }),
            activation: config.activation ?? 'gelu tanh',
          },
        }),
    };
  },
};
