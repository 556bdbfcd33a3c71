import { plural } from '../../base/text';
import { scoreConfig, scorePadId } from '../../modelio/head-config';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { createRewardTrainer, rewardTop } from '../../training/reward';
import { supervisedSteps } from '../../training/supervised';
import { storageOf } from '../base-weights';
import { openBase } from '../models';
import type { Prepared } from '../prepare';
import { prepareSupervised, splitComparisons } from '../prepare-supervised';
import { readData } from '../run-folder';
import { checkLoraBase, prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** A reward model: `data.jsonl` of comparisons → `model/`, a sequence classifier with one label, and `adapter/` with `params.lora`. */
export async function prepareReward(folder: string, spec: RunOf<'reward'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'reward', spec.hashes['data']);
  checkLoraBase(params.lora, params.deNovo);
  const storage = storageOf(params.base, params.lora, device);
  const model = prepareTrained(await openBase(folder, spec, spec.models.base, params.deNovo, 'score', storage), params.lora, 'score', spec.seed);
  const data = splitComparisons(model, examples, params.maxLength);
  const steps = supervisedSteps(data.train.length, params);
  return prepareSupervised(folder, spec, device, {
    ...{ model, base: spec.models.base, storage, gapRows: data.rows.map(({ ids }) => ({ ids, start: Math.ceil(ids.length / 2) })), longest: data.longest, warnings: data.warnings },
    what: `Train a reward model of ${trainedWords(model)} on ${data.trained} for ${plural(steps, 'step')} of ${plural(params.batchSize, 'prompt')}; ${data.held}`,
    needs: [{ config: model.config, length: data.longest, rows: params.batchSize * data.widest, together: data.widest, counted: 0, top: ([rows, length]) => rewardTop(model.config, [rows, length], rows) }],
    fixed: trainedMemory('model', model),
    create: (resources) => createRewardTrainer(model, data, { ...params, seed: spec.seed }, resources),
    write: ({ params: trained, scores }) =>
      writeTrained(folder, model, trained!, {
        config: scoreConfig(model.configJson, params.saveAs, { padId: scorePadId(model.tokenizer), ...scores }),
        dtype: params.saveAs,
        head: 'score',
        base: spec.models.base,
      }),
  });
}
