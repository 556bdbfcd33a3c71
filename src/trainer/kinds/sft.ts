import { join } from 'node:path';
import { plural } from '../../base/text';
import { causalConfig } from '../../modelio/head-config';
import { writeModelFolder } from '../../modelio/write-folder';
import { namedTensors } from '../../models/load';
import type { RunOf } from '../../protocol/run';
import { activations, cellsAtOnce, trainedModel } from '../../training/memory';
import { createSft } from '../../training/sft';
import { largest } from '../../training/statistics';
import { tokenizeExamples } from '../../training/tokenize';
import { openBase } from '../models';
import { count, planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readData } from '../run-folder';

/** A supervised run: `data.jsonl` → `model/`. */
export async function prepareSft(folder: string, spec: RunOf<'sft'>): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'sft', spec.hashes['data']);
  const model = await openBase(folder, spec, spec.models.base, params.deNovo, 'lm');
  const limits = { maxLength: Math.min(params.maxLength, model.config.maxPositions), completionOnly: params.completionOnlyLoss };
  const train = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'train'), limits);
  const test = tokenizeExamples(model.tokenizer, examples.filter((e) => e.split === 'test'), limits);

  const longest = largest([...train.rows, ...test.rows].map((r) => r.ids.length), 8);
  const threads = threadsOf(spec);
  const maxCells = cellsAtOnce(model.config, longest);
  const algorithm = createSft(model, { train: train.rows, test: test.rows }, { ...params, seed: spec.seed }, { threads, maxCells });
  const cells = Math.min(maxCells, params.batchSize * longest);
  const what =
    `Train ${count(model.params.data.length)} parameters${params.deNovo === undefined ? '' : ', random at first,'} on ${plural(train.rows.length, 'example')} ` +
    `for ${plural(algorithm.total, 'step')} of ${params.batchSize}; ${plural(test.rows.length, 'example')} held out`;
  return {
    algorithm,
    plan: planRun(what, [trainedModel('model and optimizer', model.config), activations(model.config, longest, cells)], threads),
    warnings: [...train.warnings, ...test.warnings.map((w) => `held out: ${w}`)],
    checkpointEvery: params.checkpointEvery,
    async write(outcome) {
      await writeModelFolder(join(folder, 'model'), {
        config: causalConfig(model.configJson, params.saveAs),
        tensors: namedTensors(outcome.params!),
        dtype: params.saveAs,
        tokenizerFrom: model.folder,
      });
      return { model: 'model' };
    },
  };
}
