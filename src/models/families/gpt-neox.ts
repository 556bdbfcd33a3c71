import { maxLayers, readRope, scalingJson } from '../config-file';
import type { Attention, Family, Mlp, Norm, Projection } from '../family';
import { preNormBlock, ropeOf } from './shared';

/** GPT-NeoX and Pythia: LayerNorm, a quarter of each head turns, attention and MLP side by side. */
export const gptNeox: Family = {
  modelType: 'gpt_neox',
  stem: 'GPTNeoX',
  read: (file) => {
    const activation = file.activation('hidden_act', 'gelu', ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'gelu_fast']);
    const [hiddenSize, heads] = [file.integer('hidden_size'), file.integer('num_attention_heads')];
    if (hiddenSize % heads !== 0) file.fail(`hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads}.`);
    const headDim = hiddenSize / heads;
    const { ropeTheta, ropeScaling, partial } = readRope(file, { theta: 10000, thetaKey: 'rotary_emb_base', partial: 0.25, partialKey: 'rotary_pct' });
    const rotarySize = Math.floor(headDim * partial);
    if (rotarySize < 2 || rotarySize % 2 !== 0) file.fail(`rotary_pct ${partial} of a head of ${headDim} is ${rotarySize}; rotary embeddings need an even number.`);
    return {
      modelType: 'gpt_neox',
      vocabSize: file.integer('vocab_size'),
      hiddenSize,
      intermediateSize: file.integer('intermediate_size'),
      layers: file.integer('num_hidden_layers', undefined, maxLayers),
      heads,
      kvHeads: heads,
      headDim,
      maxPositions: file.integer('max_position_embeddings', 2048),
      normEps: file.positive('layer_norm_eps', 1e-5),
      ropeTheta,
      ...(ropeScaling && { ropeScaling }),
      rotarySize,
      activation,
      parallel: file.flag('use_parallel_residual', true),
      tieWordEmbeddings: file.flag('tie_word_embeddings'),
      attentionBias: file.flag('attention_bias', true),
      mlpBias: true,
      initializerRange: file.positive('initializer_range', 0.02),
    };
  },
  write: (config) => ({
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    hidden_act: config.activation === 'gelu tanh' ? 'gelu_new' : 'gelu',
    max_position_embeddings: config.maxPositions,
    layer_norm_eps: config.normEps,
    rotary_emb_base: config.ropeTheta,
    rotary_pct: (config.rotarySize ?? config.headDim) / config.headDim,
    ...(config.ropeScaling && { rope_scaling: scalingJson(config.ropeScaling) }),
    use_parallel_residual: config.parallel ?? true,
    tie_word_embeddings: config.tieWordEmbeddings,
    attention_bias: config.attentionBias,
    initializer_range: config.initializerRange,
  }),
  describe: (config) => {
    const { hiddenSize: d, intermediateSize: f, heads, headDim } = config;
    const norm = (name: string): Norm => ({ name: `gpt_neox.${name}`, kind: 'layer', size: d, epsilon: config.normEps });
    const linear = (name: string, from: number, to: number, bias: boolean): Projection => ({ name: `gpt_neox.${name}`, from, to, bias });
    const attentionOf = (layer: string): Attention => ({
      inputs: { joined: linear(`${layer}.attention.query_key_value`, d, 3 * d, config.attentionBias), order: 'by head' },
      output: linear(`${layer}.attention.dense`, d, d, config.attentionBias),
      heads,
      kvHeads: heads,
      headDim,
      scale: headDim ** -0.5,
      rope: ropeOf(config),
    });
    const mlpOf = (layer: string): Mlp => ({
      up: linear(`${layer}.mlp.dense_h_to_4h`, d, f, true),
      down: linear(`${layer}.mlp.dense_4h_to_h`, f, d, true),
      activation: config.activation ?? 'gelu',
    });
    return {
      embedding: 'gpt_neox.embed_in',
      finalNorm: norm('final_layer_norm'),
      output: 'embed_out',
      block: (pieces, x, i) => {
        const layer = `layers.${i}`;
        const norms = [norm(`${layer}.input_layernorm`), norm(`${layer}.post_attention_layernorm`)] as const;
        if (config.parallel === false) return preNormBlock(pieces, x, { norms, attention: attentionOf(layer), mlp: mlpOf(layer) });
        const attended = pieces.attention(pieces.norm(x, norms[0]), attentionOf(layer));
        return pieces.add(pieces.add(x, attended), pieces.mlp(pieces.norm(x, norms[1]), mlpOf(layer)));
      },
    };
  },
};
