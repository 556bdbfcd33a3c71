import { UserError } from '../base/errors';

/** The admitted with the weights that a run gives instead of the project's. @throws UserError for a labeler who is not admitted or has no labels. */
export function applyWeights(admitted: ReadonlyMap<string, number>, weights: Readonly<Record<string, number>> | undefined): Map<string, number> {
  const unknown = Object.keys(weights ?? {}).find((labeler) => !admitted.has(labeler));
  if (unknown !== undefined) throw new UserError('jobs.params', `labelerWeights names "${unknown}", who has no labels or is not admitted. Admitted are: ${[...admitted.keys()].join(', ') || 'nobody'}.`);
  return new Map([...admitted].map(([labeler, weight]) => [labeler, weights?.[labeler] ?? weight]));
}
