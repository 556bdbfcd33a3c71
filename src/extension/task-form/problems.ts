import * as vscode from 'vscode';
import type { Problem } from '../../base/problems';
import { resolveTask } from '../../domain/tasks';
import type { Project } from '../../protocol/project';
import { lineOfProject, projectFileOf } from '../../store/project-file';
import type { Workspace } from '../../store/workspace';

/** What is wrong with the tasks of a project that is valid by itself: names that stand for nothing, with their lines. */
export async function taskProblems(workspace: Workspace, project: Project): Promise<Problem[]> {
  const faults = project.tasks.flatMap((task, i) => resolveTask(project, task).faults.map((message) => ({ i, message })));
  if (faults.length === 0) return [];
  const file = projectFileOf(workspace);
  const text = await vscode.workspace.fs.readFile(vscode.Uri.file(file)).then((bytes) => new TextDecoder().decode(bytes), () => '');
  return faults.map(({ i, message }) => {
    const line = lineOfProject(text, ['tasks', i]);
    return { file, ...(line === undefined ? {} : { line }), message, severity: 'error' };
  });
}
