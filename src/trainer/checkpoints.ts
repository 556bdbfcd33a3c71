import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { messageOf, UserError } from '../base/errors';
import { hashText } from '../base/hash';
import { canonicalJson, type JsonObject } from '../base/json';
import { syncFolder } from '../modelio/atomic';
import { openSafetensors } from '../modelio/safetensors';
import { writeSafetensors } from '../modelio/write-safetensors';
import type { RunSpec } from '../protocol/run';
import type { Snapshot } from '../training/algorithm';

/** How many checkpoints a run folder keeps: if the last one is damaged, there is the one before. */
const kept = 2;

/**
 * Raise it when what is in a checkpoint changes, or what an algorithm makes of it: a run that went on from a checkpoint of another
 * version would not end with the bytes of one that was never interrupted.
 */
const version = 2;

const stateFile = 'state.json';
const tensorsFile = 'tensors.safetensors';
/** Far more than a manifest has. */
const maxManifestBytes = 1 << 16;

const fingerprintSchema = z.strictObject({ bytes: z.int().min(0), sha256: z.string() });

/** Written last: a checkpoint without it, or with files that do not match it, is not one. */
const manifestSchema = z.strictObject({
  v: z.literal(version),
  step: z.int().min(0),
  kind: z.string(),
  /** From {@link runIdentity}. */
  run: z.string(),
  files: z.strictObject({ [stateFile]: fingerprintSchema, [tensorsFile]: fingerprintSchema.optional() }),
});
type Manifest = z.infer<typeof manifestSchema>;

/** Which run a checkpoint belongs to. */
export interface CheckpointOwner {
  readonly kind: string;
  readonly identity: string;
}

export interface Checkpoint {
  readonly step: number;
  readonly snapshot: Snapshot;
}

export const checkpointName = (step: number): string => `checkpoint-${step}`;

/** What the course of a run depends on. Its name, its place and the number of threads are free to change. */
export function checkpointOwner({ kind, seed, models, params, hashes }: Pick<RunSpec, 'kind' | 'seed' | 'models' | 'params' | 'hashes'>): CheckpointOwner {
  return { kind, identity: hashText(canonicalJson({ kind, seed, models, params, hashes })) };
}

/**
 * Writes `checkpoint-<step>/` under a temporary name, fsyncs, renames and fsyncs the run folder; then older ones but the last
 * {@link kept} are removed.
 */
export async function writeCheckpoint(folder: string, owner: CheckpointOwner, step: number, { tensors, state }: Snapshot): Promise<void> {
  const temporary = join(folder, `.${checkpointName(step)}.tmp`);
  const target = join(folder, checkpointName(step));
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  await writeSynced(join(temporary, stateFile), JSON.stringify(state));
  const files: Manifest['files'] = { [stateFile]: await fingerprint(join(temporary, stateFile)) };
  if (Object.keys(tensors).length > 0) {
    await writeSafetensors(join(temporary, tensorsFile), Object.entries(tensors).map(([name, data]) => ({ name, shape: [data.length], data })));
    files[tensorsFile] = await fingerprint(join(temporary, tensorsFile));
  }
  await writeSynced(join(temporary, 'manifest.json'), JSON.stringify({ v: version, step, kind: owner.kind, run: owner.identity, files } satisfies Manifest));
  await syncFolder(temporary);
  // There is one of this number only if it could not be set aside when it was found to be damaged.
  await rm(target, { recursive: true, force: true });
  await rename(temporary, target);
  await syncFolder(folder);
  for (const old of (await checkpointSteps(folder)).filter((s) => s !== step).slice(kept - 1)) {
    await rm(join(folder, checkpointName(old)), { recursive: true, force: true });
  }
}

/**
 * Goes back to the newest checkpoint that is whole, of this run and accepted by `restore`, which throws when it does not fit. Others that are met
 * on the way are renamed to `checkpoint-<step>.damaged`, which nothing reads, and reported to `warn`; temporary folders of writers that were killed
 * are removed.
 * @returns `undefined` when none is left.
 * @throws UserError when a file cannot be read for a reason that may pass (rights, too many open files, memory): the checkpoint stays where it is.
 */
