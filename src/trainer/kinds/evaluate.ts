import { plural } from '../../base/text';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { createEvaluation } from '../../training/evaluate';
import { cellsAtOnce, frozenModel, generation, reading } from '../../training/memory';
import { largest } from '../../training/statistics';
import { tokenizeExamples } from '../../training/tokenize';
import { checkSameTokens, openModel, openRewardModel } from '../models';
import { storageOn } from '../base-weights';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { askedPrompts, present } from '../prompts';
import { readData } from '../run-folder';

/** Measures a model: `data.jsonl` of prompts and texts → `samples.jsonl` and the summary. */
export async function prepareEvaluate(folder: string, spec: RunOf<'evaluate'>, device: Device): Promise<Prepared> {
  const { params, models } = spec;
  const examples = await readData(folder, 'evaluate', spec.hashes['data']);
  const storage = storageOn(device, 'auto');
  const policy = await openModel(folder, spec, 'policy', models.policy, 'lm', storage);
  const reference = models.reference === undefined ? undefined : await openModel(folder, spec, 'reference', models.reference, 'lm', storage);
  const reward = models.reward === undefined ? undefined : await openRewardModel(folder, spec, models.reward, 'reward', storage, spec.params.combine);
  for (const other of [reference, reward]) if (other !== undefined) checkSameTokens(policy, other);

  const { asked, warnings } = askedPrompts(policy, examples.flatMap((e) => ('prompt' in e ? [e.prompt] : [])), params.sampling.maxNewTokens);
  const prompts = present(asked);
  const texts = tokenizeExamples(policy.tokenizer, examples.flatMap((e) => ('text' in e ? [e] : [])), { maxLength: policy.config.maxPositions, completionOnly: false });
  const longestAnswer = largest(prompts.map((p) => p.ids.length), 1) + params.sampling.maxNewTokens;
  const longest = Math.max(longestAnswer, largest(texts.rows.map((r) => r.ids.length)));
  const threads = threadsOf(spec);
  const maxCells = cellsAtOnce(policy.config, longest);
  const algorithm = createEvaluation(policy, { reference, reward }, { prompts, texts: texts.rows }, { ...params, seed: spec.seed }, { threads, maxCells, device });
  const parts = [
    frozenModel('model', policy.config),
    ...(reference === undefined ? [] : [frozenModel('reference', reference.config)]),
    ...(reward === undefined ? [] : [frozenModel('reward model', reward.config)]),
    reading(policy.config, longest, Math.min(maxCells, params.batchSize * longest)),
    generation(policy.config, params.batchSize, longestAnswer),
  ];
  const what = `Measure ${models.policy}: ${plural(params.samples, 'answer')} to each of ${plural(prompts.length, 'prompt')}, perplexity of ${plural(texts.rows.length, 'text')}`;
  return {
    algorithm,
    plan: planRun(what, parts, threads),
    warnings: [...warnings, ...texts.warnings],
    checkpointEvery: 8,
    records: { file: 'samples.jsonl' },
    write: () => Promise.resolve(prompts.length === 0 ? {} : { samples: 'samples.jsonl' }),
  };
}
