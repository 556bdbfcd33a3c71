import type { Params } from '../models/params';
import type { ModelConfig } from '../models/config';
import { distributionGraph, exactKlGraph } from './ppo-graphs';
import { packRows, passesOf, splitSlots, type Row } from './rows';
import type { Resources } from './algorithm';
import { sessionCache } from './sessions';
import { weightFeeds } from './trainable';

/** Most numbers of a [slots, vocabulary] array that is handed from one model to the other: 128 MB. */
const maxNumbers = 1 << 25;

/** KL of a policy from its reference along sampled texts, in nats, summed over the counted tokens of each row. */
export interface KlOfRow {
  /** Over the whole vocabulary at every place: no sampling error beyond the text itself. */
  readonly exact: number;
  /** log π − log π_ref of the sampled tokens. */
  readonly k1: number;
}

type Net = { readonly config: ModelConfig; readonly params: Params };

/** Compares two models with one vocabulary, with the weights as they are at each call, both at `temperature`. */
export interface KlMeter {
  measure(rows: readonly Row[]): Promise<KlOfRow[]>;
  release(): Promise<void>;
}

export function createKlMeter(policy: Net, reference: Net, temperature: number, resources: Resources): KlMeter {
  const { maxCells, device } = resources;
  const sessions = sessionCache(resources);
  const weights = { policy: weightFeeds(policy.params, device), reference: weightFeeds(reference.params, device) };
  return {
    async measure(rows) {
      const out: KlOfRow[] = [];
      const cells = Math.max(1, Math.min(maxCells, Math.floor(maxNumbers / policy.config.vocabSize)));
      for (const chunk of passesOf(rows, { maxCells: cells, maxRows: 32 })) {
        const part = chunk.map((i) => rows[i]!);
        const packed = packRows(part);
        const feeds = { ids: packed.ids, index: packed.index, targets: packed.targets };
        const own = await sessions.get(`policy ${packed.key}`, () => distributionGraph(policy.config, packed.shape, temperature));
        const { logProb, logProbs } = await own.run({ ...weights.policy, ...feeds });
        const other = await sessions.get(`reference ${packed.key}`, () => exactKlGraph(reference.config, packed.shape, temperature));
        const { logProb: refLogProb, kl } = await other.run({ ...weights.reference, ...feeds, logProbs: logProbs! });
        const deltas = (logProb as Float32Array).map((x, i) => x - (refLogProb as Float32Array)[i]!);
        const [exact, k1] = [splitSlots(part, kl as Float32Array), splitSlots(part, deltas)];
        chunk.forEach((i, n) => (out[i] = { exact: sum(exact[n]!), k1: sum(k1[n]!) }));
      }
      return out;
    },
    release: () => sessions.release(),
  };
}

const sum = (xs: Float64Array): number => xs.reduce((a, b) => a + b, 0);
