import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { createDpo, dpoTop } from '../../training/dpo';
import { frozenModel } from '../../training/memory';
import { largest } from '../../training/statistics';
import { supervisedSteps } from '../../training/supervised';
import { storageOf } from '../base-weights';
import { openModel } from '../models';
import type { Prepared } from '../prepare';
import { prepareSupervised, splitComparisons } from '../prepare-supervised';
import { readData } from '../run-folder';
import { prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** DPO: `data.jsonl` of comparisons → `model/`, and `adapter/` with `params.lora`. */
export async function prepareDpo(folder: string, spec: RunOf<'dpo'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'dpo', spec.hashes['data']);
  const storage = storageOf(params.base, params.lora, device);
  const policy = prepareTrained(await openModel(folder, spec, 'policy', spec.models.policy, 'lm', storage), params.lora, 'lm', spec.seed);
  const data = splitComparisons(policy, examples, params.maxLength);
  const steps = supervisedSteps(data.train.length, params);
  const counted = largest([...data.train, ...data.test].flatMap((c) => [...c.lengths]), 1);
  return prepareSupervised(folder, spec, device, {
    ...{ model: policy, base: spec.models.policy, storage, gapRows: data.rows, longest: data.longest, warnings: data.warnings },
    what: `Tune ${trainedWords(policy)} by DPO (β ${params.beta}) on ${data.trained} for ${plural(steps, 'step')} of ${plural(params.batchSize, 'prompt')}; ${data.held}`,
    needs: [{ config: policy.config, length: data.longest, rows: params.batchSize * data.widest, together: data.widest, counted, top: (shape) => dpoTop(policy.config, shape, shape[0], params.beta) }],
    fixed: [...trainedMemory('policy', policy, 'reference'), ...(params.lora === undefined ? [frozenModel('reference', policy.config)] : [])],
    create: (resources) => createDpo(policy, data, { ...params, seed: spec.seed }, resources),
    write: ({ params: trained }) => writeTrained(folder, policy, trained!, { config: causalConfig(policy.configJson, params.saveAs), dtype: params.saveAs, head: 'lm', base: spec.models.policy }),
  });
}
