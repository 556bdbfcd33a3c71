import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { hashText } from '../base/hash';
import { slug } from '../base/ids';
import { oneLine } from '../base/text';
import { runSource } from '../domain/content';
import type { Source } from '../domain/records';
import type { Project } from '../protocol/project';
import { storedPath } from '../store/inside';
import type { Workspace } from '../store/workspace';
import type { RunView } from './view';

/** A model that a run is going to use. */
export interface ModelRef {
  /** As `run.json` names it: relative to the workspace folder where it can be, else absolute. */
  readonly path: string;
  readonly folder: string;
  /** What a person calls it. */
  readonly title: string;
  /** As generations name whose answers they are. */
  readonly source: Source;
  /** The run that made it. */
  readonly run?: string;
  /** Over its configuration, tokenizer and weights; the trainer checks it. */
  readonly hash: string;
}

/** Which kind of model is looked for. `policy`: a language model, `reward`: one with a score head. */
export type ModelRole = 'policy' | 'reward';

/**
 * Finds a model by what a person may call it: a name of the project's `models`, the id of a run (its beginning is
 * enough when no other begins so), or a folder. Without a name: the project's first policy, or the last finished reward run.
 * @throws UserError that says what there is instead.
 */
export async function findModel(workspace: Workspace, project: Project, runs: readonly RunView[], role: ModelRole, name?: string): Promise<ModelRef> {
  return name === undefined ? defaultModel(workspace, project, runs, role) : namedModel(workspace, project, runs, role, name);
}

async function defaultModel(workspace: Workspace, project: Project, runs: readonly RunView[], role: ModelRole): Promise<ModelRef> {
  if (role === 'reward') {
    const run = lastFinished(runs, 'reward');
    if (run !== undefined) return ofRun(workspace, run);
  }
  const listed = Object.entries(project.models).find(([, m]) => (m.kind ?? 'policy') === role);
  if (listed !== undefined) return refTo(workspace, resolve(workspace.root, listed[1].path), listed[0], listed[0]);
  throw role === 'reward'
    ? new UserError('jobs.no-reward-model', 'There is no reward model yet: train one first (Plumbline: Train Reward Model).', { title: 'Train a reward model', command: 'plumbline.trainReward' })
    : new UserError('jobs.no-model', `${join(workspace.folder, 'project.json')} names no language model. Add its folder under "models", or name a folder.`, { title: 'Set up this workspace', command: 'plumbline.setup' });
}

async function namedModel(workspace: Workspace, project: Project, runs: readonly RunView[], role: ModelRole, name: string): Promise<ModelRef> {
  const listed = project.models[name];
  if (listed !== undefined) return refTo(workspace, resolve(workspace.root, listed.path), name, name);
  const run = findRun(runs, name);
  if (run !== undefined) return ofRun(workspace, run);
  const folder = resolve(workspace.root, name);
  if (existsSync(folder)) {
    const made = runs.find((r) => r.outputs?.['model'] !== undefined && resolve(r.folder, r.outputs['model']) === folder);
    return made === undefined ? refTo(workspace, folder, basename(folder), slug(basename(folder))) : ofRun(workspace, made);
  }
  const known = [...Object.keys(project.models), ...runs.filter((r) => r.state === 'finished' && r.outputs?.['model'] !== undefined).map((r) => r.id)];
  throw new UserError(
    'jobs.unknown-model',
    `"${name}" is neither a model of the project, nor a run, nor a folder.${known.length === 0 ? '' : ` There are: ${known.slice(0, 12).join(', ')}.`} ${role === 'reward' ? 'A reward model is what a reward run makes.' : ''}`.trim(),
  );
}

