import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import type { RunOf } from '../../protocol/run';
import { activations, cellsAtOnce } from '../../training/memory';
import { createSft } from '../../training/sft';
import { largest } from '../../training/statistics';
import { tokenizeExamples } from '../../training/tokenize';
import { measureBase, storageOf } from '../base-weights';
import { openBase } from '../models';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readData } from '../run-folder';
import { checkLoraBase, prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** A supervised run: `data.jsonl` → `model/`, and `adapter/` with `params.lora`. */
export async function prepareSft(folder: string, spec: RunOf<'sft'>): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'sft', spec.hashes['data']);
  checkLoraBase(params.lora, params.deNovo);
  const model = prepareTrained(await openBase(folder, spec, spec.models.base, params.deNovo, 'lm', storageOf(params.base, params.lora)), params.lora, 'lm', spec.seed);
  const limits = { maxLength: Math.min(params.maxLength, model.config.maxPositions), completionOnly: params.completionOnlyLoss };
  const train = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'train'), limits);
  const test = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'test'), limits);

  const longest = largest([...train.rows, ...test.rows].map((r) => r.ids.length), 8);
  const threads = threadsOf(spec);
  const maxCells = cellsAtOnce(model.config, longest);
  const algorithm = createSft(model, { train: train.rows, test: test.rows }, { ...params, seed: spec.seed }, { threads, maxCells });
  const gap = await measureBase(folder, spec.models.base, storageOf(params.base, params.lora), [...test.rows, ...train.rows], true, { threads, maxCells });
  const cells = Math.min(maxCells, params.batchSize * longest);
  const what =
    `Train ${trainedWords(model)}${params.deNovo === undefined ? '' : ', random at first,'} on ${plural(train.rows.length, 'example')} ` +
    `for ${plural(algorithm.total, 'step')} of ${params.batchSize}; ${plural(test.rows.length, 'example')} held out${gap.words}`;
  return {
    algorithm,
    plan: planRun(what, [...trainedMemory('model', model), activations(model.config, longest, cells)], threads),
    measured: gap.metrics,
    warnings: [...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    checkpointEvery: params.checkpointEvery,
    write: (outcome) => writeTrained(folder, model, outcome.params!, { config: causalConfig(model.configJson, params.saveAs), dtype: params.saveAs, head: 'lm', base: spec.models.base }),
  };
}
