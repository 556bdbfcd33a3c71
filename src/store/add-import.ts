import { contentOf, hashPrompt } from '../domain/content';
import type { Generation, Imported, LabelLine, PromptRecord } from '../domain/records';
import { freeSetName, readGenerations, readPrompts, writeSet } from './data-files';
import { appendLabels, readLabels } from './label-files';
import type { Workspace } from './workspace';

/** How many records were added, and how many were there before. */
export interface ImportResult {
  readonly prompts: number;
  readonly generations: number;
  readonly labels: number;
  readonly known: number;
  /** The files that were written. */
  readonly files: string[];
}

/**
 * Adds imported records to a workspace, as sets called `name` (or `name-2`, … when that is taken) and as lines in the
 * labelers' files. What is there already (a prompt's text, a generation's or a label's id) is not added again, so that
 * an import that broke off can be repeated. Labels come last: they never stand without what they judge.
 */
export async function addImport(workspace: Workspace, name: string, imported: Imported): Promise<ImportResult> {
  const prompts = await newPrompts(workspace, imported.prompts);
  const generations = newById(imported.generations, flat((await readGenerations(workspace)).records));
  const labels = newById(imported.labels, (await readLabels(workspace)).records);
  const files: string[] = [];
  if (prompts.length > 0) files.push(await writeSet(workspace, 'prompts', await freeSetName(workspace, 'prompts', name), prompts));
  if (generations.length > 0) files.push(await writeSet(workspace, 'generations', await freeSetName(workspace, 'generations', name), generations));
  if (labels.length > 0) await appendLabels(workspace, labels);
  const asked = imported.prompts.length + imported.generations.length + imported.labels.length;
  return {
    prompts: prompts.length,
    generations: generations.length,
    labels: labels.length,
    known: asked - prompts.length - generations.length - labels.length,
    files,
  };
}

/** Adds the generations of a run (or of any other source) as a set; see {@link addImport}. */
export async function addGenerations(workspace: Workspace, name: string, generations: readonly Generation[]): Promise<ImportResult> {
  return addImport(workspace, name, { prompts: [], generations: [...generations], labels: [] });
}

async function newPrompts(workspace: Workspace, prompts: readonly PromptRecord[]): Promise<PromptRecord[]> {
  const known = new Set(flat((await readPrompts(workspace)).records).map((p) => hashPrompt(contentOf(p))));
  return prompts.filter((p) => {
    const hash = hashPrompt(contentOf(p));
    return !known.has(hash) && known.add(hash);
  });
}

function newById<T extends Generation | LabelLine>(records: readonly T[], there: readonly { readonly id: string }[]): T[] {
  const known = new Set(there.map((r) => r.id));
  return records.filter((r) => !known.has(r.id) && known.add(r.id));
}

const flat = <T>(sets: readonly { readonly records: readonly T[] }[]): T[] => sets.flatMap((s) => s.records);
