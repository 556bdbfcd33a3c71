import { createGenerator } from '../models/generate';
import type { Net } from '../models/lora';
import type { Metrics, Resources } from './algorithm';
import { languageModelGraph } from './language-model';
import { mapTokens, type Row } from './rows';
import { sessionCache } from './sessions';
import { weightFeeds } from './trainable';

/** Differences of log-probabilities in nats a token: mean and largest magnitude. */
export interface Gap {
  readonly tokens: number;
  readonly mean: number;
  readonly max: number;
}

/** How far a model whose weights were rounded is from what it was, along the same texts. */
export interface Gaps {
  /** As it generates. */
  readonly generation: Gap;
  /** As it is trained, when that was asked for. */
  readonly training?: Gap;
}

/** Tokens of a text that are compared at most. */
const mostTokens = 32;
const mostTexts = 8;

/** The texts that are compared: of few rows the first counted tokens. */
export const gapRows = (rows: readonly Row[]): Row[] => rows.filter((r) => r.ids.length > r.start).slice(0, mostTexts).map(({ ids, start }) => ({ ids: ids.slice(0, start + mostTokens), start }));

/** Compares two forms of one language model along the counted tokens of `rows`; with `train` also as the rounded one is trained. */
export async function logProbGaps(rounded: Net, whole: Net, rows: readonly Row[], train: boolean, { threads, maxCells }: Resources): Promise<Gaps> {
  const longest = rows.reduce((n, r) => Math.max(n, r.ids.length), 1);
  const generated = async ({ config, params }: Net): Promise<number[]> => {
    const generator = createGenerator(config, params, { threads, maxBatch: rows.length, maxLength: longest + 1 });
    try {
      return (await generator.score(rows.map((r) => r.ids.slice(0, r.start)), rows.map((r) => r.ids.slice(r.start)))).flat();
    } finally {
      await generator.release();
    }
  };
  const wanted = await generated(whole);
  const generation = gapOf(await generated(rounded), wanted);
  if (!train) return { generation };
  const sessions = sessionCache({ threads });
  const weights = weightFeeds(rounded.params);
  try {
    const trained = await mapTokens(rows, { maxCells, maxRows: rows.length }, async (packed) => {
      const session = await sessions.get(packed.key, () => languageModelGraph(rounded.config, packed.shape, false));
      return (await session.run({ ...weights, ids: packed.ids, index: packed.index, targets: packed.targets }))['logProb'] as Float32Array;
    });
    return { generation, training: gapOf(trained.flatMap((row) => [...row]), wanted) };
  } finally {
    await sessions.release();
  }
}

function gapOf(a: readonly number[], b: readonly number[]): Gap {
  const differences = a.map((x, i) => Math.abs(x - b[i]!));
  return { tokens: a.length, mean: differences.reduce((s, d) => s + d, 0) / Math.max(1, a.length), max: differences.reduce((m, d) => Math.max(m, d), 0) };
}

/** For the summary of a run. */
export function gapMetrics({ generation, training }: Gaps): Metrics {
  const named = (name: string, { mean, max }: Gap): Metrics => ({ [`base/${name}_log_prob_gap`]: mean, [`base/${name}_log_prob_gap_max`]: max });
  return { ...named('generation', generation), ...(training === undefined ? {} : named('training', training)) };
}
