import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { activations, cellsAtOnce } from '../../training/memory';
import { createSft } from '../../training/sft';
import { largest } from '../../training/statistics';
import { tokenizeExamples } from '../../training/tokenize';
import { openBase } from '../models';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readData } from '../run-folder';
import { checkLoraBase, prepareTrained, trainedMemory, trainedWords, writeTrained } from '../trained';

/** A supervised run: `data.jsonl` → `model/`, and `adapter/` with `params.lora`. */
export async function prepareSft(folder: string, spec: RunOf<'sft'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'sft', spec.hashes['data']);
  checkLoraBase(params.lora, params.deNovo);
  const model = prepareTrained(await openBase(folder, spec, spec.models.base, params.deNovo, 'lm'), params.lora, 'lm', spec.seed);
  const limits = { maxLength: Math.min(params.maxLength, model.config.maxPositions), completionOnly: params.completionOnlyLoss };
  const train = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'train'), limits);
  const test = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'test'), limits);

  const longest = largest([...train.rows, ...test.rows].map((r) => r.ids.length), 8);
  const threads = threadsOf(spec);
  const maxCells = cellsAtOnce(model.config, longest);
  const algorithm = createSft(model, { train: train.rows, test: test.rows }, { ...params, seed: spec.seed }, { threads, maxCells, device });
  const cells = Math.min(maxCells, params.batchSize * longest);
  const what =
    `Train ${trainedWords(model)}${params.deNovo === undefined ? '' : ', random at first,'} on ${plural(train.rows.length, 'example')} ` +
    `for ${plural(algorithm.total, 'step')} of ${params.batchSize}; ${plural(test.rows.length, 'example')} held out`;
  return {
    algorithm,
    plan: planRun(what, [...trainedMemory('model', model), activations(model.config, longest, cells)], threads),
    warnings: [...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    checkpointEvery: params.checkpointEvery,
    write: (outcome) => writeTrained(folder, model, outcome.params!, { config: causalConfig(model.configJson, params.saveAs), dtype: params.saveAs, head: 'lm', base: spec.models.base }),
  };
}
