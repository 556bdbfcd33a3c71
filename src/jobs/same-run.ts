import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashText } from '../base/hash';
import { canonicalJson } from '../base/json';
import type { Json } from '../base/json';
import { exampleSchemas } from '../protocol/data';
import { runSchema } from '../protocol/run';
import type { RunSpec } from '../protocol/run';
import type { RunPlan } from './create';
import { readSpec } from './folder';
import type { RunView } from './view';

/** Frozen examples as `data.jsonl` holds them. */
export function frozenText(plan: RunPlan): string {
  const schema = exampleSchemas[plan.run.kind];
  return plan.data.map((example) => `${JSON.stringify(schema.parse(example))}\n`).join('');
}

/**
 * What a run's result depends on: kind, seed, parameters, and the hashes of its models and data. Not where models lie, what the run is called, how many
 * threads it takes. A model without a hash counts by its path.
 */
export function identityOf({ kind, seed, params, hashes, models }: Pick<RunSpec, 'kind' | 'seed' | 'params' | 'hashes' | 'models'>): string {
  const unhashed = Object.entries(models).filter(([role, path]) => path !== undefined && hashes[role] === undefined && hashes[`${role}-0`] === undefined);
  return hashText(canonicalJson(JSON.parse(JSON.stringify({ kind, seed, params, hashes, models: Object.fromEntries(unhashed) })) as Json));
}

/** {@link identityOf} the run that a plan would make. */
export function identityOfPlan(plan: RunPlan): string {
  const spec = runSchema.parse({ ...plan.run, v: 1, id: 'planned', createdAt: new Date(0).toISOString(), hashes: { ...plan.run.hashes, data: hashText(frozenText(plan)) } });
  return identityOf(spec);
}

/** The newest run that was asked to do just this: one that has finished and still has what it made before all others, else one that can go on or is at work. */
export async function sameRun(runs: readonly RunView[], plan: RunPlan): Promise<RunView | undefined> {
  const wanted = identityOfPlan(plan);
  const like: RunView[] = [];
  for (const view of runs.filter((r) => r.kind === plan.run.kind)) {
    const spec = await readSpec(view.folder).catch(() => undefined);
    if (spec !== undefined && identityOf(spec) === wanted) like.push(view);
  }
  like.sort((a, b) => (a.id < b.id ? 1 : -1));
  return like.find((v) => v.state === 'finished' && Object.values(v.outputs ?? {}).every((path) => existsSync(join(v.folder, path)))) ?? like.find((v) => v.state !== 'finished' && v.state !== 'cancelled');
}
