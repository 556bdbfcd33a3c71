import { join } from 'node:path';
import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import { cloneParams } from '../../models/params';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { createBestOfN } from '../../training/best-of-n';
import { languageModelTop } from '../../training/language-model';
import { frozenModel, generation } from '../../training/memory';
import { largest } from '../../training/statistics';
import { supervisedSteps } from '../../training/supervised';
import { tokenizeExamples } from '../../training/tokenize';
import { storageOf, storageOn } from '../base-weights';
import { checkSameTokens, membersMemory, openModel, openReward, type Opened } from '../models';
import { chooseMemory } from '../memory-plan';
import { threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { askedPrompts } from '../prompts';
import { readData } from '../run-folder';
import { prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

const file = 'answers.jsonl';

/** Best-of-n fine-tuning: prompts of `data.jsonl` → `model/`, `control/model/` and all answers with their scores in `answers.jsonl`. */
export async function prepareBestOfN(folder: string, spec: RunOf<'bestOfN'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'bestOfN', spec.hashes['data']);
  const start = await openModel(folder, spec, 'policy', spec.models.policy, 'lm', storageOf(params.base, params.lora, device));
  const reward = await openReward(folder, spec, { ...params, path: spec.models.reward, role: 'reward', members: spec.models.rewardMembers }, storageOn(device, params.base));
  checkSameTokens(start, reward);
  /** The same adapter at first, or a copy of all weights. */
  const arm = (): Opened => (params.lora === undefined ? { ...start, params: cloneParams(start.params) } : prepareTrained(start, params.lora, 'lm', spec.seed));
  const arms = { best: arm(), control: arm() };

  const prompts = examples.flatMap((e) => ('prompt' in e ? [e] : []));
  const { asked, warnings } = askedPrompts(start, prompts.map((e) => e.prompt), params.sampling.maxNewTokens);
  const kept = prompts.flatMap((e, i) => (asked[i] === undefined ? [] : [{ ...e, asked: { ...asked[i], hash: e.promptHash } }]));
  const train = kept.filter((e) => e.split === 'train');
  const held = kept.filter((e) => e.split === 'test');
  const texts = tokenizeExamples(start.tokenizer, examples.flatMap((e) => ('text' in e ? [e] : [])), { maxLength: start.config.maxPositions, completionOnly: false });
  warnings.push(...texts.warnings);
  const test = (held.length > 0 ? held : train).slice(0, params.evalPrompts).map((e) => e.asked);
  if (held.length === 0 && params.evalPrompts > 0) warnings.push('no prompt is put aside for evaluation: it uses prompts that are trained on.');
  const drawn = train.every((e) => e.drawn !== undefined) ? train.map((e) => e.drawn!) : undefined;

  const longestAnswer = largest([...train.map((e) => e.asked), ...test].map((p) => p.ids.length), 1) + params.sampling.maxNewTokens;
  const longest = Math.max(longestAnswer, largest(texts.rows.map((r) => r.ids.length)));
  const threads = threadsOf(spec);
  const what =
    `Train ${trainedWords(arms.best)} on the best of ${plural(params.n, 'answer')} to each of ${plural(train.length, 'prompt')}${drawn === undefined ? '' : ', which an earlier run has drawn'}, ` +
    `and as a control the same on answers picked at random${params.rounds > 1 ? `, in ${plural(params.rounds, 'round')}` : ''}: ` +
    `${plural(supervisedSteps(train.length, params.fit), 'step')} of ${params.fit.batchSize}; measured on ${plural(test.length, 'prompt')}${texts.rows.length === 0 ? '' : ` and ${plural(texts.rows.length, 'plain text')}`}`;
  const memory = chooseMemory(folder, {
    ...{ what, threads, device, budget: params.memoryBudget, whole: params.lora === undefined },
    fixed: [
      ...trainedMemory('model', arms.best),
      // What the control and the start share with the model lies beneath their adapters.
      ...(params.lora === undefined ? [frozenModel('control', start.config), frozenModel('start', start.config)] : []),
      frozenModel('reward model', reward.config),
      ...membersMemory(reward, 'reward model'),
      generation(start.config, Math.max(params.n, params.batchSize), longestAnswer),
    ],
    needs: [{ config: arms.best.config, length: longest, rows: params.fit.batchSize, counted: params.sampling.maxNewTokens, top: (shape) => languageModelTop(arms.best.config, shape) }],
  });
  const algorithm = createBestOfN(start, arms, reward, { train: train.map((e) => e.asked), test, texts: texts.rows, drawn }, { ...params, seed: spec.seed }, { threads, device, ...memory.pass });
  const trained = { config: causalConfig(start.configJson, params.saveAs), dtype: params.saveAs, head: 'lm' as const, base: spec.models.policy };
  return {
    algorithm,
    memory,
    plan: memory.plan,
    warnings: [...memory.warnings, ...warnings],
    checkpointEvery: params.checkpointEvery,
    records: { file },
    async write(outcome) {
      const outputs = await writeTrained(folder, arms.best, outcome.params!, trained);
      await writeTrained(join(folder, 'control'), arms.control, arms.control.params, trained);
      return { ...outputs, control: 'control/model', answers: file };
    },
  };
}
