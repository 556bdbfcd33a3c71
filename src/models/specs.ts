import { descriptionOf, type ModelConfig } from './config';
import type { Attention, Norm, Pieces, Projection } from './family';
import type { NamedShape } from './params';

/** What is on top of the trunk: a language model head, a score head (one number a token for a reward or value, several for criteria or rules), or nothing. */
export type Head = 'lm' | 'score' | 'none';

/** A tensor of a model, and what a new one is filled with: a number, or N(0, std). */
export interface TensorSpec extends NamedShape {
  readonly start: { readonly fill: number } | { readonly std: number };
}

/** Names and shapes of a model's tensors, as in Hugging Face folders, in the order in which the model uses them. */
export function modelSpecs(config: ModelConfig, head: Head): TensorSpec[] {
  const { hiddenSize: d, vocabSize, initializerRange: std } = config;
  const model = descriptionOf(config);
  const specs: TensorSpec[] = [];
  const matrix = (name: string, shape: readonly number[], more: Partial<TensorSpec> = {}): void => {
    specs.push({ name: `${name}.weight`, shape, start: { std }, ...more });
  };
  // A file holds a tied matrix once; some versions of transformers keep the name of the output, not of the embedding.
  matrix(model.embedding, [vocabSize, d], config.tieWordEmbeddings ? { aliases: [`${model.output}.weight`] } : {});
  if (model.positions !== undefined) matrix(model.positions, [config.maxPositions, d]);
  walkBlocks(config, {
    norm: ({ name, kind, size, plusOne }) => {
      specs.push({ name: `${name}.weight`, shape: [size], start: { fill: plusOne === true ? 0 : 1 } });
      if (kind === 'layer') specs.push({ name: `${name}.bias`, shape: [size], start: { fill: 0 } });
    },
    projection: (p) => {
      matrix(p.name, p.flipped === true ? [p.from, p.to] : [p.to, p.from], { start: { std: p.std ?? std }, ...(p.flipped === true && { flipped: true }) });
      if (p.bias) specs.push({ name: `${p.name}.bias`, shape: [p.to], start: { fill: 0 } });
    },
  });
  // transformers 5 calls every output lm_head in memory, and may one day in files.
  if (head === 'lm' && !config.tieWordEmbeddings) matrix(model.output, [vocabSize, d], model.output === 'lm_head' ? {} : { aliases: ['lm_head.weight'] });
  // N(0, 1/√(d+1)): Stiennon et al. 2020, lm-human-preferences.
  if (head === 'score') matrix('score', [config.labels ?? 1, d], { start: { std: 1 / Math.sqrt(d + 1) } });
  const prefix = model.optionalPrefix;
  if (prefix === undefined) return specs;
  return specs.map((s) => (s.name.startsWith(prefix) ? { ...s, aliases: [...(s.aliases ?? []), s.name.slice(prefix.length)] } : s));
}

/** The attention of each layer. */
export function attentionsOf(config: ModelConfig): Attention[] {
  const found: Attention[] = [];
  walkBlocks(config, { attention: (a) => found.push(a) });
  return found;
}

/** Visits the pieces of all blocks and the final norm, in order. */
function walkBlocks(config: ModelConfig, visit: { norm?: (n: Norm) => void; projection?: (p: Projection) => void; attention?: (a: Attention) => void }): void {
  const all = (projections: readonly (Projection | undefined)[]): void => {
    for (const p of projections) if (p !== undefined) visit.projection?.(p);
  };
  const pieces: Pieces<null> = {
    add: () => null,
    norm: (_, n) => {
      visit.norm?.(n);
      return null;
    },
    attention: (_, a) => {
      visit.attention?.(a);
      all('joined' in a.inputs ? [a.inputs.joined] : [a.inputs.q, a.inputs.k, a.inputs.v]);
      if (a.norms !== undefined) [a.norms.q, a.norms.k].forEach((n) => visit.norm?.(n));
      all([a.output]);
      return null;
    },
    mlp: (_, { gate, up, down }) => {
      all([gate, up, down]);
      return null;
    },
  };
  const model = descriptionOf(config);
  for (let i = 0; i < config.layers; i++) model.block(pieces, null, i);
  visit.norm?.(model.finalNorm);
}
