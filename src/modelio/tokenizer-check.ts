import { UserError } from '../base/errors';
import type { Json, JsonObject } from '../base/json';

/** Tokenizers of today have 262,144 tokens at most, one of a thousand languages 901,629. Tables are made as long as the greatest id. */
const mostIds = 4_000_000;

/** Kinds of tokenizers; files of old do not say which. */
const kinds: readonly string[] = ['BPE', 'Unigram', 'WordPiece', 'WordLevel'];

/**
 * Regular expressions that published tokenizers have, which take time in proportion to the text. Others are run under a time limit: a few characters
 * are enough for one that never ends.
 */
const known: ReadonlySet<string> = new Set([
  // GPT-2, as SmolLM and others write it out.
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  // Llama 3, OLMo 2, SmolLM3.
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // Qwen2 and Qwen3.
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // Mistral's Tekken.
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
]);

/**
 * Checks the parts of a `tokenizer.json` that tables are made of: the library takes them as they are, and would make a table of 2³² places for a token
 * with such an id.
 * @returns whether it has regular expressions of which nothing is known.
 * @throws UserError naming the file, the part and its value.
 */
export function checkTokenizer(tokenizer: JsonObject, path: string): { readonly strangeRegex: boolean } {
  const fail = (what: string, value: Json | undefined, expected: string): never => {
    throw new UserError('model.tokenizer', `${path}: ${what} is ${show(value)}, expected ${expected}. Save the tokenizer again, or choose another model.`);
  };
  const model = tokenizer['model'];
  if (!isObject(model)) return fail('model', model, 'an object');
  if (model['type'] !== undefined && !(typeof model['type'] === 'string' && kinds.includes(model['type']))) throw new UserError('model.tokenizer', `${path}: this tokenizer is not supported: its model.type is ${show(model['type'])}; supported: ${kinds.join(', ')}. Choose another model.`);
  const { vocab } = model;
  if (Array.isArray(vocab)) checkPieces(model, vocab, fail);
  else if (isObject(vocab)) {
    for (const [token, id] of Object.entries(vocab)) if (!isId(id)) fail(`model.vocab ${show(token)}`, id, idsExpected);
  } else fail('model.vocab', vocab, 'an object of tokens to ids, or a list of tokens and scores');
  if (Array.isArray(vocab) ? model['type'] !== undefined && model['type'] !== 'Unigram' : model['type'] === 'Unigram') fail('model.type', model['type'], `the kind that goes with ${Array.isArray(vocab) ? 'a list' : 'an object'} as vocab`);
  if (model['type'] === 'BPE' || model['merges'] !== undefined) checkMerges(model['merges'], fail);
  for (const key of ['unk_token', 'end_of_word_suffix', 'continuing_subword_prefix', 'continuing_subword_suffix']) {
    if (model[key] !== undefined && model[key] !== null && typeof model[key] !== 'string') fail(`model.${key}`, model[key], 'text or null');
  }
  const added = tokenizer['added_tokens'];
  if (!Array.isArray(added)) return fail('added_tokens', added, 'a list');
  for (const [i, token] of added.entries()) {
    if (!isObject(token)) return fail(`added_tokens[${i}]`, token, 'an object');
    if (!isId(token['id'])) fail(`added_tokens[${i}].id`, token['id'], idsExpected);
    if (typeof token['content'] !== 'string' || token['content'] === '') fail(`added_tokens[${i}].content`, token['content'], 'text');
    for (const flag of ['single_word', 'lstrip', 'rstrip', 'normalized', 'special']) if (token[flag] !== undefined && typeof token[flag] !== 'boolean') fail(`added_tokens[${i}].${flag}`, token[flag], 'true or false');
  }
  let strangeRegex = false;
  for (const part of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) {
    if (tokenizer[part] !== null && !isObject(tokenizer[part])) fail(part, tokenizer[part], 'an object or null');
    walk(tokenizer[part]!, (value) => {
      const { pattern } = value;
      if (pattern !== undefined && !(isObject(pattern) && (typeof pattern['Regex'] === 'string' || typeof pattern['String'] === 'string'))) fail(`${part}: a pattern`, pattern, 'a Regex or a String');
      if (typeof value['Regex'] === 'string' && !known.has(value['Regex'])) strangeRegex = true;
      if (value['type'] === 'FixedLength' && !isCount(value['length'])) fail(`${part}: length of FixedLength`, value['length'], 'a positive whole number');
    });
  }
  return { strangeRegex };
}

type Fail = (what: string, value: Json | undefined, expected: string) => never;
const idsExpected = `a whole number from 0 to ${mostIds - 1}`;
const isId = (v: Json | undefined): boolean => typeof v === 'number' && Number.isInteger(v) && v >= 0 && v < mostIds;
const isCount = (v: Json | undefined): boolean => typeof v === 'number' && Number.isSafeInteger(v) && v >= 1;
const isObject = (v: Json | undefined): v is JsonObject => v !== null && typeof v === 'object' && !Array.isArray(v);

/** Unigram: tokens with their log-probabilities. */
function checkPieces(model: JsonObject, vocab: readonly Json[], fail: Fail): void {
  if (vocab.length === 0 || vocab.length > mostIds) fail('model.vocab', vocab.length, `1 to ${mostIds} tokens`);
  for (const [i, piece] of vocab.entries()) {
    if (!Array.isArray(piece) || piece.length !== 2 || typeof piece[0] !== 'string' || !Number.isFinite(piece[1])) fail(`model.vocab[${i}]`, piece, 'a token and a number');
  }
  const unknown = model['unk_id'];
  if (unknown !== undefined && unknown !== null && !(isId(unknown) && Number(unknown) < vocab.length)) fail('model.unk_id', unknown, `null or a place in the vocab of ${vocab.length} tokens`);
}

/** `"a b"` each, or `["a", "b"]` each. */
function checkMerges(merges: Json | undefined, fail: Fail): void {
  if (!Array.isArray(merges)) return fail('model.merges', merges, 'a list');
  const pairs = Array.isArray(merges[0]);
  for (const [i, merge] of merges.entries()) {
    const fine = pairs ? Array.isArray(merge) && merge.length === 2 && merge.every((x) => typeof x === 'string' && x !== '') : typeof merge === 'string' && /^[^ ]+ [^ ]+$/.test(merge);
    if (!fine) fail(`model.merges[${i}]`, merge, pairs ? 'two tokens, as in the first' : 'two tokens with a space between them');
  }
}

/** Visits all objects within a value; files are not nested deeper than their reader allows. */
function walk(value: Json, visit: (value: JsonObject) => void): void {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) visit(value);
  for (const inner of Object.values(value)) walk(inner, visit);
}

function show(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
