import { BPE, type Tokenizer } from '@huggingface/tokenizers';

/** Words up to here are merged whole; longer ones are cut first. */
const short = 16;
/** Pieces up to here are merged here: every merge reads the whole piece. For longer ones the library's heap is quicker. */
const long = 1000;
/** So many pieces are remembered, of so many code units at most. */
const remembered = { most: 10_000, longest: 64 };

/** What two neighbours become, and how early. */
interface Merge {
  readonly rank: number;
  readonly token: string;
}

/**
 * Makes byte-pair encoding quick where no pre-tokenizer cuts a text into words, as in Llama's and Mistral's tokenizers: there the library
 * merges a whole text as one word, with a heap of objects and a merge's rank looked up by JSON (3 of the 10 s of a small reward model's run).
 * Between two characters that stand side by side in no merged token no merge can ever reach across, so that the pieces on either side are
 * merged for themselves, with the same result; a short piece needs no heap.
 */
export function quickMerges(model: Tokenizer['model']): void {
  // Suffixes are put on ends of words, and pieces have other ends.
  if (!(model instanceof BPE) || Boolean(model.end_of_word_suffix) || Boolean(model.continuing_subword_suffix)) return;
  const mergeLong = model.bpe.bind(model);
  const merges = mergesByTokens(model.merges);
  let neighbours: Map<string, Set<string>> | undefined;
  const known = new Map<string, readonly string[]>();
  const merge = (piece: string): readonly string[] => {
    if (piece.length > long) return mergeLong(piece);
    const before = known.get(piece);
    if (before) return before;
    const tokens = merged(Array.from(piece), merges);
    if (known.size >= remembered.most) known.clear();
    if (piece.length <= remembered.longest) known.set(piece, tokens);
    return tokens;
  };
  model.bpe = (word: string): string[] => {
    if (word.length <= short) return [...merge(word)];
    neighbours ??= neighboursIn(model.merges);
    const tokens: string[] = [];
    let [start, end] = [0, 0];
    let last = '';
    for (const character of word) {
      if (end > start && neighbours.get(last)?.has(character) !== true) {
        for (const token of merge(word.slice(start, end))) tokens.push(token);
        start = end;
      }
      end += character.length;
      last = character;
    }
    for (const token of merge(word.slice(start))) tokens.push(token);
    return tokens;
  };
}

/** Merges neighbours, the lowest rank first and of equals the leftmost, until no two of them merge. Changes `tokens`. */
function merged(tokens: string[], merges: ReadonlyMap<string, ReadonlyMap<string, Merge>>): string[] {
  /** What each token and the one behind it become. */
  const behind: (Merge | undefined)[] = [];
  for (let i = 0; i + 1 < tokens.length; i++) behind.push(merges.get(tokens[i]!)?.get(tokens[i + 1]!));
  for (;;) {
    let best: Merge | undefined;
    let at = 0;
    for (let i = 0; i < behind.length; i++) {
      const merge = behind[i];
      if (merge !== undefined && (best === undefined || merge.rank < best.rank)) [best, at] = [merge, i];
    }
    if (best === undefined) return tokens;
    tokens[at] = best.token;
    tokens.splice(at + 1, 1);
    behind.splice(at, 1);
    if (at < behind.length) behind[at] = merges.get(best.token)?.get(tokens[at + 1]!);
    if (at > 0) behind[at - 1] = merges.get(tokens[at - 1]!)?.get(best.token);
  }
}

/** Merges by their left, then by their right token; of two equal ones the later counts, as in the library. */
function mergesByTokens(merges: readonly (readonly string[])[]): Map<string, Map<string, Merge>> {
  const found = new Map<string, Map<string, Merge>>();
  merges.forEach(([left, right], rank) => {
    const own = found.get(left!) ?? new Map<string, Merge>();
    found.set(left!, own.set(right!, { rank, token: left! + right! }));
  });
  return found;
}

/** All pairs of characters that stand side by side in what merges give. */
function neighboursIn(merges: readonly (readonly string[])[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const pair of merges) {
    let last = '';
    for (const character of pair.join('')) {
      if (last !== '') {
        const own = found.get(last) ?? new Set<string>();
        found.set(last, own.add(character));
      }
      last = character;
    }
  }
  return found;
}
