import { copyFile, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { JsonObject } from '../../base/json';
import { plural } from '../../base/text';
import { syncFolder } from '../../modelio/atomic';
import { readModelFolder } from '../../modelio/folder';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { cellsAtOnce, frozenModel, generation } from '../../training/memory';
import { createSampling } from '../../training/sample';
import { largest } from '../../training/statistics';
import { hashText } from '../../base/hash';
import { measureBase, storageOn } from '../base-weights';
import { openModel } from '../models';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { askedPrompts, present } from '../prompts';
import { modelPath, readData } from '../run-folder';
import { sourceOf } from '../source-of';

const file = 'generations.jsonl';

/** Answers to prompts: `data.jsonl` → `generations.jsonl`, which in the end also stands in the workspace's `generations/`. */
export async function prepareGenerate(folder: string, spec: RunOf<'generate'>, device: Device): Promise<Prepared> {
  const { params } = spec;
  const examples = await readData(folder, 'generate', spec.hashes['data']);
  const policy = await openModel(folder, spec, 'policy', spec.models.policy, 'lm', storageOn(device, params.base));
  const { hash } = await (await readModelFolder(modelPath(folder, spec.models.policy))).hash();
  const source = sourceOf(spec.models.policy);
  const { asked, warnings } = askedPrompts(policy, examples.map((e) => e.prompt), params.sampling.maxNewTokens);
  const kept = examples.filter((_, i) => asked[i] !== undefined);
  const prompts = present(asked);

  const longest = largest(prompts.map((p) => p.ids.length), 1) + params.sampling.maxNewTokens;
  const threads = threadsOf(spec);
  const algorithm = createSampling(
    policy,
    prompts,
    (i, answers): JsonObject => {
      const { prompt, promptHash, id } = kept[i]!;
      return {
        v: 1,
        // The same prompt may be asked in many runs.
        id: `g-${hashText(`${spec.id} ${id}`).slice(7, 23)}`,
        promptHash,
        ...(typeof prompt === 'string' ? { prompt } : { messages: prompt }),
        responses: answers.map(({ text, finished }) => ({ hash: hashText(text), text, source, finished })),
        run: spec.id,
        model: hash,
      };
    },
    { ...params, seed: spec.seed },
    { threads, device, maxCells: cellsAtOnce(policy.config, longest) },
  );
  const halves = prompts.map(({ ids }) => ({ ids: [...ids], start: Math.max(1, Math.ceil(ids.length / 2)) }));
  const gap = await measureBase(folder, spec.models.policy, params.base, halves, false, { threads, maxCells: cellsAtOnce(policy.config, longest) });
  return {
    algorithm,
    plan: planRun(
      `Sample ${plural(params.n, 'answer')} to each of ${plural(prompts.length, 'prompt')} from ${spec.models.policy}, at most ${plural(params.sampling.maxNewTokens, 'token')} each${gap.words}`,
      [frozenModel('model', policy.config), generation(policy.config, params.batchSize, longest)],
      threads,
    ),
    measured: gap.metrics,
    warnings,
    checkpointEvery: 8,
    records: { file },
    async write() {
      const target = resolve(folder, '..', '..', 'generations', `${spec.id}.jsonl`);
      await publish(join(folder, file), target);
      return { generations: relative(folder, target).replaceAll('\\', '/') };
    },
  };
}

/** Copies a finished file to where others look, so that they see nothing of it or all of it. */
async function publish(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.${process.pid}.tmp`;
  await copyFile(from, temporary);
  const handle = await open(temporary, 'r+');
  await handle.sync();
  await handle.close();
  await rename(temporary, to);
  await syncFolder(dirname(to));
}
