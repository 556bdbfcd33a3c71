import { UserError } from '../base/errors';
import type { AnyRun, Sweep } from '../protocol/many-runs';

const most = 200;

/**
 * The runs of a sweep: every combination of the grid (the last parameter changes first), or every entry of the list, with every seed.
 * @throws UserError for one that has both, or makes more than 200 runs.
 */
export function runsOfSweep({ v: _v, $schema: _schema, grid, list, seeds, tag: _tag, ...base }: Sweep): AnyRun[] {
  if (grid !== undefined && list !== undefined) throw new UserError('jobs.sweep', 'A sweep has either "grid" or "list", not both.');
  const settings = list ?? combinations(grid ?? {});
  const first = base.seed ?? 0;
  const all = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => first + i) : seeds;
  const count = settings.length * all.length;
  if (count > most) throw new UserError('jobs.sweep', `The sweep makes ${count} runs (${settings.length} settings with ${all.length} seeds); ${most} are the most. Take fewer values.`);
  return settings.flatMap((setting) =>
    all.map((seed): AnyRun => {
      const words = [...Object.entries(setting).map(([name, value]) => `${name.split('.').slice(-2).join('.')}=${typeof value === 'string' ? value : JSON.stringify(value)}`), ...(all.length > 1 ? [`seed ${seed}`] : [])];
      return { ...base, params: withSettings(base.params, setting), seed, name: [base.name ?? base.run, ...words].join(' ') };
    }),
  );
}

function combinations(grid: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return Object.entries(grid).reduce<Record<string, unknown>[]>((done, [name, values]) => done.flatMap((setting) => values.map((value) => ({ ...setting, [name]: value }))), [{}]);
}

/** Parameters with dotted settings put in. @throws UserError for a name that is none. */
export function withSettings(params: Readonly<Record<string, unknown>>, settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result = structuredClone(params) as Record<string, unknown>;
  for (const [name, value] of Object.entries(settings)) {
    const keys = name.split('.');
    if (keys.some((k) => k === '' || k === '__proto__')) throw new UserError('jobs.sweep', `"${name}" is no parameter: write it with dots, e.g. kl.coef.`);
    let object = result;
    for (const key of keys.slice(0, -1)) {
      const inner = object[key];
      object = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Record<string, unknown>) : (object[key] = {});
    }
    object[keys.at(-1)!] = value;
  }
  return result;
}
