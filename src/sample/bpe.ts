/**
 * Training of a byte-level BPE vocabulary (Sennrich et al. 2016, arXiv 1508.07909, on bytes as in GPT-2). Libraries
 * that *read* tokenizer.json are kept ones; none on npm trains one, hence this file. Method as in Karpathy's minbpe,
 * with counts per distinct word, so that a merge costs the number of distinct words.
 */
export interface Bpe {
  /** Token → id: first the special tokens, then 256 byte symbols, then merges in their order. */
  readonly vocab: ReadonlyMap<string, number>;
  /** Pairs of symbols in the order in which they are merged. */
  readonly merges: readonly (readonly [string, string])[];
}

/** GPT-2's word splitter; the same expression stands behind `ByteLevel` with `use_regex` in tokenizer.json. */
const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Learns merges until the vocabulary has `vocabSize` entries, the most frequent pair first; on equal counts the pair
 * that sorts first, so that the result depends on the texts alone. Stops early when no pair occurs twice.
 */
export function trainBpe(texts: Iterable<string>, vocabSize: number, specialTokens: readonly string[]): Bpe {
  const words = [...countWords(texts)].map(([word, count]) => ({ symbols: byteSymbols(word), count }));
  const vocab = new Map<string, number>();
  for (const token of [...specialTokens, ...byteAlphabet]) vocab.set(token, vocab.size);
  const merges: [string, string][] = [];

  while (vocab.size < vocabSize) {
    const best = mostFrequentPair(words);
    if (best === undefined || best.count < 2) break;
    const [left, right] = best.pair;
    merges.push([left, right]);
    vocab.set(left + right, vocab.size);
    for (const w of words) w.symbols = merge(w.symbols, left, right);
  }
  return { vocab, merges };
}

function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) for (const [word] of text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function mostFrequentPair(words: readonly { symbols: readonly string[]; count: number }[]): { pair: [string, string]; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of words) {
    // A space cannot occur in a symbol (it is written Ġ), so it separates the two.
    for (let i = 0; i + 1 < symbols.length; i++) {
      const key = `${symbols[i]!} ${symbols[i + 1]!}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let best: [string, number] | undefined;
  for (const [key, count] of counts) {
    if (best === undefined || count > best[1] || (count === best[1] && key < best[0])) best = [key, count];
  }
  return best && { pair: best[0].split(' ') as [string, string], count: best[1] };
}

function merge(symbols: readonly string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      out.push(left + right);
      i++;
    } else {
      out.push(symbols[i]!);
    }
  }
  return out;
}

/**
 * GPT-2's printable stand-ins for the 256 bytes: printable Latin-1 stands for itself, the others for U+0100 and up.
 * https://github.com/openai/gpt-2/blob/master/src/encoder.py#L9
 */
const byteAlphabet: readonly string[] = (() => {
  let next = 0x100;
  const printable = (b: number): boolean => (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
  return Array.from({ length: 256 }, (_, b) => String.fromCodePoint(printable(b) ? b : next++));
})();

const encoder = new TextEncoder();

const byteSymbols = (word: string): string[] => Array.from(encoder.encode(word), (b) => byteAlphabet[b]!);