export async function resumeFrom(folder: string, owner: CheckpointOwner, restore: (checkpoint: Checkpoint) => void, warn: (message: string) => void): Promise<Checkpoint | undefined> {
  for (const name of await readdir(folder)) if (/^\.checkpoint-\d+\.tmp$/.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  for (const step of await checkpointSteps(folder)) {
    const path = join(folder, checkpointName(step));
    try {
      const checkpoint = await readOne(path, step, owner);
      try {
        restore(checkpoint);
      } catch (error) {
        throw new Unusable(`it does not fit this run: ${messageOf(error)}`);
      }
      return checkpoint;
    } catch (error) {
      const reason = whyUnusable(error);
      if (reason === undefined) throw new UserError('run.checkpoint', `${path} cannot be read now (${messageOf(error)}). See to that and resume the run, or move the folder away: then the run goes on from the checkpoint before.`);
      const aside = await setAside(path);
      warn(`${checkpointName(step)} cannot be used (${reason}); ${aside === undefined ? 'it cannot be renamed either' : `it is set aside as ${aside}`}. Going back to the one before.`);
    }
  }
  return undefined;
}

/** What is wrong with a checkpoint for good. */
class Unusable extends Error {}

/** The reason not to use a checkpoint, or `undefined` for an error that says nothing about it. */
function whyUnusable(error: unknown): string | undefined {
  if (error instanceof Unusable) return error.message;
  if (error instanceof UserError && error.code.startsWith('safetensors.')) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && path !== undefined) return `${basename(path)} is missing`;
  // Files of another kind, and disks that do not give them back.
  return code !== undefined && ['ENOTDIR', 'EISDIR', 'ELOOP', 'EIO'].includes(code) ? messageOf(error) : undefined;
}

/** Renames it to a name that is free. @returns the name, `undefined` when that is not possible. */
async function setAside(path: string): Promise<string | undefined> {
  for (let n = 1; ; n++) {
    const aside = `${path}.damaged${n === 1 ? '' : `-${n}`}`;
    const taken = await stat(aside).then(() => true, () => false);
    if (taken) continue;
    return rename(path, aside).then(() => aside.slice(aside.lastIndexOf('checkpoint-')), () => undefined);
  }
}

/** Newest first. */
async function checkpointSteps(folder: string): Promise<number[]> {
  const steps = (await readdir(folder)).flatMap((name) => {
    const match = /^checkpoint-(0|[1-9]\d{0,14})$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
  return steps.sort((a, b) => b - a);
}

async function readOne(path: string, step: number, owner: CheckpointOwner): Promise<Checkpoint> {
  const manifest = await readManifest(join(path, 'manifest.json'));
  if (manifest.step !== step) throw new Unusable(`its manifest is of step ${manifest.step}`);
  if (manifest.kind !== owner.kind) throw new Unusable(`it is of a run of kind ${manifest.kind.slice(0, 40)}, and this one is of kind ${owner.kind}`);
  if (manifest.run !== owner.identity) throw new Unusable('it is of another run, or the settings in run.json were changed since');
  for (const [name, expected] of Object.entries(manifest.files)) {
    if (expected === undefined) continue;
    // Of another size, it need not be read to the end.
    const { size } = await stat(join(path, name));
    if (size !== expected.bytes) throw new Unusable(`${name} is damaged: it has ${size} bytes, not ${expected.bytes}`);
    const { bytes, sha256 } = await fingerprint(join(path, name));
    if (bytes !== expected.bytes || sha256 !== expected.sha256) throw new Unusable(`${name} is damaged: its checksum differs`);
  }
  const state = JSON.parse(await readFile(join(path, stateFile), 'utf8')) as JsonObject;
  const tensors: Record<string, Float32Array> = {};
  if (manifest.files[tensorsFile] !== undefined) {
    const source = await openSafetensors(join(path, tensorsFile));
    for (const name of source.tensors.keys()) tensors[name] = await source.read(name);
  }
  return { step, snapshot: { tensors, state } };
}

async function readManifest(path: string): Promise<Manifest> {
  const { size } = await stat(path);
  if (size > maxManifestBytes) throw new Unusable(`manifest.json has ${size} bytes, which is no manifest`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Unusable('manifest.json is damaged');
    throw error;
  }
  const v = (json as { v?: unknown } | null)?.v;
  if (typeof v === 'number' && v !== version) throw new Unusable(`it is of format ${v}, from another version of Plumbline; this one reads format ${version}`);
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Unusable('manifest.json is damaged');
}

async function fingerprint(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'r');
  try {
    const chunk = Buffer.alloc(1 << 20);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function writeSynced(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flush: true });
}
