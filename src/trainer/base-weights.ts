import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { readModelFolder } from '../modelio/folder';
import { parseModelConfig } from '../models/config';
import { loadModel, type Storage } from '../models/load';
import type { Net } from '../models/lora';
import { modelSpecs } from '../models/specs';
import type { BaseWeights, LoraParams } from '../protocol/run';
import type { Metrics, Resources } from '../training/algorithm';
import { gapMetrics, gapRows, logProbGaps, type Gap } from '../training/log-prob-gap';
import type { Row } from '../training/rows';
import type { Device } from '../training/device';
import { modelPath } from './run-folder';

/** How a model that is trained is kept: all of it in float32, but what lies beneath an adapter as `base` says. @throws UserError when that cannot be. */
export function storageOf(base: BaseWeights, lora: LoraParams | undefined, device: Device): Storage {
  if (lora !== undefined) return storageOn(device, base);
  if (base === 'int8' || base === 'int4') throw new UserError('run.base', `params.base is "${base}", but all weights are trained, and those must be float32. Train an adapter (params.lora), or leave params.base out.`);
  return 'float32';
}

/** How a model that only runs is kept where it runs: other devices than the processor take float32 only. @throws UserError for blocks of few bits there. */
export function storageOn({ provider }: Device, storage: Storage): Storage {
  if (provider === 'cpu') return storage;
  if (storage === 'int8' || storage === 'int4') throw new UserError('run.base', `params.base is "${storage}", which ${provider} cannot multiply. Choose "device": "cpu", or leave params.base out.`);
  return 'float32';
}

/** What rounding the base to few bits does, in words for the plan of a run and in numbers for its summary. */
export interface BaseGap {
  readonly words: string;
  readonly metrics: Metrics;
}

const none: BaseGap = { words: '', metrics: {} };

/**
 * Measures how far the log-probabilities of texts move when the model of `path` is kept as `base` says, if that rounds it. Both forms are loaded
 * for it and released again; the unrounded one stays in its file where that holds 16-bit floats.
 */
export async function measureBase(folder: string, path: string | undefined, base: BaseWeights, rows: readonly Row[], train: boolean, resources: Resources): Promise<BaseGap> {
  const texts = gapRows(rows);
  if (path === undefined || (base !== 'int8' && base !== 'int4') || texts.length === 0) return none;
  const source = await readModelFolder(modelPath(folder, path));
  const config = parseModelConfig(source.config, `${source.folder}/config.json`);
  const head = modelSpecs(config, 'lm').find((s) => ![s.name, ...(s.aliases ?? [])].some((n) => source.weights.tensors.has(n)));
  if (head !== undefined) return { words: `. The base is rounded to ${base}; without ${head.name} it has no log-probabilities that could be compared`, metrics: {} };
  const open = (storage: Storage): Promise<Net> => loadModel(config, 'lm', source.weights, source.folder, storage);
  const rounded = await open(base);
  if (![...(rounded.config.stored?.values() ?? [])].some((s) => s.kind === 'blocks')) return { words: `. Nothing is rounded to ${base}: rows of no linear layer are a multiple of 32`, metrics: {} };
  const gaps = await logProbGaps(rounded, await open('stored'), texts, train, resources);
  const say = ({ mean, max }: Gap): string => `${number(mean)} nats a token on average, ${number(max)} at most`;
  const words =
    `. The base is rounded to ${base}: along ${plural(gaps.generation.tokens, 'token')} of ${plural(texts.length, 'text')} log-probabilities differ from the unrounded ones by ` +
    `${say(gaps.generation)}, as it generates${gaps.training === undefined ? '' : `; ${say(gaps.training)}, as it is trained`}`;
  return { words, metrics: gapMetrics(gaps) };
}

const number = (x: number): string => String(Number(x.toPrecision(2)));
