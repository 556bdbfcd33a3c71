import type { z } from 'zod';
import { isDeepStrictEqual } from 'node:util';
import { isPpoPreset, ppoPresets } from '../protocol/ppo-presets';
import { ppoParamsSchema } from '../protocol/run';
import { merge, mergeParams } from './plan';

type PpoParams = z.infer<typeof ppoParamsSchema>;

/**
 * The parameters of a PPO run. A preset that the caller names stands above the project's defaults, one that the project names below what the project
 * says beside it; what the caller says beside it stands in both cases. @throws UserError that names the parameter that is wrong.
 */
export function ppoParams(defaults: PpoParams | undefined, given: Readonly<Record<string, unknown>> | undefined): PpoParams {
  const named = given?.['preset'];
  if (isPpoPreset(named)) return mergeParams(ppoParamsSchema, merge(defaults ?? {}, ppoPresets[named]), given);
  // The project's parameters come with every default filled in: what differs from those was said.
  if (named === undefined && defaults?.preset !== undefined) return mergeParams(ppoParamsSchema, merge(ppoPresets[defaults.preset], differences(defaults, ppoParamsSchema.parse({}))), given);
  return mergeParams(ppoParamsSchema, defaults, given);
}

/** The parts of `value` that are not as in `base`. */
function differences(value: Readonly<Record<string, unknown>>, base: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, own]) => {
      const other = base[key];
      if (isDeepStrictEqual(own, other)) return [];
      return [[key, isObject(own) && isObject(other) ? differences(own, other) : own]];
    }),
  );
}
