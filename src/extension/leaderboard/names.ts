import { runOfSource } from '../../domain/content';
import type { Source } from '../../domain/records';
import type { BoardModel } from '../../protocol/panels-leaderboard';

/**
 * What people call the models: the name of the run for `policy@<run id>`, with the role before it when it is another, and
 * with the run's id after it when two would be called the same. Any other source keeps its name.
 */
export function modelNames(sources: readonly Source[], runs: Iterable<{ readonly id: string; readonly name: string }>): BoardModel[] {
  const known = new Map([...runs].map((r) => [r.id, r.name]));
  const first = sources.map((source) => {
    const run = runOfSource(source);
    const name = run === undefined ? undefined : known.get(run);
    if (name === undefined) return source;
    const role = source.slice(0, source.indexOf('@'));
    return role === 'policy' ? name : `${role} · ${name}`;
  });
  return sources.map((source, i) => ({ source, name: first.filter((n) => n === first[i]).length > 1 && first[i] !== source ? `${first[i]!} (${runOfSource(source) ?? source})` : first[i]! }));
}
