import { hashText } from '../../base/hash';
import type { JsonObject } from '../../base/json';
import { partNames, partsOf, withParts } from '../../domain/task-draft';
import type { TaskSource } from '../../domain/tasks';
import type { TaskView } from '../../protocol/panels-task';
import type { ProjectFile } from '../../store/project-file';
import { editProject, readProject } from '../../store/project-file';
import type { Workspace } from '../../store/workspace';

/** Names the state of the parts in a file: any change of them, of their order too, is another state. */
export function baseOf(raw: JsonObject): string {
  return hashText(JSON.stringify(partNames.map((part) => raw[part] ?? null)));
}

/** What the form shows of a project file. */
export function viewOf({ raw, problems }: ProjectFile, sets: readonly string[]): TaskView {
  const broken = problems.filter((p) => p.severity === 'error' && (Object.keys(raw).length === 0 || partNames.some((part) => p.message.includes(`; "${part}" is not used`))));
  const faults = broken.map((p) => (p.line === undefined ? p.message : `${p.message} (line ${p.line})`));
  return { parts: faults.length === 0 ? partsOf(raw) : partsOf({}), base: baseOf(raw), faults, sets };
}

/** Thrown out of an edit, so that nothing is written. */
class Changed extends Error {}

/**
 * Writes the parts, and only them, unless somebody else has changed them since `base`.
 * @returns whether they were written, and the file as it stands now
 * @throws UserError when they are not valid
 */
export async function saveParts(workspace: Workspace, parts: TaskSource, base: string): Promise<{ readonly saved: boolean; readonly file: ProjectFile }> {
  try {
    const file = await editProject(workspace, (raw) => {
      if (baseOf(raw) !== base) throw new Changed();
      return withParts(raw, parts);
    });
    return { saved: true, file };
  } catch (error) {
    if (!(error instanceof Changed)) throw error;
    return { saved: false, file: await readProject(workspace) };
  }
}
