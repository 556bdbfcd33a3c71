import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { tokenizeComparisons } from '../../training/comparisons';
import { createDpo, dpoTop } from '../../training/dpo';
import { cellsAtOnce, frozenModel } from '../../training/memory';
import { largest } from '../../training/statistics';
import { supervisedSteps } from '../../training/supervised';
import { measureBase, storageOf } from '../base-weights';
import { openModel } from '../models';
import { chooseMemory } from '../memory-plan';
import { threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readData } from '../run-folder';
import { prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** DPO: `data.jsonl` of comparisons → `model/`, and `adapter/` with `params.lora`. */
export async function prepareDpo(folder: string, spec: RunOf<'dpo'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'dpo', spec.hashes['data']);
  const storage = storageOf(params.base, params.lora, device);
  const policy = prepareTrained(await openModel(folder, spec, 'policy', spec.models.policy, 'lm', storage), params.lora, 'lm', spec.seed);
  const maxLength = Math.min(params.maxLength, policy.config.maxPositions);
  const train = tokenizeComparisons(policy.tokenizer, examples.filter((e) => e.split === 'train'), maxLength);
  const test = tokenizeComparisons(policy.tokenizer, examples.filter((e) => e.split === 'test'), maxLength);

  const all = [...train.comparisons, ...test.comparisons];
  const longest = largest(all.flatMap((c) => c.texts.map((t) => t.length)), 8);
  const widest = largest(all.map((c) => c.texts.length), 2);
  const threads = threadsOf(spec);
  const rows = [...test.comparisons, ...train.comparisons].flatMap((c) => c.texts.slice(0, 1).map((ids) => ({ ids, start: ids.length - c.lengths[0]! })));
  const gap = await measureBase(folder, spec.models.policy, storage, rows, true, { threads, maxCells: cellsAtOnce(policy.config, longest) });
  const steps = supervisedSteps(train.comparisons.length, params);
  const pairs = (of: typeof all): number => of.reduce((n, c) => n + c.pairs.length, 0);
  const what =
    `Tune ${trainedWords(policy)} by DPO (β ${params.beta}) on ${plural(pairs(train.comparisons), 'comparison')} of ${plural(train.comparisons.length, 'prompt')} ` +
    `for ${plural(steps, 'step')} of ${plural(params.batchSize, 'prompt')}; ${plural(pairs(test.comparisons), 'comparison')} held out${gap.words}`;
  const memory = chooseMemory(folder, {
    ...{ what, threads, device, budget: params.memoryBudget, whole: params.lora === undefined },
    fixed: [...trainedMemory('policy', policy, 'reference'), ...(params.lora === undefined ? [frozenModel('reference', policy.config)] : [])],
    needs: [{ config: policy.config, length: longest, rows: params.batchSize * widest, together: widest, counted: largest(all.flatMap((c) => [...c.lengths]), 1), top: (shape) => dpoTop(policy.config, shape, shape[0], params.beta) }],
  });
  const algorithm = createDpo(policy, { train: train.comparisons, test: test.comparisons }, { ...params, seed: spec.seed }, { threads, device, ...memory.pass });
  return {
    algorithm,
    memory,
    plan: memory.plan,
    measured: gap.metrics,
    warnings: [...memory.warnings, ...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    checkpointEvery: params.checkpointEvery,
    write: ({ params: trained }) => writeTrained(folder, policy, trained!, { config: causalConfig(policy.configJson, params.saveAs), dtype: params.saveAs, head: 'lm', base: spec.models.policy }),
  };
}
