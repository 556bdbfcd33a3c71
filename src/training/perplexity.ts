import type { Params } from '../models/params';
import type { ModelConfig } from '../models/config';
import type { Metrics, Resources } from './algorithm';
import { chunkByCells } from './batching';
import { addTokens, languageModelGraph, type TokenSums } from './language-model';
import { counted, packRows, paddedLength, type PackedRows, type Row } from './rows';
import { sessionCache } from './sessions';
import { weightFeeds } from './trainable';

/** Reads plain text with a model; the weights are those at the time of reading. */
export interface Reader {
  /** Adds the tokens of one batch to the sums. */
  read(sums: TokenSums, rows: readonly Row[]): Promise<void>;
  /** The sums of each row of one batch. */
  each(rows: readonly Row[]): Promise<TokenSums[]>;
  release(): Promise<void>;
}

export function createReader(config: ModelConfig, params: Params, resources: Resources): Reader {
  const sessions = sessionCache(resources);
  const weights = weightFeeds(params, resources.device);
  async function run(rows: readonly Row[]): Promise<{ packed: PackedRows; logProb: Float32Array; isTop: Uint8Array }> {
    const packed = packRows(rows);
    const session = await sessions.get(packed.key, () => languageModelGraph(config, packed.shape, false));
    const { logProb, isTop } = await session.run({ ...weights, ids: packed.ids, index: packed.index, targets: packed.targets });
    return { packed, logProb: logProb as Float32Array, isTop: isTop as Uint8Array };
  }
  return {
    async read(sums, rows) {
      const { packed, logProb, isTop } = await run(rows);
      addTokens(sums, packed, logProb, isTop);
    },
    async each(rows) {
      const { logProb, isTop } = await run(rows);
      let at = 0;
      return rows.map((row): TokenSums => {
        const sums = { tokens: counted(row), loss: 0, right: 0 };
        for (let i = 0; i < sums.tokens; i++, at++) {
          sums.loss -= logProb[at]!;
          if (isTop[at] === 1) sums.right++;
        }
        return sums;
      });
    },
    release: () => sessions.release(),
  };
}

/** Texts in batches of like length, shortest first. */
export function textBatches(texts: readonly Row[], maxCells: number, batchSize: number): readonly (readonly Row[])[] {
  return chunkByCells(texts.toSorted((a, b) => a.ids.length - b.ids.length), (r) => paddedLength(r.ids.length), maxCells, batchSize);
}

/** Perplexity is exp of the mean −log p of a token, in nats (Jelinek et al. 1977). No tokens, no metrics. */
export function perplexityMetrics({ tokens, loss, right }: TokenSums): Metrics {
  return tokens === 0 ? {} : { text_tokens: tokens, text_loss: loss / tokens, perplexity: Math.exp(loss / tokens), mean_token_accuracy: right / tokens };
}
