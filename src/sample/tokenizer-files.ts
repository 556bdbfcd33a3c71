import type { Bpe } from './bpe';

/** Special tokens, in the order of their ids. The pad token is none of the others, so that nothing is hidden by it. */
export const specialTokens = ['<|pad|>', '<|end|>', '<|begin|>', '<|user|>', '<|assistant|>'] as const;
export const specialIds = { pad: 0, end: 1, begin: 2 } as const;

/**
 * `<|user|>question<|assistant|>answer<|end|>`; a message of any other role is an error. The chat form carries no
 * `<|begin|>`; plain text does.
 */
export const chatTemplate = [
  "{%- for message in messages -%}",
  "{%- if message['role'] == 'user' -%}{{ '<|user|>' + message['content'] }}",
  "{%- elif message['role'] == 'assistant' -%}{{ '<|assistant|>' + message['content'] + eos_token }}",
  "{%- else -%}{{ raise_exception('this model knows the roles user and assistant only') }}",
  "{%- endif -%}",
  "{%- endfor -%}",
  "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}",
].join('');

/** File name → content of a Hugging Face tokenizer with this vocabulary. */
export function tokenizerFiles(bpe: Bpe, maxLength: number): Record<string, unknown> {
  const added = specialTokens.map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }));
  const special = { bos_token: '<|begin|>', eos_token: '<|end|>', pad_token: '<|pad|>' };
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<|begin|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [
          { SpecialToken: { id: '<|begin|>', type_id: 0 } },
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '<|begin|>', type_id: 1 } },
          { Sequence: { id: 'B', type_id: 1 } },
        ],
        special_tokens: { '<|begin|>': { id: '<|begin|>', ids: [specialIds.begin], tokens: ['<|begin|>'] } },
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(bpe.vocab),
        merges: bpe.merges.map((m) => [...m]),
      },
    },
    'tokenizer_config.json': {
      ...special,
      added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [String(id), token])),
      chat_template: chatTemplate,
      clean_up_tokenization_spaces: false,
      model_max_length: maxLength,
      tokenizer_class: 'PreTrainedTokenizerFast',
    },
    'special_tokens_map.json': special,
  };
}
