import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { dependencies } from '../../package.json';
import type { Choice } from './device';

/** How long a choice of `auto` is believed, in milliseconds: a device that is out may get its driver any time. */
const fresh = { webgpu: 30 * 86_400_000, cpu: 3_600_000 };

const schema = z.object({ v: z.literal(1), choices: z.record(z.string(), z.object({ at: z.number(), provider: z.enum(['cpu', 'webgpu']), why: z.string() })) });

/** In the user's own folder for such things: a workspace may be a stranger's. */
function cacheFile(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'plumbline', 'device.json');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'plumbline', 'device.json');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'plumbline', 'device.json');
}

/** What a choice depends on; another runtime, processor or driver is measured anew. */
function keyOf(threads: number): string {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES } = process.env;
  return [dependencies['onnxruntime-node'], process.platform, process.arch, cpus()[0]?.model ?? '', threads, VK_DRIVER_FILES ?? VK_ICD_FILENAMES ?? ''].join(' | ');
}

/** What `auto` chose lately. */
export function recall(threads: number, file = cacheFile(), now = Date.now()): Choice | undefined {
  const found = read(file)[keyOf(threads)];
  if (found === undefined || !(now - found.at >= 0 && now - found.at < fresh[found.provider])) return undefined;
  return { provider: found.provider, why: `${found.why} (measured ${new Date(found.at).toISOString().slice(0, 16)}Z)` };
}

/** Keeps a choice. A folder that cannot be written costs another measurement, no run. */
export function remember(threads: number, { provider, why }: Choice, file = cacheFile(), now = Date.now()): void {
  if (provider !== 'cpu' && provider !== 'webgpu') return;
  const choices = { ...read(file), [keyOf(threads)]: { at: now, provider, why } };
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify({ v: 1, choices } satisfies z.infer<typeof schema>));
    renameSync(`${file}.${process.pid}`, file);
  } catch (error) {
    console.error(`the choice of the device is not kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function read(file: string): z.infer<typeof schema>['choices'] {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8'))).choices;
  } catch {
    return {}; // Not there, or of no use: it is measured again.
  }
}
