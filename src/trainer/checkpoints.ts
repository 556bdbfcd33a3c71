import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../base/errors';
import type { JsonObject } from '../base/json';
import { syncFolder } from '../modelio/atomic';
import { openSafetensors } from '../modelio/safetensors';
import { writeSafetensors } from '../modelio/write-safetensors';
import type { Snapshot } from '../training/algorithm';

/** How many checkpoints a run folder keeps: if the last one is damaged, there is the one before. */
const kept = 2;

/** Written last: a checkpoint without it, or with files that do not match it, is not one. */
const manifestSchema = z.object({
  v: z.literal(1),
  step: z.int().min(0),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() })),
});

export interface Checkpoint {
  readonly step: number;
  readonly snapshot: Snapshot;
}

export const checkpointName = (step: number): string => `checkpoint-${step}`;

/**
 * Writes `checkpoint-<step>/` under a temporary name, fsyncs, renames and fsyncs the run folder; then older ones but the last
 * {@link kept} are removed.
 */
export async function writeCheckpoint(folder: string, step: number, { tensors, state }: Snapshot): Promise<void> {
  const temporary = join(folder, `.${checkpointName(step)}.tmp`);
  const target = join(folder, checkpointName(step));
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  const names = ['state.json'];
  await writeSynced(join(temporary, 'state.json'), JSON.stringify(state));
  if (Object.keys(tensors).length > 0) {
    names.push('tensors.safetensors');
    await writeSafetensors(join(temporary, 'tensors.safetensors'), Object.entries(tensors).map(([name, data]) => ({ name, shape: [data.length], data })));
  }
  const files: z.infer<typeof manifestSchema>['files'] = {};
  for (const name of names) files[name] = await fingerprint(join(temporary, name));
  await writeSynced(join(temporary, 'manifest.json'), JSON.stringify({ v: 1, step, files } satisfies z.infer<typeof manifestSchema>));
  await syncFolder(temporary);
  // There is one of this number only if it was damaged and the run went on from the one before.
  await rm(target, { recursive: true, force: true });
  await rename(temporary, target);
  await syncFolder(folder);
  for (const old of (await checkpointSteps(folder)).filter((s) => s !== step).slice(kept - 1)) {
    await rm(join(folder, checkpointName(old)), { recursive: true, force: true });
  }
}

/**
 * The newest checkpoint that is whole. Damaged ones are reported to `warn` and passed over; temporary folders of writers that
 * were killed are removed.
 */
export async function readCheckpoint(folder: string, warn: (message: string) => void): Promise<Checkpoint | undefined> {
  for (const name of await readdir(folder)) if (/^\.checkpoint-\d+\.tmp$/.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  for (const step of await checkpointSteps(folder)) {
    try {
      return await readOne(join(folder, checkpointName(step)), step);
    } catch (error) {
      warn(`${checkpointName(step)} cannot be used (${messageOf(error)}); going back to the one before.`);
    }
  }
  return undefined;
}

/** Newest first. */
async function checkpointSteps(folder: string): Promise<number[]> {
  const steps = (await readdir(folder)).flatMap((name) => {
    const match = /^checkpoint-(\d+)$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
  return steps.sort((a, b) => b - a);
}

async function readOne(path: string, step: number): Promise<Checkpoint> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')));
  if (manifest.step !== step) throw new Error(`its manifest is of step ${manifest.step}`);
  for (const [name, expected] of Object.entries(manifest.files)) {
    const { bytes, sha256 } = await fingerprint(join(path, name));
    if (bytes !== expected.bytes || sha256 !== expected.sha256) throw new Error(`${name} is damaged`);
  }
  const state = JSON.parse(await readFile(join(path, 'state.json'), 'utf8')) as JsonObject;
  const tensors: Record<string, Float32Array> = {};
  if (manifest.files['tensors.safetensors'] !== undefined) {
    const source = await openSafetensors(join(path, 'tensors.safetensors'));
    for (const name of source.tensors.keys()) tensors[name] = await source.read(name);
  }
  return { step, snapshot: { tensors, state } };
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
