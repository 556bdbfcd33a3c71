import { join } from 'node:path';
import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import { writeModelFolder } from '../../modelio/write-folder';
import { namedTensors } from '../../models/load';
import type { RunOf } from '../../protocol/run';
import { activations, cellsAtOnce, frozenModel, generation, trainedModel } from '../../training/memory';
import { createPpo } from '../../training/ppo';
import { largest } from '../../training/statistics';
import { tokenizeExamples } from '../../training/tokenize';
import { checkSameTokens, openModel, openRewardModel } from '../models';
import { count, planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { askedPrompts, present } from '../prompts';
import { readData } from '../run-folder';

/** PPO: prompts of `data.jsonl` → `model/`. */
export async function preparePpo(folder: string, spec: RunOf<'ppo'>): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'ppo', spec.hashes['data']);
  const policy = await openModel(folder, spec, 'policy', spec.models.policy, 'lm');
  const reward = await openRewardModel(folder, spec, spec.models.reward);
  checkSameTokens(policy, reward);
  const prompts = examples.flatMap((e) => ('prompt' in e ? [e] : []));
  const { asked, warnings } = askedPrompts(policy, prompts.map((e) => e.prompt), params.sampling.maxNewTokens);
  const train = present(asked.filter((_, i) => prompts[i]!.split === 'train'));
  const held = present(asked.filter((_, i) => prompts[i]!.split === 'test'));
  const texts = tokenizeExamples(policy.tokenizer, examples.flatMap((e) => ('text' in e ? [e] : [])), { maxLength: policy.config.maxPositions, completionOnly: false });
  warnings.push(...texts.warnings);
  // Without prompts of its own, evaluation asks some of those that are trained on; their answers are fresh all the same.
  const test = (held.length > 0 ? held : train).slice(0, params.evalPrompts);
  if (held.length === 0 && params.evalPrompts > 0) warnings.push('no prompt is put aside for evaluation: it uses prompts that are trained on.');
  if (params.sampling.topK > 0 || params.sampling.topP < 1) {
    warnings.push('top-k or top-p is on: answers come from another distribution than the one whose log-probabilities PPO uses; the KL divergence can come out negative.');
  }

  // The default suits small models; at this rate a large one is gone after a few updates.
  if (policy.params.data.length > 5e7 && params.policyOptimizer.learningRate > 5e-5) {
    warnings.push(`a learning rate of ${params.policyOptimizer.learningRate} is high for ${count(policy.params.data.length)} parameters; 1e-5 is usual.`);
  }

  const longestAnswer = largest([...train, ...test].map((p) => p.ids.length), 1) + params.sampling.maxNewTokens;
  const longest = Math.max(longestAnswer, largest(texts.rows.map((r) => r.ids.length)));
  const threads = threadsOf(spec);
  const maxCells = Math.min(cellsAtOnce(policy.config, longest), cellsAtOnce(reward.config, longest));
  const algorithm = createPpo(policy, reward, { train, test, texts: texts.rows }, { ...params, seed: spec.seed }, { threads, maxCells });
  const cells = Math.min(maxCells, params.microBatchSize * longestAnswer);
  const parts = [
    trainedModel('policy and optimizer', policy.config),
    trainedModel('critic and optimizer', reward.config),
    frozenModel('reference', policy.config),
    frozenModel('reward model', reward.config),
    activations(policy.config, longestAnswer, cells),
    generation(policy.config, params.batchSize, longestAnswer),
  ];
  const what =
    `Tune ${count(policy.params.data.length)} parameters by PPO against ${spec.models.reward} for ${plural(params.updates, 'update')} of ${plural(params.batchSize, 'episode')} ` +
    `(${plural(train.length, 'prompt')}, answers of at most ${plural(params.sampling.maxNewTokens, 'token')}, ${params.epochs} epochs of ${plural(params.miniBatches, 'mini-batch', 'mini-batches')}); ` +
    `evaluation on ${plural(test.length, 'prompt')}${texts.rows.length === 0 ? '' : ` and ${plural(texts.rows.length, 'plain text')}`}`;
  return {
    algorithm,
    plan: planRun(what, parts, threads),
    warnings,
    checkpointEvery: params.checkpointEvery,
    async write(outcome) {
      await writeModelFolder(join(folder, 'model'), {
        config: causalConfig(policy.configJson, params.saveAs),
        tensors: namedTensors(outcome.params!),
        dtype: params.saveAs,
        tokenizerFrom: policy.folder,
      });
      return { model: 'model' };
    },
  };
}
