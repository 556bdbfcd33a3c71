import { availableParallelism, totalmem } from 'node:os';
import { UserError } from '../base/errors';
import type { RunSpec } from '../protocol/run';
import type { MemoryPart } from '../training/memory';

/** ONNX Runtime, Node and the tokenizer, before any model. */
const baseBytes = 115e6;

/** Of a process with these parts. */
export function totalBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, p) => sum + p.bytes, baseBytes);
}

/** Threads for one operator: what the run asks for, or all cores. */
export function threadsOf(spec: RunSpec): number {
  return spec.threads > 0 ? spec.threads : availableParallelism();
}

/** Bytes that this process can still get, containers' limits included. */
export function freeMemory(): number {
  // macOS counts what it could give back at once as used, so that little seems free.
  return process.platform === 'darwin' ? 0.7 * totalmem() : process.availableMemory();
}

/**
 * Says in words what a run will do and what memory it needs.
 * @throws UserError when the machine does not have so much, with what would help.
 */
export function planRun(what: string, parts: readonly MemoryPart[], threads: number, free = freeMemory()): string {
  const total = totalBytes(parts);
  const estimate = `about ${gigabytes(total)} of memory (${parts.map((p) => `${p.what} ${gigabytes(p.bytes)}`).join(', ')})`;
  if (total > free) {
    throw new UserError('run.memory', `This run needs ${estimate}; ${gigabytes(free)} are free. Close other programs, or choose a smaller model, shorter texts or smaller batches.`);
  }
  return `${what}. ${estimate[0]!.toUpperCase()}${estimate.slice(1)}, ${gigabytes(free)} free; ${threads} thread${threads === 1 ? '' : 's'}.`;
}

/** `1.2 GB`, `35 MB`. */
export function gigabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

/** `1.2 million`, `650 thousand`: sizes of models. */
export function count(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)} billion`;
  if (n < 1e3) return String(n);
  return n >= 1e6 ? `${(n / 1e6).toFixed(1)} million` : `${Math.round(n / 1e3)} thousand`;
}
