import { plural } from '../base/text';
import type { Storage } from '../models/load';
import type { RunOf } from '../protocol/run';
import type { Algorithm, Outcome, Resources } from '../training/algorithm';
import { tokenizeComparisons, type Comparison, type ComparisonExample } from '../training/comparisons';
import type { Device } from '../training/device';
import { cellsAtOnce, type MemoryPart } from '../training/memory';
import type { PassNeeds } from '../training/pass-plan';
import type { Row } from '../training/rows';
import { largest } from '../training/statistics';
import { measureBase } from './base-weights';
import { chooseMemory } from './memory-plan';
import type { Opened } from './models';
import { threadsOf } from './plan';
import type { Prepared } from './prepare';

/** What is particular to a run that learns from examples. */
export interface SupervisedKind {
  /** The model as it is trained: with an adapter on it, if any. */
  readonly model: Opened;
  /** Its base as `run.json` names it, and how that is kept in memory. */
  readonly base: string | undefined;
  readonly storage: Storage;
  /** Texts along which the loss of rounding the base is measured. */
  readonly gapRows: readonly Row[];
  /** Tokens of the longest text. */
  readonly longest: number;
  /** What the run does, in words, up to what is held out. */
  readonly what: string;
  readonly needs: readonly PassNeeds[];
  /** Memory that does not depend on how passes are cut. */
  readonly fixed: readonly MemoryPart[];
  readonly warnings: readonly string[];
  create(resources: Resources): Algorithm;
  write(outcome: Outcome): Promise<Record<string, string>>;
}

type SupervisedSpec = RunOf<'sft' | 'reward' | 'rule' | 'dpo'>;

/** What SFT, reward models, rule models and DPO do alike before their first step: measure what rounding the base does, choose how passes are cut, say what will be done. */
export async function prepareSupervised(folder: string, spec: SupervisedSpec, device: Device, own: SupervisedKind): Promise<Prepared> {
  const { params } = spec;
  const threads = threadsOf(spec);
  const gap = await measureBase(folder, own.base, own.storage, own.gapRows, true, { threads, maxCells: cellsAtOnce(own.model.config, own.longest) });
  const memory = chooseMemory(folder, {
    ...{ what: `${own.what}${gap.words}`, threads, device, budget: params.memoryBudget, whole: params.lora === undefined },
    ...{ fixed: own.fixed, needs: own.needs },
  });
  return {
    algorithm: own.create({ threads, device, ...memory.pass }),
    memory,
    plan: memory.plan,
    measured: gap.metrics,
    warnings: [...memory.warnings, ...own.warnings],
    checkpointEvery: params.checkpointEvery,
    write: (outcome) => own.write(outcome),
  };
}

/** The comparisons of a run on both sides of the split, and what plans need to know about them. */
export interface SplitComparisons {
  readonly train: readonly Comparison[];
  readonly test: readonly Comparison[];
  /** Tokens of the longest text. */
  readonly longest: number;
  /** Answers of the prompt that has most. */
  readonly widest: number;
  /** One text a prompt, those held out first; all tokens of the answer count. */
  readonly rows: readonly Row[];
  /** `12 comparisons of 5 prompts` to train on. */
  readonly trained: string;
  /** `3 comparisons held out`. */
  readonly held: string;
  readonly warnings: readonly string[];
}

/** Tokenizes a run's comparisons by their side of the split. Those longer than `maxLength` or the model's context are left out. */
export function splitComparisons(model: Opened, examples: readonly (ComparisonExample & { readonly split: 'train' | 'test' })[], maxLength: number): SplitComparisons {
  const limit = Math.min(maxLength, model.config.maxPositions);
  const { comparisons: train, warnings } = tokenizeComparisons(model.tokenizer, examples.filter((e) => e.split === 'train'), limit);
  const { comparisons: test, warnings: held } = tokenizeComparisons(model.tokenizer, examples.filter((e) => e.split === 'test'), limit);
  const all = [...train, ...test];
  const pairs = (of: readonly Comparison[]): number => of.reduce((n, c) => n + c.pairs.length, 0);
  return {
    train,
    test,
    longest: largest(all.flatMap((c) => c.texts.map((t) => t.length)), 8),
    widest: largest(all.map((c) => c.texts.length), 2),
    rows: [...test, ...train].flatMap((c) => c.texts.slice(0, 1).map((ids) => ({ ids, start: ids.length - c.lengths[0]! }))),
    trained: `${plural(pairs(train), 'comparison')} of ${plural(train.length, 'prompt')}`,
    held: `${plural(pairs(test), 'comparison')} held out`,
    warnings: [...warnings, ...held.map((w) => `held out: ${w}`)],
  };
}
