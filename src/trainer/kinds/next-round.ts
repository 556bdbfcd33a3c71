import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { hashText } from '../../base/hash';
import type { JsonObject } from '../../base/json';
import { plural } from '../../base/text';
import { uncertaintyWorth } from '../../domain/uncertainty';
import { readModelFolder } from '../../modelio/folder';
import type { RunOf } from '../../protocol/run';
import { makeFolder, writeFileAtomic } from '../../store/files';
import type { Device } from '../../training/device';
import { cellsAtOnce, frozenModel, generation, reading } from '../../training/memory';
import { createNextRound } from '../../training/next-round';
import { largest } from '../../training/statistics';
import { storageOn } from '../base-weights';
import { openModel, openRewardModel } from '../models';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { askedPrompts, present } from '../prompts';
import { readableAnswer } from '../readable';
import { modelPath, readData } from '../run-folder';
import { sourceOf } from '../source-of';

const file = 'generations.jsonl';
const scoresFile = 'scores.jsonl';

/** A line of this run's own `generations.jsonl`: a generation with what only the end of the run needs. */
interface Line extends JsonObject {
  readonly promptHash: string;
  readonly responses: { hash: string }[];
  /** One list an answer, null where a reward model cannot read it. */
  readonly scores: (number[] | null)[];
}

/**
 * The next round: answers of a model and of the one beside it, scored. `data.jsonl` → `scores.jsonl`, and in the workspace's `generations/`
 * the items that reward models are least sure about first.
 */
export async function prepareNextRound(folder: string, spec: RunOf<'generate'>, device: Device): Promise<Prepared> {
  const { params, models } = spec;
  const examples = await readData(folder, 'generate', spec.hashes['data']);
  const policy = await openModel(folder, spec, 'policy', models.policy, 'lm', storageOn(device, params.base));
  const beside = models.beside === undefined ? undefined : await openModel(folder, spec, 'beside', models.beside, 'lm', storageOn(device, params.base));
  const judges: Awaited<ReturnType<typeof openRewardModel>>[] = [];
  for (const [i, path] of (models.reward ?? []).entries()) judges.push(await openRewardModel(folder, spec, path, `reward-${i}`, storageOn(device, 'auto')));
  const others = beside === undefined ? 0 : Math.min(params.n - 1, params.besideN ?? Math.floor(params.n / 2));
  const authors = [{ model: policy, n: params.n - others }, ...(beside === undefined || others === 0 ? [] : [{ model: beside, n: others }])];
  const sources = [models.policy, models.beside ?? ''].map((path) => sourceOf(path));
  const hashes = await Promise.all([models.policy, ...(models.beside === undefined ? [] : [models.beside])].map(async (path) => (await (await readModelFolder(modelPath(folder, path))).hash()).hash));

  const { asked, warnings } = askedPrompts(policy, examples.map((e) => e.prompt), params.sampling.maxNewTokens);
  // Both models answer what both can read.
  const second = beside === undefined ? asked : askedPrompts(beside, examples.map((e) => e.prompt), params.sampling.maxNewTokens).asked;
  const fits = asked.map((a, i) => (a !== undefined && second[i] !== undefined ? a : undefined));
  const kept = examples.filter((_, i) => fits[i] !== undefined);
  const prompts = present(fits);
  const longest = largest(prompts.map((p) => p.ids.length), 1) + params.sampling.maxNewTokens;
  const threads = threadsOf(spec);
  const maxCells = Math.min(...[policy, ...judges].map((m) => cellsAtOnce(m.config, longest)));
  const algorithm = createNextRound(
    authors,
    judges,
    prompts,
    (i, text) => {
      const ids = judges.map((m) => readableAnswer(m, kept[i]!.prompt, text));
      return ids.every((x) => x !== undefined) ? ids : undefined;
    },
    (i, answers): Line => {
      const { prompt, promptHash, id } = kept[i]!;
      return {
        v: 1,
        id: `g-${hashText(`${spec.id} ${id}`).slice(7, 23)}`,
        promptHash,
        ...(typeof prompt === 'string' ? { prompt } : { messages: prompt }),
        responses: answers.map(({ text, finished, author }) => ({ hash: hashText(text), text, source: sources[author]!, finished })),
        run: spec.id,
        model: hashes[0]!,
        ...(hashes[1] === undefined ? {} : { beside: hashes[1] }),
        scores: answers.map(({ scores }) => (scores === undefined ? null : [...scores])),
      };
    },
    { ...params, seed: spec.seed },
    { threads, device, maxCells },
  );
  return {
    algorithm,
    plan: planRun(
      `Sample ${plural(params.n - others, 'answer')} from ${models.policy}${beside === undefined ? '' : ` and ${others} from ${models.beside!}`} to each of ${plural(prompts.length, 'prompt')}${judges.length === 0 ? '' : `, scored by ${plural(judges.length, 'reward model')}`}`,
      [
        ...authors.flatMap(({ model, n }, i) => [frozenModel(i === 0 ? 'model' : 'model beside', model.config), generation(model.config, Math.max(params.batchSize, n), longest)]),
        ...judges.map((m, i) => frozenModel(`reward model ${i + 1}`, m.config)),
        ...(judges[0] === undefined ? [] : [reading(judges[0].config, longest, maxCells, false)]),
      ],
      threads,
    ),
    warnings,
    checkpointEvery: 8,
    records: { file },
    async write() {
      const lines = (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
      const worth = (line: Line): number => (line.scores.every((s) => s !== null) ? (uncertaintyWorth(line.scores) ?? -1) : -1);
      // What reward models are least sure about comes first, whatever the order of a task's queue; of equals, what was asked first.
      const ordered = judges.length === 0 ? lines : lines.map((line) => ({ line, w: worth(line) })).sort((a, b) => b.w - a.w).map(({ line }) => line);
      const chosen = params.keep === undefined ? ordered : ordered.slice(0, params.keep);
      const target = resolve(folder, '..', '..', 'generations', `${spec.id}.jsonl`);
      await makeFolder(dirname(target));
      await writeFileAtomic(target, chosen.map(({ scores: _scores, ...generated }) => `${JSON.stringify(generated)}\n`).join(''));
      const outputs = { generations: relative(folder, target).replaceAll('\\', '/') };
      if (judges.length === 0) return outputs;
      const scored = lines.flatMap(({ promptHash, responses, scores }) => responses.flatMap(({ hash }, i) => (scores[i] === null ? [] : [{ v: 1, promptHash, hash, scores: scores[i] }])));
      await writeFileAtomic(join(folder, scoresFile), scored.map((s) => `${JSON.stringify(s)}\n`).join(''));
      return { ...outputs, scores: scoresFile };
    },
  };
}
