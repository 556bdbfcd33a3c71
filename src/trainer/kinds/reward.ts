import { plural } from '../../base/text';
import { scoreConfig, scorePadId } from '../../modelio/head-config';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { tokenizeComparisons } from '../../training/comparisons';
import { createRewardTrainer, rewardTop } from '../../training/reward';
import { largest } from '../../training/statistics';
import { cellsAtOnce } from '../../training/memory';
import { supervisedSteps } from '../../training/supervised';
import { measureBase, storageOf } from '../base-weights';
import { openBase } from '../models';
import { chooseMemory } from '../memory-plan';
import { threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readData } from '../run-folder';
import { checkLoraBase, prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** A reward model: `data.jsonl` of comparisons → `model/`, a sequence classifier with one label, and `adapter/` with `params.lora`. */
export async function prepareReward(folder: string, spec: RunOf<'reward'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'reward', spec.hashes['data']);
  checkLoraBase(params.lora, params.deNovo);
  const storage = storageOf(params.base, params.lora, device);
  const model = prepareTrained(await openBase(folder, spec, spec.models.base, params.deNovo, 'score', storage), params.lora, 'score', spec.seed);
  const maxLength = Math.min(params.maxLength, model.config.maxPositions);
  const train = tokenizeComparisons(model.tokenizer, examples.filter((e) => e.split === 'train'), maxLength);
  const test = tokenizeComparisons(model.tokenizer, examples.filter((e) => e.split === 'test'), maxLength);

  const all = [...train.comparisons, ...test.comparisons];
  const longest = largest(all.flatMap((c) => c.texts.map((t) => t.length)), 8);
  const widest = largest(all.map((c) => c.texts.length), 2);
  const threads = threadsOf(spec);
  const texts = [...test.comparisons, ...train.comparisons].flatMap((c) => c.texts.slice(0, 1).map((ids) => ({ ids, start: Math.ceil(ids.length / 2) })));
  const gap = await measureBase(folder, spec.models.base, storage, texts, true, { threads, maxCells: cellsAtOnce(model.config, longest) });
  const steps = supervisedSteps(train.comparisons.length, params);
  const pairs = (of: typeof all): number => of.reduce((n, c) => n + c.pairs.length, 0);
  const what =
    `Train a reward model of ${trainedWords(model)} on ${plural(pairs(train.comparisons), 'comparison')} of ${plural(train.comparisons.length, 'prompt')} ` +
    `for ${plural(steps, 'step')} of ${plural(params.batchSize, 'prompt')}; ${plural(pairs(test.comparisons), 'comparison')} held out${gap.words}`;
  const memory = chooseMemory(folder, {
    ...{ what, threads, device, budget: params.memoryBudget, whole: params.lora === undefined, fixed: trainedMemory('model', model) },
    needs: [{ config: model.config, length: longest, rows: params.batchSize * widest, together: widest, counted: 0, top: ([rows, length]) => rewardTop(model.config, [rows, length], rows) }],
  });
  const algorithm = createRewardTrainer(model, { train: train.comparisons, test: test.comparisons }, { ...params, seed: spec.seed }, { threads, device, ...memory.pass });
  return {
    algorithm,
    memory,
    plan: memory.plan,
    measured: gap.metrics,
    warnings: [...memory.warnings, ...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    checkpointEvery: params.checkpointEvery,
    write: ({ params: trained, scores }) =>
      writeTrained(folder, model, trained!, {
        config: scoreConfig(model.configJson, params.saveAs, { padId: scorePadId(model.tokenizer), ...scores }),
        dtype: params.saveAs,
        head: 'score',
        base: spec.models.base,
      }),
  };
}
