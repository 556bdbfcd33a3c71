import type { Rng } from '../base/rng';
import { constant, input, type Graph, type Value } from '../engine/graph';
import { add, gather, linear, mul, reshape, rmsNorm, silu } from '../engine/ops';
import { adapterInputs } from './adapter';
import { positions, project, selfAttention, weight, type Weights } from './attention';
import type { ModelConfig } from './config';
import { layoutParams, view, type NamedShape, type Params } from './params';

/** What is on top of the trunk: a language model head, one number a token (reward, value), or nothing. */
export type Head = 'lm' | 'score' | 'none';

/** Names and shapes of a Llama model's tensors, as in Hugging Face folders. */
export function llamaSpecs(config: ModelConfig, head: Head): NamedShape[] {
  const { hiddenSize: d, intermediateSize: f, heads, kvHeads, headDim, vocabSize } = config;
  const projection = (name: string, out: number, into: number, bias: boolean): NamedShape[] => [
    { name: `${name}.weight`, shape: [out, into] },
    ...(bias ? [{ name: `${name}.bias`, shape: [out] }] : []),
  ];
  const layer = (i: number): NamedShape[] => {
    const name = `model.layers.${i}`;
    return [
      { name: `${name}.input_layernorm.weight`, shape: [d] },
      ...projection(`${name}.self_attn.q_proj`, heads * headDim, d, config.attentionBias),
      ...projection(`${name}.self_attn.k_proj`, kvHeads * headDim, d, config.attentionBias),
      ...projection(`${name}.self_attn.v_proj`, kvHeads * headDim, d, config.attentionBias),
      ...projection(`${name}.self_attn.o_proj`, d, heads * headDim, config.attentionBias),
      { name: `${name}.post_attention_layernorm.weight`, shape: [d] },
      ...projection(`${name}.mlp.gate_proj`, f, d, config.mlpBias),
      ...projection(`${name}.mlp.up_proj`, f, d, config.mlpBias),
      ...projection(`${name}.mlp.down_proj`, d, f, config.mlpBias),
    ];
  };
  return [
    { name: 'model.embed_tokens.weight', shape: [vocabSize, d] },
    ...Array.from({ length: config.layers }, (_, i) => layer(i)).flat(),
    { name: 'model.norm.weight', shape: [d] },
    ...(head === 'lm' && !config.tieWordEmbeddings ? [{ name: 'lm_head.weight', shape: [vocabSize, d] }] : []),
    ...(head === 'score' ? [{ name: 'score.weight', shape: [1, d] }] : []),
  ];
}

/**
 * A model from scratch: matrices N(0, initializer_range), norms 1, biases 0, as transformers does; `score.weight`
 * N(0, 1/√(d+1)) (Stiennon et al. 2020, lm-human-preferences).
 */
export function initParams(config: ModelConfig, head: Head, rng: Rng): Params {
  const params = layoutParams(llamaSpecs(config, head));
  for (const { name, shape } of params.specs) {
    const data = view(params, name);
    if (shape.length === 1) data.fill(name.endsWith('.bias') ? 0 : 1);
    else {
      const std = name === 'score.weight' ? 1 / Math.sqrt(config.hiddenSize + 1) : config.initializerRange;
      for (let i = 0; i < data.length; i++) data[i] = std * rng.normal();
    }
  }
  return params;
}

/** Declares every weight as a graph input under its Hugging Face name: for training, where weights change at every step. */
export function paramInputs(g: Graph, config: ModelConfig, head: Head): Weights {
  const specs = llamaSpecs(config, head);
  return { ...Object.fromEntries(specs.map(({ name, shape }) => [name, input(g, name, 'float32', shape)])), ...adapterInputs(g, config.lora, specs) };
}

/** Bakes the weights into the graph: faster to run, and fixed (the data must not change while sessions are created). */
export function paramConstants(g: Graph, params: Params): Weights {
  return Object.fromEntries(params.specs.map(({ name, shape }) => [name, constant(g, view(params, name), 'float32', shape, name)]));
}

/**
 * The trunk: ids int64 [B, T] to hidden states [B, T, D] after the final norm. Rows are padded on the right with any valid id; attention
 * is causal, so what real tokens see does not depend on padding, and callers read real positions only.
 */
export function hidden(g: Graph, config: ModelConfig, p: Weights, ids: Value): Value {
  const [batch, length] = ids.shape;
  const at = positions(g, config, batch!, length!);
  const norm = (x: Value, name: string): Value => rmsNorm(g, x, weight(p, `${name}.weight`), config.normEps);

  let x = gather(g, weight(p, 'model.embed_tokens.weight'), reshape(g, ids, [-1])); // [B·T, D]
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`;
    x = add(g, x, selfAttention(g, config, p, `${layer}.self_attn`, norm(x, `${layer}.input_layernorm`), at));
    x = add(g, x, mlp(g, p, `${layer}.mlp`, norm(x, `${layer}.post_attention_layernorm`)));
  }
  return reshape(g, norm(x, 'model.norm'), [batch!, length!, -1]);
}

/** SwiGLU (Shazeer 2020): down(silu(gate x) · up x). */
function mlp(g: Graph, p: Weights, name: string, x: Value): Value {
  return project(g, p, `${name}.down_proj`, mul(g, silu(g, project(g, p, `${name}.gate_proj`, x)), project(g, p, `${name}.up_proj`, x)));
}

/** The output matrix [V, D]: `lm_head`, or the embedding when they are tied. */
export function headWeight(config: ModelConfig, p: Weights): Value {
  return weight(p, config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight');
}

/** Hidden states [B, T, D] at flat positions rows int64 [N] (b·T + t): [N, D]. */
export function rowsOf(g: Graph, h: Value, rows: Value): Value {
  return gather(g, reshape(g, h, [-1, h.shape.at(-1)!]), rows);
}

/** Logits [N, V] of hidden states [N, D]. */
export function logitsAt(g: Graph, config: ModelConfig, p: Weights, h: Value): Value {
  return linear(g, h, headWeight(config, p));
}

/** One number [N] for each of the hidden states [N, D]: a reward or a value. */
export function scores(g: Graph, _config: ModelConfig, p: Weights, h: Value): Value {
  return reshape(g, linear(g, h, weight(p, 'score.weight')), [-1]);
}