/** The run with this id, or the only one whose id begins or ends so; `last` is the newest. @throws UserError when several do. */
export function findRun(runs: readonly RunView[], name: string): RunView | undefined {
  if (name === 'last') return [...runs].sort(byId).at(-1);
  const exact = runs.find((r) => r.id === name);
  if (exact !== undefined || name === '') return exact;
  const like = runs.filter((r) => r.id.startsWith(name) || r.id.endsWith(`-${name}`));
  if (like.length > 1) throw new UserError('jobs.ambiguous-run', `"${name}" may be any of ${like.map((r) => r.id).join(', ')}. Say which.`);
  return like[0];
}

/** The same for a run that must be there. @throws UserError when it is not. */
export function needRun(runs: readonly RunView[], name: string): RunView {
  const run = findRun(runs, name);
  if (run === undefined) throw new UserError('jobs.no-such-run', `There is no run "${name}". ${runs.length === 0 ? 'There are none yet.' : '"plumbline runs" lists them.'}`);
  return run;
}

/** The newest finished run of a kind that made a model. */
export function lastFinished(runs: readonly RunView[], kind: RunView['kind']): RunView | undefined {
  return runs.filter((r) => r.kind === kind && r.state === 'finished' && r.outputs?.['model'] !== undefined).sort(byId).at(-1);
}

/** The other models that the run of this one has trained alike beside it: an ensemble, of which it is the first. None of any other model. */
export async function membersOf(workspace: Workspace, runs: readonly RunView[], model: ModelRef | undefined): Promise<ModelRef[]> {
  const run = model?.run === undefined ? undefined : runs.find((r) => r.id === model.run);
  if (run === undefined) return [];
  const paths = Object.entries(run.outputs ?? {}).flatMap(([role, path]) => (role.startsWith('member-') ? [path] : []));
  return Promise.all(paths.map(async (path, i) => ({ ...(await refTo(workspace, join(run.folder, path), `${run.name}, member ${i + 2}`, `${runSource('reward', run.id)}-${i + 2}`)), run: run.id })));
}

/** Models by role as `run.json` names them, lists as `role-0`, `role-1` …; those that are not there are left out. */
export function namedModels(models: Readonly<Record<string, ModelRef | readonly ModelRef[] | undefined>>): { readonly models: Record<string, string | string[]>; readonly hashes: Record<string, string>; readonly parents: Record<string, string> } {
  const isList = (m: ModelRef | readonly ModelRef[]): m is readonly ModelRef[] => Array.isArray(m);
  const given = Object.entries(models).flatMap(([role, m]) => (m === undefined || (isList(m) && m.length === 0) ? [] : [[role, m] as const]));
  const each = given.flatMap(([role, m]) => (isList(m) ? m.map((one, i) => [`${role}-${i}`, one] as const) : [[role, m] as const]));
  return {
    models: Object.fromEntries(given.map(([role, m]) => [role, isList(m) ? m.map((one) => one.path) : m.path])),
    hashes: Object.fromEntries(each.map(([role, m]) => [role, m.hash])),
    parents: Object.fromEntries(each.flatMap(([role, m]) => (m.run === undefined ? [] : [[role, m.run]]))),
  };
}

const byId = (a: RunView, b: RunView): number => (a.id < b.id ? -1 : 1);

async function ofRun(workspace: Workspace, run: RunView): Promise<ModelRef> {
  const model = run.outputs?.['model'];
  if (run.state !== 'finished' || model === undefined) {
    throw new UserError('jobs.run-without-model', `The run "${run.id}" has no model: it is a ${run.kind} run and ${run.state}. Choose one that has finished.`);
  }
  const role = run.kind === 'reward' || run.kind === 'rule' ? 'reward' : 'policy';
  return { ...(await refTo(workspace, join(run.folder, model), run.name, runSource(role, run.id))), run: run.id };
}

async function refTo(workspace: Workspace, folder: string, title: string, source: Source): Promise<ModelRef> {
  return { path: storedPath(workspace, folder), folder, title, source, hash: await hashModel(folder) };
}

const hashes = new Map<string, { stamp: string; hash: string }>();

