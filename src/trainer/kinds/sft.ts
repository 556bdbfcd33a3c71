import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { languageModelTop } from '../../training/language-model';
import { cellsAtOnce } from '../../training/memory';
import { counted } from '../../training/rows';
import { createSft } from '../../training/sft';
import { largest } from '../../training/statistics';
import { supervisedSteps } from '../../training/supervised';
import { tokenizeExamples } from '../../training/tokenize';
import { measureBase, storageOf } from '../base-weights';
import { openBase } from '../models';
import { chooseMemory } from '../memory-plan';
import { threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readData } from '../run-folder';
import { checkLoraBase, prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** A supervised run: `data.jsonl` → `model/`, and `adapter/` with `params.lora`. */
export async function prepareSft(folder: string, spec: RunOf<'sft'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'sft', spec.hashes['data']);
  checkLoraBase(params.lora, params.deNovo);
  const storage = storageOf(params.base, params.lora, device);
  const model = prepareTrained(await openBase(folder, spec, spec.models.base, params.deNovo, 'lm', storage), params.lora, 'lm', spec.seed);
  const limits = { maxLength: Math.min(params.maxLength, model.config.maxPositions), completionOnly: params.completionOnlyLoss };
  const train = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'train'), limits);
  const test = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'test'), limits);

  const longest = largest([...train.rows, ...test.rows].map((r) => r.ids.length), 8);
  const threads = threadsOf(spec);
  const gap = await measureBase(folder, spec.models.base, storage, [...test.rows, ...train.rows], true, { threads, maxCells: cellsAtOnce(model.config, longest) });
  const steps = supervisedSteps(train.rows.length, params);
  const what =
    `Train ${trainedWords(model)}${params.deNovo === undefined ? '' : ', random at first,'} on ${plural(train.rows.length, 'example')} ` +
    `for ${plural(steps, 'step')} of ${params.batchSize}; ${plural(test.rows.length, 'example')} held out${gap.words}`;
  const memory = chooseMemory(folder, {
    ...{ what, threads, device, budget: params.memoryBudget, whole: params.lora === undefined, fixed: trainedMemory('model', model) },
    needs: [{ config: model.config, length: longest, rows: params.batchSize, counted: largest([...train.rows, ...test.rows].map(counted), 1), top: (shape) => languageModelTop(model.config, shape) }],
  });
  const algorithm = createSft(model, { train: train.rows, test: test.rows }, { ...params, seed: spec.seed }, { threads, device, ...memory.pass });
  return {
    algorithm,
    memory,
    plan: memory.plan,
    measured: gap.metrics,
    warnings: [...memory.warnings, ...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    checkpointEvery: params.checkpointEvery,
    write: (outcome) => writeTrained(folder, model, outcome.params!, { config: causalConfig(model.configJson, params.saveAs), dtype: params.saveAs, head: 'lm', base: spec.models.base }),
  };
}
