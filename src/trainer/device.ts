import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { UserError } from '../base/errors';
import type { Provider } from '../training/device';
import type { DeviceSetting } from '../protocol/run';
import { recall, remember } from './device-cache';
import type { ProbeLine } from './probe';

/** What computes a run, and why, in words for people. */
export interface Choice {
  readonly provider: Provider;
  readonly why: string;
}

/** What became of a probe. */
export type Probed =
  | { readonly works: false; readonly why: string }
  | { readonly works: true; /** Absent when it was not asked for, or the device took too long. */ readonly times?: { readonly cpu: number; readonly device: number } };

/** `auto` takes the device when a step takes at most this share of the CPU's time: less is not worth other rounding. */
const worthwhile = 0.8;

/** How long a probe may take until its tiny step is right, and after that for measuring, in milliseconds. */
const limits = { auto: { right: 20_000, measured: 30_000 }, asked: { right: 180_000, measured: 0 } };

/** What to do when a device that was asked for cannot be had. */
const cures: Readonly<Record<Provider, string>> = {
  cpu: '',
  webgpu: 'Install a driver for the graphics processor (on Linux a Vulkan driver and libvulkan1), or set the device to auto or cpu',
  cuda: 'Put the files of onnxruntime-linux-x64-gpu of the same version beside the libonnxruntime of the extension and install CUDA 12 and cuDNN 9, or set the device to webgpu, auto or cpu',
  dml: 'It needs Windows; set the device to webgpu, auto or cpu',
  coreml: 'It needs macOS; set the device to webgpu, auto or cpu',
};

/**
 * Decides what computes a run. `auto` measures WebGPU against the CPU, once a machine, and takes what is quicker; a device that is named is
 * taken or refused, never replaced.
 * @param before what computed the run until it was stopped: it goes on there, so that its numbers are of one kind.
 * @throws UserError when the device cannot be had.
 */
export async function chooseDevice(asked: DeviceSetting, threads: number, before?: Provider, run: typeof runProbe = runProbe): Promise<Choice> {
  if (asked === 'cpu') return { provider: 'cpu', why: 'asked for' };
  if (asked === 'auto' && before === 'cpu') return { provider: 'cpu', why: 'auto: the run began there' };
  const named = asked === 'auto' ? before : asked;
  if (named !== undefined) {
    const probed = await run(named, threads, false);
    if (!probed.works) throw new UserError(`device.${named}`, `The device ${named} cannot be used${before === named && asked === 'auto' ? ', on which this run began' : ''}: ${probed.why}. ${cures[named]}.`);
    return { provider: named, why: `${asked === 'auto' ? 'auto: the run began there' : 'asked for'}; a training step gave the numbers of the CPU` };
  }
  const known = recall(threads);
  if (known !== undefined) return known;
  const choice = judge(await run('webgpu', threads, true), threads);
  remember(threads, choice);
  return choice;
}

/** The rule of `auto`. */
export function judge(probed: Probed, threads: number): Choice {
  if (!probed.works) return { provider: 'cpu', why: `auto: webgpu is out, ${probed.why}` };
  const { times } = probed;
  if (times === undefined) return { provider: 'cpu', why: `auto: webgpu works, but took longer than ${limits.auto.measured / 1000} s for a few small training steps` };
  const both = `a training step of a small model takes ${Math.round(times.device)} ms with webgpu and ${Math.round(times.cpu)} ms with ${threads} thread${threads === 1 ? '' : 's'} of the CPU`;
  return { provider: times.device <= worthwhile * times.cpu ? 'webgpu' : 'cpu', why: `auto: ${both}` };
}

/**
 * Probes a provider in a process of its own: one that crashes or hangs there is out, and this one goes on.
 * @param command how that process is started; a test gives another.
 */
export async function runProbe(provider: Provider, threads: number, measure: boolean, command: readonly string[] = [process.argv[1]!, 'probe'], limit = measure ? limits.auto : limits.asked): Promise<Probed> {
  const child = spawn(process.execPath, [...command, provider, String(threads), ...(measure ? ['measure'] : [])], { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  const lines: ProbeLine[] = [];
  const late = { right: false, measured: false };
  let timer = setTimeout(() => {
    late.right = true;
    child.kill('SIGKILL');
  }, limit.right);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = parse(line);
    if (said === undefined) return;
    lines.push(said);
    if (said.stage !== 'right') return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      late.measured = true;
      child.kill('SIGKILL');
    }, measure ? limit.measured : 10_000);
  });
  const ended = await new Promise<string>((resolve) => {
    child.on('error', (error) => { resolve(error.message); });
    child.on('close', (code, signal) => { resolve(signal === null ? `code ${String(code)}` : signal); });
  });
  clearTimeout(timer);
  const out = lines.find((line) => line.stage === 'out');
  if (out !== undefined) return { works: false, why: out.why };
  if (!lines.some((line) => line.stage === 'right')) return { works: false, why: late.right ? `it did not finish a tiny training step within ${limit.right / 1000} s` : `the process that tried it crashed (${ended})` };
  const times = lines.find((line) => line.stage === 'measured');
  if (times === undefined && measure && !late.measured) return { works: false, why: `the process that measured it crashed (${ended})` };
  return { works: true, ...(times === undefined ? {} : { times: { cpu: times.cpu, device: times.device } }) };
}

/** Libraries of graphics drivers print what they like. */
function parse(line: string): ProbeLine | undefined {
  try {
    const value = JSON.parse(line) as ProbeLine;
    return ['out', 'right', 'measured'].includes(value.stage) ? value : undefined;
  } catch {
    return undefined;
  }
}
