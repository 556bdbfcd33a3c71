import { plural } from '../../base/text';
import { compileRules } from '../../domain/red-team/rules';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { choiceItems } from '../../training/choices';
import { createEvaluation, type MeasuredPrompt } from '../../training/evaluate';
import { cellsAtOnce, frozenModel, generation, reading, type MemoryPart } from '../../training/memory';
import { largest } from '../../training/statistics';
import { tokenizeExamples } from '../../training/tokenize';
import { checkSameTokens, membersMemory, openModel, openReward } from '../models';
import { storageOn } from '../base-weights';
import { endpointPairJudge } from '../pair-judge';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { askedPrompts } from '../prompts';
import { readData } from '../run-folder';
import { ruleJudge } from './attack';

/** Measures a model: `data.jsonl` of prompts, texts, desired answers and questions → `samples.jsonl` and the summary. */
export async function prepareEvaluate(folder: string, spec: RunOf<'evaluate'>, device: Device): Promise<Prepared> {
  const { params, models } = spec;
  const examples = await readData(folder, 'evaluate', spec.hashes['data']);
  const storage = storageOn(device, 'auto');
  const policy = await openModel(folder, spec, 'policy', models.policy, 'lm', storage);
  const reference = models.reference === undefined ? undefined : await openModel(folder, spec, 'reference', models.reference, 'lm', storage);
  const reward = models.reward === undefined ? undefined : await openReward(folder, spec, { ...params, path: models.reward, role: 'reward', members: models.rewardMembers }, storage);
  const heldOut = models.heldOut === undefined ? undefined : await openReward(folder, spec, { ensemble: { objective: 'mean', coef: 0 }, path: models.heldOut, role: 'heldOut', members: models.heldOutMembers }, storage);
  for (const other of [reference, reward, heldOut]) if (other !== undefined) checkSameTokens(policy, other);
  const compare = params.compare && reference !== undefined;

  const asking = examples.flatMap((e) => ('prompt' in e && !('completion' in e) ? [e] : []));
  const { asked, warnings } = askedPrompts(policy, asking.map((e) => e.prompt), params.sampling.maxNewTokens);
  const prompts = asking.flatMap(({ prompt, promptHash }, i): MeasuredPrompt[] => (asked[i] === undefined ? [] : [{ ...asked[i], content: prompt, hash: promptHash }]));
  const maxLength = policy.config.maxPositions;
  const texts = tokenizeExamples(policy.tokenizer, examples.flatMap((e) => ('text' in e ? [e] : [])), { maxLength, completionOnly: false });
  const desired = tokenizeExamples(policy.tokenizer, examples.flatMap((e) => ('completion' in e ? [e] : [])), { maxLength, completionOnly: true });
  const choices = choiceItems(policy.tokenizer, examples.flatMap((e) => ('question' in e ? [e] : [])), maxLength);
  warnings.push(...texts.warnings, ...desired.warnings.map((w) => `desired answers: ${w}`));
  if (choices.left > 0) warnings.push(`${plural(choices.left, 'question')} left out: a choice has no tokens of its own, or does not fit into a context of ${maxLength}.`);

  const longestAnswer = largest(prompts.map((p) => p.ids.length), 1) + params.sampling.maxNewTokens;
  const longest = Math.max(longestAnswer, largest([...texts.rows, ...desired.rows, ...choices.items.flatMap((c) => c.rows)].map((r) => r.ids.length)));
  const threads = threadsOf(spec);
  const maxCells = cellsAtOnce(policy.config, longest);
  const parts: MemoryPart[] = [
    frozenModel('model', policy.config),
    ...(reference === undefined ? [] : [frozenModel('reference', reference.config)]),
    ...(reward === undefined ? [] : [frozenModel('reward model', reward.config), ...membersMemory(reward, 'reward model')]),
    ...(heldOut === undefined ? [] : [frozenModel('held-out reward model', heldOut.config), ...membersMemory(heldOut, 'held-out reward model')]),
    reading(policy.config, longest, Math.min(maxCells, params.batchSize * longest)),
    generation(policy.config, params.batchSize, longestAnswer),
    ...(compare ? [generation(reference.config, params.batchSize, longestAnswer)] : []),
  ];
  const rules = models.rule === undefined ? undefined : await ruleJudge(folder, spec, models.rule, { threads, device }, parts);
  const judge = params.judge === undefined || !compare ? undefined : endpointPairJudge(params.judge, { sampling: params.sampling, seed: spec.seed, threads, device, batchSize: params.batchSize, concurrency: params.concurrency });
  if (params.judge !== undefined && !compare) warnings.push(`the judge ${params.judge.name} is not asked: there is no reference to compare with.`);
  if (compare && prompts.length > 0 && reward === undefined && judge === undefined) warnings.push('no reward model and no other judge is given: there is no win rate.');

  const algorithm = createEvaluation(
    policy,
    { reference, reward, heldOut, ruleJudge: rules, pairJudge: judge },
    { prompts, texts: texts.rows, sft: desired.rows, choices: choices.items },
    { ...params, compare, rules: compileRules(params.rules), seed: spec.seed },
    { threads, maxCells, device },
  );
  const read = [...(texts.rows.length === 0 ? [] : [plural(texts.rows.length, 'plain text')]), ...(desired.rows.length === 0 ? [] : [plural(desired.rows.length, 'desired answer')]), ...(choices.items.length === 0 ? [] : [plural(choices.items.length, 'multiple-choice question')])];
  const what = `Measure ${models.policy}${compare ? ` and ${models.reference!}` : ''}: ${plural(params.samples, 'answer')} to each of ${plural(prompts.length, 'prompt')}${read.length === 0 ? '' : `; ${read.join(', ')} to read`}`;
  return {
    algorithm,
    plan: planRun(what, parts, threads),
    warnings,
    checkpointEvery: judge === undefined ? 8 : 1,
    records: { file: 'samples.jsonl' },
    write: () => Promise.resolve(prompts.length === 0 ? {} : { samples: 'samples.jsonl' }),
  };
}
