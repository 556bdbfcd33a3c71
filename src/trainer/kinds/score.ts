import { plural } from '../../base/text';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { cellsAtOnce, frozenModel, reading } from '../../training/memory';
import { createScoring, type ScoredText } from '../../training/score';
import { largest } from '../../training/statistics';
import { openRewardModel } from '../models';
import { storageOn } from '../base-weights';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { readableAnswer } from '../readable';
import { readData } from '../run-folder';

const file = 'scores.jsonl';

/** Scores of answers by one or more reward models: `data.jsonl` → `scores.jsonl`. */
export async function prepareScore(folder: string, spec: RunOf<'score'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'score', spec.hashes['data']);
  const models = [];
  for (const [i, path] of spec.models.reward.entries()) models.push(await openRewardModel(folder, spec, path, `reward-${i}`, storageOn(device, 'auto'), params.combine));
  const texts: ScoredText[] = [];
  let left = 0;
  for (const { promptHash, prompt, responses } of examples) {
    for (const { hash, text } of responses) {
      const ids = models.map((m) => readableAnswer(m, prompt, text));
      if (ids.every((x) => x !== undefined)) texts.push({ promptHash, hash, ids });
      else left++;
    }
  }
  const warnings = left === 0 ? [] : [`${plural(left, 'answer')} left out: longer than a reward model's context, or to a conversation where the model knows none.`];

  const lengths = models.map((_, m) => largest(texts.map((t) => t.ids[m]!.length), 8));
  const maxCells = Math.min(...models.map((m, i) => cellsAtOnce(m.config, lengths[i]!)));
  const threads = threadsOf(spec);
  const algorithm = createScoring(models, texts, params, { threads, maxCells, device });
  const parts = [...models.map((m, i) => frozenModel(`reward model ${i + 1}`, m.config)), reading(models[0]!.config, Math.max(...lengths), maxCells, false)];
  return {
    algorithm,
    plan: planRun(`Score ${plural(texts.length, 'answer')} to ${plural(examples.length, 'prompt')} by ${spec.models.reward.join(', ')}`, parts, threads),
    warnings,
    checkpointEvery: 16,
    records: { file },
    write: () => Promise.resolve({ scores: file }),
  };
}
