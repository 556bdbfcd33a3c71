import { input, newGraph, output, type Graph, type Value } from '../engine/graph';
import type { ModelConfig } from '../models/config';
import { scores } from '../models/model';
import { outputCount } from '../models/outputs';
import type { Params } from '../models/params';
import type { Resources } from './algorithm';
import { chunkByCells, roundUp } from './batching';
import { paddedLength } from './rows';
import { sessionCache } from './sessions';
import { packShared, rowsFor, sharedLength } from './shared-rows';
import { wholeTrunk, type Trunk } from './top';
import { weightFeeds } from './trainable';

/** Texts side by side, padded on the right. `ends`: the place (in rows × length) of each row's last real token. */
export interface PackedTexts {
  readonly key: string;
  readonly shape: readonly [rows: number, length: number];
  readonly ids: BigInt64Array;
  readonly ends: BigInt64Array;
}

/** Filler rows end at their first token; what is read there must not be used. */
export function packTexts(texts: readonly (readonly number[])[]): PackedTexts {
  const rows = roundUp(texts.length, 1);
  const length = paddedLength(Math.max(...texts.map((t) => t.length)));
  const ids = new BigInt64Array(rows * length);
  const ends = BigInt64Array.from({ length: rows }, (_, r) => BigInt(r * length + (texts[r]?.length ?? 1) - 1));
  texts.forEach((text, r) => {
    text.forEach((id, t) => (ids[r * length + t] = BigInt(id)));
  });
  return { key: `${rows}x${length}`, shape: [rows, length], ids, ends };
}

/** Input `ends`, and the score [rows] that the head reads at each row's last real token; [rows · L] of a head with L outputs. */
export function scoresOn(g: Graph, config: ModelConfig, { weights, atEnds }: Trunk, rows: number): Value {
  return scores(g, config, weights, atEnds(input(g, 'ends', 'int64', [rows])));
}

/** Reads texts and gives each its score, as it comes from the head. */
export interface Scorer {
  /** Of a head with one output. */
  score(texts: readonly (readonly number[])[]): Promise<Float64Array>;
  /** All outputs of the head, [texts][outputs]. */
  outputs(texts: readonly (readonly number[])[]): Promise<Float64Array[]>;
  /** All outputs of the answers to prompts, of which `each` share a row with what they begin with alike: [prompts][answers · outputs]. See {@link packShared}. */
  shared(prompts: readonly (readonly (readonly number[])[])[], each: number): Promise<Float64Array[]>;
  release(): Promise<void>;
}

/** A scorer with the weights as they are at each call. */
export function createScorer(config: ModelConfig, params: Params, resources: Resources): Scorer {
  const { maxCells } = resources;
  const sessions = sessionCache(resources);
  const weights = weightFeeds(params, resources.device);
  const width = outputCount(config);

  async function read(prompts: readonly (readonly (readonly number[])[])[], each: number): Promise<Float64Array[]> {
    const out = prompts.map((texts) => new Float64Array(texts.length * width));
    const lengths = prompts.map((texts) => sharedLength(texts, each));
    // Like lengths together; the results go back to where their texts were.
    const order = prompts.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    for (const chunk of chunkByCells(order, (i) => paddedLength(lengths[i]!), maxCells, 32, (i) => rowsFor(prompts[i]!, each))) {
      const { shape, feeds } = packShared(chunk.map((i) => prompts[i]!), each);
      const session = await sessions.get(`${shape.join('x')}/${each}`, () => {
        const g = newGraph();
        output(g, 'scores', scoresOn(g, config, wholeTrunk(g, config, 'score', shape, each > 1), shape[0] * each));
        return g;
      });
      const { scores: found } = await session.run({ ...weights, ...feeds });
      let at = 0;
      for (const i of chunk) {
        out[i]!.set((found as Float32Array).subarray(at, at + out[i]!.length));
        at += rowsFor(prompts[i]!, each) * each * width;
      }
    }
    return out;
  }

  return {
    async score(texts) {
      if (width !== 1) throw new Error(`a head with ${width} outputs has no single score`);
      return Float64Array.from(await read(texts.map((t) => [t]), 1), ([score]) => score!);
    },
    outputs: (texts) => read(texts.map((t) => [t]), 1),
    shared: read,
    release: () => sessions.release(),
  };
}