/**
 * The hash of a model folder: over `config.json`, `tokenizer.json` and the weights; of a LoRA adapter: over its files and the hash of its model. The same as `src/modelio` takes (a
 * test holds them together), with Node's native SHA-256, since this runs where an editor must not wait.
 * @throws UserError when a file is missing.
 */
export async function hashModel(folder: string): Promise<string> {
  const beneath = await adapterBase(folder);
  if (beneath !== undefined) {
    let text = '';
    for (const name of [adapterConfig, 'adapter_model.safetensors']) text += `${name} ${await hashFile(join(folder, name))}\n`;
    return hashText(`${text}model ${await hashModel(beneath)}\n`);
  }
  const names = ['config.json', 'tokenizer.json', ...(await weightFiles(folder))].sort();
  let text = '';
  for (const name of names) text += `${name} ${await hashFile(join(folder, name))}\n`;
  return hashText(text);
}

/** How many bytes a model's weight files have, those beneath an adapter included. @throws UserError when one is missing. */
export async function weightBytes(folder: string): Promise<number> {
  const beneath = await adapterBase(folder);
  const sizes = await Promise.all((beneath === undefined ? await weightFiles(folder) : ['adapter_model.safetensors']).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((a, b) => a + b, beneath === undefined ? 0 : await weightBytes(beneath));
}

const adapterConfig = 'adapter_config.json';

/** The folder of the model that an adapter is on, looked for from the adapter's folder upwards, as `src/modelio` does; nothing for a model. */
async function adapterBase(folder: string): Promise<string | undefined> {
  const file = join(folder, adapterConfig);
  if (!existsSync(file) || existsSync(join(folder, 'config.json'))) return undefined;
  let base: unknown;
  try {
    base = (JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>)['base_model_name_or_path'];
  } catch (error) {
    throw new UserError('jobs.no-weights', `${file} cannot be read: ${messageOf(error)}`);
  }
  for (let above = resolve(folder); typeof base === 'string' && base !== ''; above = dirname(above)) {
    const candidate = resolve(above, base);
    if (existsSync(join(candidate, 'config.json'))) return candidate;
    if (isAbsolute(base) || dirname(above) === above) break;
  }
  throw new UserError('jobs.adapter-base', `${file} names ${oneLine(JSON.stringify(base ?? null), 300)} as the model it is on, which is no folder here. Put the path of that model's folder in as "base_model_name_or_path".`);
}

async function weightFiles(folder: string): Promise<string[]> {
  if (existsSync(join(folder, 'model.safetensors'))) return ['model.safetensors'];
  const index = join(folder, 'model.safetensors.index.json');
  if (!existsSync(index)) throw new UserError('jobs.no-weights', `${folder} holds no model: there is neither model.safetensors nor model.safetensors.index.json.`);
  try {
    const { weight_map: map } = JSON.parse(await readFile(index, 'utf8')) as { weight_map?: Record<string, unknown> };
    const files = [...new Set(Object.values(map ?? {}))].filter((f): f is string => typeof f === 'string' && /^[^/\\]+\.safetensors$/.test(f));
    if (files.length > 0) return files;
  } catch (error) {
    throw new UserError('jobs.no-weights', `${index} cannot be read: ${messageOf(error)}`);
  }
  throw new UserError('jobs.no-weights', `${index} lists no .safetensors files.`);
}

async function hashFile(file: string): Promise<string> {
  let info;
  try {
    info = await stat(file);
  } catch {
    throw new UserError('jobs.model-incomplete', `${file} is missing: a model folder holds config.json, tokenizer.json and model.safetensors.`);
  }
  const stamp = `${info.size} ${info.mtimeMs} ${info.ino}`;
  const known = hashes.get(file);
  if (known?.stamp === stamp) return known.hash;
  const sum = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) sum.update(chunk as Buffer);
  const hash = `sha256:${sum.digest('hex')}`;
  hashes.set(file, { stamp, hash });
  return hash;
}
