import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { messageOf, UserError } from '../base/errors';
import type { Json, JsonObject } from '../base/json';
import { correctByteFallback } from './byte-fallback';
import { compileChatTemplate, type ChatTemplate, type Message } from './chat-template';
import { readJsonObject, readOptionalJsonObject, readText } from './json-file';
import { limited } from './time-limit';
import { checkTokenizer } from './tokenizer-check';
import { quickMerges } from './word-parts';

/** Text to ids and back, as the model's own tokenizer does it. */
export interface Tokenizer {
  /** Ids of a text; with special tokens when the tokenizer adds any (most often a beginning-of-sequence token). */
  encode(text: string, options: { addSpecialTokens: boolean }): number[];
  /** The text of ids; bytes that are no valid UTF-8 become U+FFFD. */
  decode(ids: readonly number[], options: { skipSpecialTokens: boolean }): string;
  /** One token as it stands in the vocabulary; `undefined` when there is none with this id. */
  token(id: number): string | undefined;
  /** The greatest id plus one. */
  readonly vocabSize: number;
  /** What ends an answer in training data: the tokenizer's own end-of-sequence token. */
  readonly eosId: number | undefined;
  /** Every id at which generation stops; `eosId` first. */
  readonly eosIds: readonly number[];
  readonly bosId: number | undefined;
  readonly padId: number | undefined;
  readonly hasChatTemplate: boolean;
  /** The conversation as text, or `undefined` when the model has no chat template. */
  applyChatTemplate(messages: readonly Message[], options: { addGenerationPrompt: boolean }): string | undefined;
}

/** The files of a model folder that a tokenizer is made of. `folder` names them in errors. */
export interface TokenizerFiles {
  readonly folder: string;
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject;
  readonly specialTokensMap: JsonObject;
  readonly generationConfig: JsonObject;
  readonly config: JsonObject;
  readonly chatTemplate: string | undefined;
}

/** @throws UserError when `tokenizer.json` is missing or of a kind that is not supported. */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const optional = async (name: string): Promise<JsonObject> => (await readOptionalJsonObject(join(folder, name))) ?? {};
  const path = join(folder, 'tokenizer.json');
  const tokenizer = await readOptionalJsonObject(path);
  if (tokenizer === undefined) {
    throw new UserError('model.tokenizer', `${path} is missing. Save the tokenizer with the model: AutoTokenizer.from_pretrained(…).save_pretrained(folder) writes it.`);
  }
  return createTokenizer({
    folder,
    tokenizer,
    tokenizerConfig: await optional('tokenizer_config.json'),
    specialTokensMap: await optional('special_tokens_map.json'),
    generationConfig: await optional('generation_config.json'),
    config: await readJsonObject(join(folder, 'config.json')),
    chatTemplate: await readText(join(folder, 'chat_template.jinja')),
  });
}

/** How long a tokenizer may take to be made, and one that has regular expressions of its own for one text. */
const timeLimit = 20_000;

/**
 * A tokenizer from parsed files, which must take no longer than `milliseconds` for anything.
 * @throws UserError when they do not describe one; so do its methods for a text that it cannot take.
 */
export function createTokenizer(files: TokenizerFiles, milliseconds = timeLimit): Tokenizer {
  const { folder, tokenizerConfig } = files;
  const path = join(folder, 'tokenizer.json');
  const { strangeRegex } = checkTokenizer(files.tokenizer, path);
  const made = (): HuggingFaceTokenizer => {
    const it = new HuggingFaceTokenizer(files.tokenizer, tokenizerConfig);
    correctByteFallback(it.decoder);
    quickMerges(it.model);
    // What is wrong with a part is found when it is used, and had better be found now.
    const ids = it.encode('Hi, 1 Ä\n').ids.filter((id) => it.id_to_token(id) !== undefined);
    if (ids.length > 0) it.decode(ids);
    return it;
  };
  /** What the library does not expect of its files, it meets with any kind of error. */
  const attempt = <T>(what: string, guarded: boolean, work: () => T): T => {
    try {
      return guarded ? limited(milliseconds, work) : work();
    } catch (error) {
      throw new UserError('model.tokenizer', `${path}: ${what}: ${messageOf(error).slice(0, 300)}`);
    }
  };
  const inner = attempt('this tokenizer is not supported', true, made);
  const special = specialTokens(files);
  const idOf = (content: string | undefined): number | undefined => (content === undefined ? undefined : inner.token_to_id(content));
  const eosId = idOf(special['eos_token']) ?? idsIn(files.config['eos_token_id'])[0];
  const stops = idsIn(files.generationConfig['eos_token_id'] ?? files.config['eos_token_id']);
  const template = chatTemplate(files, special);
  let vocabSize = 0;
  for (const id of inner.get_vocab().values()) vocabSize = Math.max(vocabSize, id + 1);

  return {
    encode(text, { addSpecialTokens }) {
      const { ids, tokens } = attempt('the tokenizer cannot read a text', strangeRegex, () => inner.encode(text, { add_special_tokens: addSpecialTokens }));
      const unknown = ids.findIndex((id) => !Number.isInteger(id));
      if (unknown !== -1) throw new UserError('model.tokenizer', `${path}: the text holds ${JSON.stringify(tokens[unknown])}, which is not in the vocabulary, and there is no unknown token.`);
      return ids;
    },
    decode(ids, { skipSpecialTokens }) {
      // Models have more ids than their tokenizers, to fill up the matrix; the Rust library leaves those out, too.
      const named = ids.filter((id) => inner.id_to_token(id) !== undefined);
      if (named.length === 0) return '';
      // Clean-up of spaces would show people another text than the one the model wrote.
      return attempt('the tokenizer cannot write a text', strangeRegex, () => inner.decode(named, { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: false }));
    },
    token: (id) => inner.id_to_token(id),
    vocabSize,
    eosId,
    eosIds: [...new Set(eosId === undefined ? stops : [eosId, ...stops])],
    bosId: idOf(special['bos_token']) ?? idsIn(files.config['bos_token_id'])[0],
    padId: idOf(special['pad_token']) ?? idsIn(files.config['pad_token_id'])[0],
    hasChatTemplate: template !== undefined,
    applyChatTemplate: (messages, options) => template?.(messages, options),
  };
}

/** `bos_token`, `eos_token`… → content: `tokenizer_config.json` first, then `special_tokens_map.json`. */
function specialTokens(files: TokenizerFiles): Record<string, string> {
  const out: Record<string, string> = {};
  for (const source of [files.specialTokensMap, files.tokenizerConfig]) {
    for (const [key, value] of Object.entries(source)) {
      const content = value !== null && typeof value === 'object' && !Array.isArray(value) ? value['content'] : value;
      if (key.endsWith('_token') && typeof content === 'string') out[key] = content;
    }
  }
  return out;
}

function chatTemplate(files: TokenizerFiles, special: Record<string, string>): ChatTemplate | undefined {
  if (files.chatTemplate !== undefined) return compileChatTemplate(files.chatTemplate, special, join(files.folder, 'chat_template.jinja'));
  const source = files.tokenizerConfig['chat_template'] ?? null;
  return source === null ? undefined : compileChatTemplate(source, special, join(files.folder, 'tokenizer_config.json'));
}

/** One id, a list of ids, or nothing. */
function idsIn(value: Json | undefined): number[] {
  return (Array.isArray(value) ? value : [value]).filter((v): v is number => typeof v === 'number' && Number.isInteger(v) && v >= 0);
}
