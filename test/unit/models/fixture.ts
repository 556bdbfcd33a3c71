import { readFileSync } from 'node:fs';
import { createRng } from '../../../src/base/rng';
import { readModelFolder } from '../../../src/modelio/folder';
import { parseModelConfig, type ModelConfig } from '../../../src/models/config';
import { initParams } from '../../../src/models/model';
import { loadParams } from '../../../src/models/load';
import type { Params } from '../../../src/models/params';

export const root = 'test/fixtures/modelio';

/** What transformers computed for a fixture model: see `make.py`. */
export interface Expected {
  readonly ids: number[];
  /** At `positions` of `ids`. */
  readonly logits: number[][];
  readonly positions: number[];
  readonly prompts: number[][];
  readonly stop: number[];
  readonly greedy: number[][];
}

export const expected = JSON.parse(readFileSync(`${root}/expected.json`, 'utf8')) as Record<'bytelevel' | 'fallback' | 'half', Expected> & {
  reward: { ids: number[][]; scores: number[] };
};

/** A fixture model with its weights. */
export async function fixtureModel(name: string): Promise<{ config: ModelConfig; params: Params }> {
  const folder = await readModelFolder(`${root}/${name}`);
  const config = parseModelConfig(folder.config, `${root}/${name}/config.json`);
  const params = initParams(config, name === 'reward' ? 'score' : 'lm', createRng(0));
  await loadParams(params, folder.weights, `${root}/${name}`);
  return { config, params };
}
