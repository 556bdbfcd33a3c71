import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { hashText } from '../base/hash';
import { slug } from '../base/ids';
import { exampleSchemas } from '../protocol/data';
import type { Example } from '../protocol/data';
import { runSchema } from '../protocol/run';
import type { RunInputOf, RunKind } from '../protocol/run';

/** What a caller has decided about a run; the rest (id, time, hash of the data) is given when the folder is made. */
export type PlanInput<K extends RunKind> = K extends RunKind ? Omit<RunInputOf<K>, 'v' | 'id' | 'createdAt'> : never;

/**
 * A run about to be: its specification and the examples that it freezes. `memory`: the `memory.json` of a run that is made again, since how passes are cut
 * decides the last bits of sums.
 */
export type RunPlan = { [K in RunKind]: { readonly run: PlanInput<K>; readonly data: readonly Example<K>[]; readonly memory?: string } }[RunKind];

/**
 * Makes the folder of a run: `data.jsonl` and `memory.json` first, `run.json` last, so that a folder with a `run.json` is whole.
 * Throws when the plan does not fit the schemas: plans are made by code.
 */
export async function createRunFolder(runsFolder: string, plan: RunPlan): Promise<{ id: string; folder: string }> {
  const schema = exampleSchemas[plan.run.kind];
  const data = plan.data.map((example) => `${JSON.stringify(schema.parse(example))}\n`).join('');
  const now = new Date();
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const { id, folder } = await freshFolder(runsFolder, `${stamp}-${plan.run.kind}-${slug(plan.run.name)}`);
  const spec = runSchema.parse({ ...plan.run, v: 1, id, createdAt: now.toISOString(), hashes: { ...plan.run.hashes, data: hashText(data) } });
  await writeWhole(join(folder, 'data.jsonl'), data);
  if (plan.memory !== undefined) await writeWhole(join(folder, 'memory.json'), plan.memory);
  await writeWhole(join(folder, 'run.json'), `${JSON.stringify(spec, undefined, 2)}\n`);
  return { id, folder };
}

async function freshFolder(runsFolder: string, base: string): Promise<{ id: string; folder: string }> {
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    const folder = join(runsFolder, id);
    try {
      await mkdir(folder);
      return { id, folder };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.tmp`, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
}
