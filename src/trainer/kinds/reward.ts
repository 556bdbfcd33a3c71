import { join } from 'node:path';
import { createRng } from '../../base/rng';
import { UserError } from '../../base/errors';
import { plural } from '../../base/text';
import { criteriaConfig, scoreConfig, scorePadId } from '../../modelio/head-config';
import { writeModelFolder } from '../../modelio/write-folder';
import { mergedTensors } from '../../models/load';
import { initParams } from '../../models/model';
import { cloneParams, view } from '../../models/params';
import type { RunOf } from '../../protocol/run';
import type { Device } from '../../training/device';
import type { Resources } from '../../training/algorithm';
import { createEnsemble } from '../../training/ensemble';
import { frozenModel } from '../../training/memory';
import { concludeEnsemble, createRewardTrainer, rewardTop, type RewardData } from '../../training/reward';
import type { PassNeeds } from '../../training/pass-plan';
import { packStages } from '../../training/ranking-loss';
import { answersARow, rowsFor, sharedLength } from '../../training/shared-rows';
import { supervisedSteps } from '../../training/supervised';
import { storageOf } from '../base-weights';
import { initHead, openBase, type Opened } from '../models';
import type { Prepared } from '../prepare';
import { prepareSupervised, splitComparisons } from '../prepare-supervised';
import { readData } from '../run-folder';
import { checkLoraBase, prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';
import { writeReport } from '../write-report';

/**
 * A reward model: `data.jsonl` of comparisons → `model/`, a sequence classifier with one label (or one a criterion), `report.json`, `adapter/` with
 * `params.lora`, and `members/2` and so on with `params.ensemble`.
 */
export async function prepareReward(folder: string, spec: RunOf<'reward'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const { criteria, ensemble } = params;
  if (criteria !== undefined && ensemble > 1) throw new UserError('reward.ensemble', 'params.criteria and params.ensemble exclude each other: outputs of criteria have no single uncertainty. Leave one of them out.');
  if (params.earlyStop !== undefined && ensemble > 1) throw new UserError('reward.ensemble', 'params.earlyStop and params.ensemble exclude each other: models that end at different steps are not trained alike. Leave one of them out.');
  const examples = await readData(folder, 'reward', spec.hashes['data']);
  checkLoraBase(params.lora, params.deNovo);
  const storage = storageOf(params.base, params.lora, device);
  const opened = await openBase(folder, spec, spec.models.base, params.deNovo, 'score', storage, criteria?.length ?? 1);
  const model = ensemble === 1 ? prepareTrained(opened, params.lora, 'score', spec.seed) : memberOf(opened, spec, 0);
  const data = splitComparisons(model, withOutputs(examples, criteria), params.maxLength);
  const steps = supervisedSteps(data.train.length, params);
  const what = criteria !== undefined ? `reward model of ${plural(criteria.length, 'criterion', 'criteria')} (${criteria.join(', ')})` : 'reward model';
  const stages = params.loss === 'pairwise' ? undefined : packStages(data.train.slice(0, params.batchSize), 1).shape;
  /** Where answers share rows: as the trainer will have it. */
  const sharedNeeds = (): PassNeeds['whole'] => {
    const prompts = data.train.map((c) => c.texts);
    const each = answersARow(model.config, prompts);
    if (each === 1) return undefined;
    const rows = Math.max(...prompts.map((texts) => rowsFor(texts, each)));
    return { length: Math.max(...prompts.map((texts) => sharedLength(texts, each))), rows: params.batchSize * rows, together: rows, top: ([n, length]) => rewardTop(model.config, [n, length], n * each, { stages, each }) };
  };
  return prepareSupervised(folder, spec, device, {
    ...{ model, base: spec.models.base, storage, gapRows: data.rows.map(({ ids }) => ({ ids, start: Math.ceil(ids.length / 2) })), longest: data.longest, warnings: data.warnings },
    what: `Train ${ensemble === 1 ? `a ${what}` : `${ensemble} reward models`} of ${trainedWords(model)} on ${data.trained} for ${plural(steps, 'step')} of ${plural(params.batchSize, 'prompt')}${ensemble === 1 ? '' : ' each'}; ${data.held}`,
    needs: [{ config: model.config, length: data.longest, rows: params.batchSize * data.widest, together: data.widest, counted: 0, top: ([rows, length]) => rewardTop(model.config, [rows, length], rows, { stages }), whole: sharedNeeds() }],
    fixed: [...trainedMemory('model', model), ...(ensemble === 1 ? [] : Array.from({ length: ensemble }, (_, k) => (k === 0 ? frozenModel('start', opened.config) : { what: `model ${k}`, bytes: 4 * model.params.data.length })))],
    create: (resources) => (ensemble === 1 ? createRewardTrainer(model, data, { ...params, seed: spec.seed }, resources) : createMembers(opened, spec, data, resources)),
    async write({ params: trained, scores, outputs, members = [], report }) {
      const padId = scorePadId(model.tokenizer);
      const config = criteria !== undefined && outputs !== undefined ? criteriaConfig(model.configJson, params.saveAs, { padId, names: criteria, ...outputs }) : scoreConfig(model.configJson, params.saveAs, { padId, ...scores });
      const made = await writeTrained(folder, model, trained!, { config, dtype: params.saveAs, head: 'score', base: spec.models.base });
      for (const [k, { params: own, scores: spread }] of members.entries()) {
        const path = `members/${k + 2}`;
        await writeModelFolder(join(folder, path), { config: scoreConfig(model.configJson, params.saveAs, { padId, ...spread }), tensors: mergedTensors(own), dtype: params.saveAs, tokenizerFrom: model.folder });
        made[`member-${k + 2}`] = path;
      }
      return { ...made, ...(await writeReport(folder, report)) };
    },
  });
}

function createMembers(opened: Opened, spec: RunOf<'reward'>, data: RewardData, resources: Resources): ReturnType<typeof createEnsemble> {
  return createEnsemble(
    spec.params.ensemble,
    (k) => {
      const own = memberOf(opened, spec, k);
      return { params: own.params, algorithm: createRewardTrainer(own, data, { ...spec.params, seed: seedOf(spec, k) }, resources) };
    },
    (first, members) => concludeEnsemble(data, first, members),
  );
}

/** The first member's is the run's: it is what a run without an ensemble trains. */
const seedOf = (spec: RunOf<'reward'>, k: number): number => (spec.seed + 7919 * k) % 2 ** 31;

/** The k-th model before its first step: weights of its own where they are trained, and random ones where they are new. */
function memberOf(opened: Opened, spec: RunOf<'reward'>, k: number): Opened {
  const { lora, deNovo } = spec.params;
  const seed = seedOf(spec, k);
  const start = lora !== undefined ? opened : { ...opened, params: deNovo === undefined ? cloneParams(opened.params) : initParams(opened.config, 'score', createRng(seed).fork('weights')) };
  const own = prepareTrained(start, lora, 'score', seed);
  if (opened.freshHead === true) initHead(view(own.params, 'score.weight'), opened.config.hiddenSize, seed);
  return own;
}

/** Examples whose pairs know their output. @throws UserError for a criterion that the run does not learn. */
function withOutputs<E extends { readonly pairs: readonly { readonly criterion?: string }[] }>(examples: readonly E[], criteria: readonly string[] | undefined): E[] {
  if (criteria === undefined) return [...examples];
  return examples.map((e) => ({
    ...e,
    pairs: e.pairs.map((p) => {
      const output = p.criterion === undefined ? -1 : criteria.indexOf(p.criterion);
      if (output < 0) throw new UserError('run.data', `data.jsonl has a comparison by ${JSON.stringify(p.criterion ?? null)}; params.criteria are ${criteria.join(', ')}. Start a new run.`);
      return { ...p, output };
    }),
  }));
}
