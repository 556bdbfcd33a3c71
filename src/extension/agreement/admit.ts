import type { JsonObject } from '../../base/json';
import { editProject } from '../../store/project-file';
import type { Workspace } from '../../store/workspace';

/** Says in project.json whether a labeler is admitted; null takes what it says away. Everything else in the file stays. */
export async function admit(workspace: Workspace, labeler: string, admitted: boolean | null): Promise<void> {
  await editProject(workspace, (raw) => withAdmission(raw, labeler, admitted));
}

/** The project's content with the decision about one labeler. */
export function withAdmission(raw: JsonObject, labeler: string, admitted: boolean | null): JsonObject {
  const list = Array.isArray(raw['labelers']) ? (raw['labelers'] as JsonObject[]) : [];
  const known = list.some((l) => l['id'] === labeler);
  const changed = list.map((l) => {
    if (l['id'] !== labeler) return l;
    if (admitted !== null) return { ...l, admitted };
    return Object.fromEntries(Object.entries(l).filter(([field]) => field !== 'admitted'));
  });
  return { ...raw, labelers: known || admitted === null ? changed : [...list, { id: labeler, admitted }] };
}
