import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generation, labelItems, promptRecord, response } from '../../../src/domain/content';
import type { Generation, Label } from '../../../src/domain/records';
import { createRunFolder } from '../../../src/jobs/create';
import type { RunPlan } from '../../../src/jobs/create';
import { openRun } from '../../../src/jobs/entry';
import type { RunView } from '../../../src/jobs/view';
import type { RunEvent } from '../../../src/protocol/events';
import { writeSet } from '../../../src/store/data-files';
import { appendLabels, newLabel } from '../../../src/store/label-files';
import { createWorkspace } from '../../../src/store/workspace';
import type { Workspace } from '../../../src/store/workspace';

/** A workspace in a new temporary folder with a model folder (of dummy weights) that the project names. */
export async function madeWorkspace(project: object = {}): Promise<Workspace> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-made-'));
  madeModel(join(root, 'models', 'tiny'));
  return createWorkspace(root, { v: 1, name: 'made', models: { tiny: { path: 'models/tiny' } }, ...project });
}

/** A folder that looks like a model. */
export function madeModel(folder: string, weights = 'w'): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of [['config.json', '{}'], ['tokenizer.json', '{}'], ['model.safetensors', weights]] as const) writeFileSync(join(folder, name), text);
}

/** `n` prompts, every fifth held out, with three answers each: the longer the better. */
export async function madeAnswers(workspace: Workspace, n: number): Promise<Generation[]> {
  const asked = Array.from({ length: n }, (_, i) => `Question ${i}?`);
  await writeSet(workspace, 'prompts', 'asked', asked.map((p, i) => promptRecord(p, { split: i % 5 === 4 ? 'test' : 'train' })));
  const generations = asked.map((p) => generation(p, ['No.', 'Perhaps so.', 'Yes, by all means.'].map((t) => response(`${t} (${p})`, 'tiny'))));
  await writeSet(workspace, 'generations', 'answers', generations);
  return generations;
}

/** Labels of one labeler on generations, with these fields. */
export async function madeLabels(workspace: Workspace, labeler: string, generations: readonly Generation[], fields: Partial<Label> = { verdict: 'ranked', ranks: [3, 2, 1] }): Promise<void> {
  await appendLabels(
    workspace,
    generations.map((g) => newLabel({ task: 'ranking', labeler, promptHash: g.promptHash, items: labelItems(g), verdict: 'ranked', touched: true, ...fields }, new Date('2026-11-22T10:00:00Z'))),
  );
}

type Bare = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

/** A run folder as a trainer leaves it behind: two seconds from the first event to the last. */
export async function madeRun(workspace: Workspace, plan: RunPlan, events: readonly Bare[], model = true): Promise<RunView> {
  const runsFolder = join(workspace.folder, 'runs');
  const { id, folder } = await createRunFolder(runsFolder, plan);
  if (model) madeModel(join(folder, 'model'), id);
  const start = Date.parse('2026-11-22T10:00:00Z');
  writeFileSync(join(folder, 'events.jsonl'), events.map((e, i) => `${JSON.stringify({ at: new Date(start + (i === events.length - 1 ? 2000 : i)).toISOString(), ...e })}\n`).join(''));
  const entry = await openRun(runsFolder, id);
  await entry.refresh();
  return entry.view;
}
