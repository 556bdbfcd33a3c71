import { join } from 'node:path';
import { plural } from '../../base/text';
import { scoreConfig, scorePadId } from '../../modelio/head-config';
import { writeModelFolder } from '../../modelio/write-folder';
import { namedTensors } from '../../models/load';
import type { RunOf } from '../../protocol/run';
import { tokenizeComparisons } from '../../training/comparisons';
import { activations, cellsAtOnce, trainedModel } from '../../training/memory';
import { createRewardTrainer } from '../../training/reward';
import { largest } from '../../training/statistics';
import { openBase } from '../models';
import { count, planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readData } from '../run-folder';

/** A reward model: `data.jsonl` of comparisons → `model/`, a sequence classifier with one label. */
export async function prepareReward(folder: string, spec: RunOf<'reward'>): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'reward', spec.hashes['data']);
  const model = await openBase(folder, spec, spec.models.base, params.deNovo, 'score');
  const maxLength = Math.min(params.maxLength, model.config.maxPositions);
  const train = tokenizeComparisons(model.tokenizer, examples.filter((e) => e.split === 'train'), maxLength);
  const test = tokenizeComparisons(model.tokenizer, examples.filter((e) => e.split === 'test'), maxLength);

  const all = [...train.comparisons, ...test.comparisons];
  const longest = largest(all.flatMap((c) => c.texts.map((t) => t.length)), 8);
  const widest = largest(all.map((c) => c.texts.length), 2);
  const threads = threadsOf(spec);
  const maxCells = cellsAtOnce(model.config, longest);
  const algorithm = createRewardTrainer(model, { train: train.comparisons, test: test.comparisons }, { ...params, seed: spec.seed }, { threads, maxCells });
  const cells = Math.max(widest * longest, Math.min(maxCells, params.batchSize * widest * longest));
  const pairs = (of: typeof all): number => of.reduce((n, c) => n + c.pairs.length, 0);
  const what =
    `Train a reward model of ${count(model.params.data.length)} parameters on ${plural(pairs(train.comparisons), 'comparison')} of ${plural(train.comparisons.length, 'prompt')} ` +
    `for ${plural(algorithm.total, 'step')} of ${plural(params.batchSize, 'prompt')}; ${plural(pairs(test.comparisons), 'comparison')} held out`;
  return {
    algorithm,
    plan: planRun(what, [trainedModel('model and optimizer', model.config), activations(model.config, longest, cells, false)], threads),
    warnings: [...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    checkpointEvery: params.checkpointEvery,
    async write({ params: trained, scores }) {
      await writeModelFolder(join(folder, 'model'), {
        config: scoreConfig(model.configJson, params.saveAs, { padId: scorePadId(model.tokenizer), ...scores }),
        tensors: namedTensors(trained!),
        dtype: params.saveAs,
        tokenizerFrom: model.folder,
      });
      return { model: 'model' };
    },
  };
}
