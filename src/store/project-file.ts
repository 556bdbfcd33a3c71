import path from 'node:path';
import { messageOf, UserError } from '../base/errors';
import { lineOfJson } from '../base/json-lines';
import type { JsonObject } from '../base/json';
import type { Problem } from '../base/problems';
import { projectSchema } from '../protocol/project';
import type { Project } from '../protocol/project';
import { readIfThere, writeFileAtomic } from './files';
import type { Workspace } from './workspace';

export interface ProjectFile {
  /** With every default filled in. A part that is wrong has its default instead, and a problem. */
  readonly project: Project;
  /** As it stands in the file; what an edit starts from, so that no default and no unknown field is written or lost. */
  readonly raw: JsonObject;
  readonly problems: Problem[];
}

export function projectFileOf(workspace: Workspace): string {
  return path.join(workspace.folder, 'project.json');
}

/** Reads `project.json`. A file that is missing is an empty project; one that is broken, too, with a problem. */
export async function readProject(workspace: Workspace): Promise<ProjectFile> {
  const file = projectFileOf(workspace);
  const bytes = await readIfThere(file);
  if (bytes === undefined) return { ...parseProject({}, file), problems: [{ file, severity: 'warning', message: 'the file is missing; defaults are used' }] };
  try {
    const text = bytes.toString('utf8').replace(/^\ufeff/, '');
    return parseProject(JSON.parse(text), file, text);
  } catch (error) {
    return { ...parseProject({}, file), problems: [{ file, severity: 'error', message: `not JSON (${messageOf(error)}); defaults are used` }] };
  }
}

/**
 * Checks the value of a project file, part by part.
 * @param text what the value was read from: problems then tell the line
 */
export function parseProject(value: unknown, file: string, text?: string): ProjectFile {
  const problems: Problem[] = [];
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) problems.push({ file, severity: 'error', message: 'a project is a JSON object, {…}; defaults are used' });
  const raw = (isObject ? value : {}) as JsonObject;
  const parts = { ...raw };
  for (;;) {
    const parsed = projectSchema.safeParse(parts);
    if (parsed.success) return { project: parsed.data, raw, problems };
    for (const issue of parsed.error.issues) {
      const part = String(issue.path[0]);
      const line = text === undefined ? undefined : lineOfProject(text, issue.path.filter((at) => typeof at !== 'symbol'));
      problems.push({ file, ...(line === undefined ? {} : { line }), severity: 'error', message: `${issue.path.join('.')}: ${issue.message}; "${part}" is not used` });
    }
    const wrong = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    for (const part of wrong) {
      if (!(part in parts)) throw new Error(`the project schema refuses its own default of "${part}"`);
      Reflect.deleteProperty(parts, part);
    }
  }
}

/** The line of a part of a project's text, from 1; of what it is missing from when it is not there. */
export function lineOfProject(text: string, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = lineOfJson(text, path.slice(0, length));
    if (line !== undefined) return line;
  }
  return undefined;
}

/**
 * Changes `project.json`: `edit` gets the file's own content and returns the new one.
 * @throws UserError `store.project` when the file is not JSON (it is left as it is) or the new content is not valid.
 */
export async function editProject(workspace: Workspace, edit: (raw: JsonObject) => JsonObject): Promise<ProjectFile> {
  const file = projectFileOf(workspace);
  const now = await readProject(workspace);
  const broken = now.problems.find((p) => p.severity === 'error' && Object.keys(now.raw).length === 0);
  if (broken) throw new UserError('store.project', `${file}: ${broken.message}. Repair it first.`);
  const raw = edit(structuredClone(now.raw));
  const next = parseProject(raw, file);
  const fresh = next.problems.find((p) => !now.problems.some((q) => q.message === p.message));
  if (fresh) throw new UserError('store.project', `${file}: ${fresh.message}.`);
  await writeFileAtomic(file, `${JSON.stringify(raw, null, 2)}\n`);
  return next;
}
