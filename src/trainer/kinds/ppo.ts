import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import { addLora, type Net } from '../../models/lora';
import { cloneParams } from '../../models/params';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { cellsAtOnce, frozenModel, generation, reading } from '../../training/memory';
import { createPpo } from '../../training/ppo';
import { criticTop, policyTop } from '../../training/ppo-graphs';
import { klLossOf } from '../../training/ppo-improve';
import { languageModelTop } from '../../training/language-model';
import type { PackedRows } from '../../training/rows';
import { rewardParts } from '../program/parts';
import { largest } from '../../training/statistics';
import { tokenizeExamples } from '../../training/tokenize';
import { measureBase, storageOf, storageOn } from '../base-weights';
import { checkSameTokens, ensembleWords, membersMemory, openModel, openReward, openRewardModel, type Opened } from '../models';
import { chooseMemory } from '../memory-plan';
import { count, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { askedPrompts, present } from '../prompts';
import { readData } from '../run-folder';
import { prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** PPO: prompts of `data.jsonl` → `model/`, and `adapter/` with `params.lora`. */
export async function preparePpo(folder: string, spec: RunOf<'ppo'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'ppo', spec.hashes['data']);
  const storage = storageOf(params.base, params.lora, device);
  const policy = prepareTrained(await openModel(folder, spec, 'policy', spec.models.policy, 'lm', storage), params.lora, 'lm', spec.seed);
  const reward = await openReward(folder, spec, { ...params, path: spec.models.reward, role: 'reward', members: spec.models.rewardMembers }, storageOn(device, params.base));
  const critic = params.lora === undefined ? await wholeCritic(folder, spec, reward) : addLora(reward, params.lora, 'score', spec.seed);
  checkSameTokens(policy, reward);
  const prompts = examples.flatMap((e) => ('split' in e ? [e] : []));
  const { asked: tokenized, warnings } = askedPrompts(policy, prompts.map((e) => e.prompt), params.sampling.maxNewTokens);
  const asked = tokenized.map((p, i) => p && { ...p, ...(prompts[i]!.reference === undefined ? {} : { reference: prompts[i]!.reference }), ...(prompts[i]!.tags === undefined ? {} : { tags: prompts[i]!.tags }) });
  const train = present(asked.filter((_, i) => prompts[i]!.split === 'train'));
  const held = present(asked.filter((_, i) => prompts[i]!.split === 'test'));
  const texts = tokenizeExamples(policy.tokenizer, examples.flatMap((e) => ('text' in e && e.use === 'tax' ? [e] : [])), { maxLength: policy.config.maxPositions, completionOnly: false });
  const mix = tokenizeExamples(policy.tokenizer, examples.flatMap((e) => ('use' in e && e.use === 'ptx' ? [e] : [])), { maxLength: Math.min(params.ptx.maxLength, policy.config.maxPositions), completionOnly: true });
  warnings.push(...texts.warnings, ...mix.warnings.map((w) => `pretraining mix: ${w}`));
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
  const longestMix = largest(mix.rows.map((r) => r.ids.length));
  const longest = Math.max(longestAnswer + (params.scoreAt === 'afterEos' ? 1 : 0), largest(texts.rows.map((r) => r.ids.length)), longestMix);
  const threads = threadsOf(spec);
  const maxCells = Math.min(cellsAtOnce(policy.config, longest), cellsAtOnce(reward.config, longest));
  const halves = train.map((p) => ({ ids: [...p.ids], start: Math.max(1, Math.ceil(p.ids.length / 2)) }));
  const gap = await measureBase(folder, spec.models.policy, storage, halves, true, { threads, maxCells });
  const parts = await rewardParts(folder, spec, policy, { threads, device, maxCells });
  const fixed = [
    ...parts.memory,
    ...membersMemory(reward, 'reward model'),
    ...(params.guard === 'rollback' ? [{ what: 'best weights', bytes: 4 * policy.params.data.length }] : []),
    ...trainedMemory('policy', policy, 'reference'),
    ...trainedMemory('critic', critic, 'reward model'),
    // An adapter shares its base: the policy's is the reference, the critic's the reward model.
    ...(params.lora === undefined ? [frozenModel('reference', policy.config), frozenModel('reward model', reward.config)] : []),
  ];
  // The generator lets its memory go before models learn; while an evaluation writes, answers are read beside it.
  const writing = generation(policy.config, Math.max(params.batchSize, Math.min(64, test.length)), longestAnswer);
  const turns = [test.length === 0 ? writing : { what: 'generation and reading', bytes: writing.bytes + reading(policy.config, longest, maxCells).bytes }];
  const what =
    `Tune ${trainedWords(policy)} by PPO${params.preset === undefined ? '' : ` (preset ${params.preset})`} against ${spec.models.reward}${ensembleWords(reward)}${parts.words} for ${plural(params.updates, 'update')} of ${plural(params.batchSize, 'episode')} ` +
    `(${plural(train.length, 'prompt')}, answers of at most ${plural(params.sampling.maxNewTokens, 'token')}, ${params.epochs} epochs of ${plural(params.miniBatches, 'mini-batch', 'mini-batches')}); ` +
    `evaluation on ${plural(test.length, 'prompt')}${texts.rows.length === 0 ? '' : ` and ${plural(texts.rows.length, 'plain text')}`}${mix.rows.length === 0 ? '' : `; ${plural(mix.rows.length, 'text')} in the pretraining mix`}${gap.words}`;
  const shape = { length: longest, rows: params.microBatchSize };
  const memory = chooseMemory(folder, {
    ...{ what, threads, device, fixed, turns, budget: params.memoryBudget, whole: params.lora === undefined },
    needs: [
      { config: policy.config, ...shape, counted: params.sampling.maxNewTokens, top: (s) => policyTop(policy.config, s, params.sampling.temperature, params.clipRange, klLossOf(params.kl)) },
      // All tokens of a text of the mix meet the vocabulary, not only those of an answer.
      ...(mix.rows.length === 0 ? [] : [{ config: policy.config, length: longestMix, rows: params.microBatchSize, counted: longestMix, top: (s: PackedRows['shape']) => languageModelTop(policy.config, s) }]),
      { config: critic.config, ...shape, counted: 0, top: (s) => criticTop(critic.config, s, reward, params.valueClipRange, params.valueCoef) },
    ],
  });
  const algorithm = createPpo(policy, reward, { train, test, texts: texts.rows, ptx: mix.rows }, { ...params, seed: spec.seed }, { threads, device, ...memory.pass }, { critic, parts: parts.list });
  return {
    algorithm,
    memory,
    plan: memory.plan,
    measured: gap.metrics,
    warnings: [...memory.warnings, ...warnings],
    checkpointEvery: params.checkpointEvery,
    write: (outcome) => writeTrained(folder, policy, outcome.params!, { config: causalConfig(policy.configJson, params.saveAs), dtype: params.saveAs, head: 'lm', base: spec.models.policy }),
  };
}

/** A critic of which all weights are trained, which starts as the reward model. */
async function wholeCritic(folder: string, spec: RunOf<'ppo'>, reward: Opened): Promise<Net> {
  if (reward.params.stored === undefined) return { config: reward.config, params: cloneParams(reward.params) };
  return openRewardModel(folder, spec, spec.models.reward, 'reward', 'float32', spec.params.combine);
}
