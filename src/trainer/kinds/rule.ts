import { join } from 'node:path';
import { plural } from '../../base/text';
import { ruleConfig, scorePadId } from '../../modelio/head-config';
import type { Example } from '../../protocol/data';
import type { RunOf } from '../../protocol/run';
import { writeFileAtomic } from '../../store/files';
import type { Device } from '../../training/device';
import { createRuleTrainer, ruleTop, type RuleExample } from '../../training/rule-trainer';
import { largest } from '../../training/statistics';
import { supervisedSteps } from '../../training/supervised';
import { answerRow } from '../../training/tokenize';
import { storageOf } from '../base-weights';
import { openBase, type Opened } from '../models';
import type { Prepared } from '../prepare';
import { prepareSupervised } from '../prepare-supervised';
import { readData } from '../run-folder';
import { checkLoraBase, prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** A rule model: `data.jsonl` of marked answers → `model/`, a sequence classifier with a label a rule, `report.json`, and `adapter/` with `params.lora`. */
export async function prepareRule(folder: string, spec: RunOf<'rule'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const { rules } = params;
  const examples = await readData(folder, 'rule', spec.hashes['data']);
  checkLoraBase(params.lora, params.deNovo);
  const storage = storageOf(params.base, params.lora, device);
  const model = prepareTrained(await openBase(folder, spec, spec.models.base, params.deNovo, 'score', storage, rules.length), params.lora, 'score', spec.seed);
  const { train, test, warnings } = markedAnswers(model, examples, params);
  const all = [...test, ...train];
  const longest = largest(all.map((e) => e.ids.length), 8);
  const steps = supervisedSteps(train.length, params);
  return prepareSupervised(folder, spec, device, {
    ...{ model, base: spec.models.base, storage, gapRows: all.map(({ ids }) => ({ ids: [...ids], start: Math.ceil(ids.length / 2) })), longest, warnings },
    what: `Train a rule model (${rules.join(', ')}) of ${trainedWords(model)} on ${plural(train.length, 'marked answer')} for ${plural(steps, 'step')} of ${params.batchSize}; ${plural(test.length, 'answer')} held out`,
    needs: [{ config: model.config, length: longest, rows: params.batchSize, counted: 0, top: ([rows, length]) => ruleTop(model.config, [rows, length]) }],
    fixed: trainedMemory('model', model),
    create: (resources) => createRuleTrainer(model, { train, test }, { ...params, seed: spec.seed }, resources),
    async write({ params: trained, report }) {
      const outputs = await writeTrained(folder, model, trained!, {
        config: ruleConfig(model.configJson, params.saveAs, { padId: scorePadId(model.tokenizer), names: rules }),
        dtype: params.saveAs,
        head: 'score',
        base: spec.models.base,
      });
      return { ...outputs, ...(await writeReport(folder, report)) };
    },
  });
}

/** Writes `report.json`, where a run has one. @returns role → path. */
export async function writeReport(folder: string, report: object | undefined): Promise<Record<string, string>> {
  if (report === undefined) return {};
  await writeFileAtomic(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 1)}\n`);
  return { report: 'report.json' };
}

/** Answers as a rule model reads them, by their side of the split; those too long to be read, or of which nothing is said, are left out. */
function markedAnswers(model: Opened, examples: readonly Example<'rule'>[], { rules, maxLength, notApplicable }: RunOf<'rule'>['params']): { train: RuleExample[]; test: RuleExample[]; warnings: string[] } {
  const limit = Math.min(maxLength, model.config.maxPositions);
  const sides = { train: [] as RuleExample[], test: [] as RuleExample[] };
  let long = 0;
  for (const { prompt, response, marks, split } of examples) {
    const { ids } = answerRow(model.tokenizer, prompt, response);
    const weightOf = (rule: string, said: readonly string[]): number => marks.reduce((sum, m) => sum + (m.rule === rule && said.includes(m.mark) ? m.weight : 0), 0);
    const broken = rules.map((rule) => weightOf(rule, ['broken']));
    const kept = rules.map((rule) => weightOf(rule, notApplicable === 'kept' ? ['kept', 'na'] : ['kept']));
    if ([...broken, ...kept].every((w) => w === 0)) continue;
    if (ids.length > limit) long++;
    else sides[split].push({ ids, broken, kept });
  }
  return { ...sides, warnings: long === 0 ? [] : [`${plural(long, 'answer')} left out: longer than ${limit} tokens with the prompt.`] };
}
