import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { languageModelTop } from '../../training/language-model';
import { packingOf } from '../../training/packing';
import { counted, type PackedRows } from '../../training/rows';
import { createSft } from '../../training/sft';
import { largest } from '../../training/statistics';
import { supervisedSteps } from '../../training/supervised';
import { tokenizeExamples } from '../../training/tokenize';
import { storageOf } from '../base-weights';
import { openBase } from '../models';
import type { Prepared } from '../prepare';
import { prepareSupervised } from '../prepare-supervised';
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

  const all = [...test.rows, ...train.rows];
  const longest = largest(all.map((r) => r.ids.length), 8);
  const steps = supervisedSteps(train.rows.length, params);
  const packing = packingOf(model.config, train.rows.map((r) => r.ids.length), params.batchSize, params.packing);
  const mostCounted = largest(all.map(counted), 1);
  const whole = packing === 1 ? undefined : { length: packing * longest, rows: params.batchSize, counted: packing * mostCounted, top: (shape: PackedRows['shape']) => languageModelTop(model.config, shape, true) };
  return prepareSupervised(folder, spec, device, {
    ...{ model, base: spec.models.base, storage, gapRows: all, longest },
    what:
      `Train ${trainedWords(model)}${params.deNovo === undefined ? '' : ', random at first,'} on ${plural(train.rows.length, 'example')} ` +
      `for ${plural(steps, 'step')} of ${params.batchSize}${packing === 1 ? '' : `, packed into rows of up to ${packing} times the longest`}; ${plural(test.rows.length, 'example')} held out`,
    needs: [{ config: model.config, length: longest, rows: params.batchSize, counted: mostCounted, top: (shape) => languageModelTop(model.config, shape), whole }],
    fixed: trainedMemory('model', model),
    warnings: [...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    create: (resources) => createSft(model, { train: train.rows, test: test.rows }, { ...params, packing, seed: spec.seed }, resources),
    write: (outcome) => writeTrained(folder, model, outcome.params!, { config: causalConfig(model.configJson, params.saveAs), dtype: params.saveAs, head: 'lm', base: spec.models.base }),
  });
}
