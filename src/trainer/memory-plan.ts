import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf, UserError } from '../base/errors';
import type { Device } from '../training/device';
import type { MemoryPart } from '../training/memory';
import { activations, passPlans, passWords, type PassNeeds, type PassPlan } from '../training/pass-plan';
import { freeMemory, gigabytes, planRun, totalBytes } from './plan';

/** `memory.json` of a run folder: how its passes are cut. It is chosen when the run first starts, so that a resumed run does the same sums. */
const fileSchema = z.object({ v: z.literal(1), maxCells: z.int().min(1), recompute: z.boolean(), maxSlots: z.int().min(1).optional() });

/** What a training run needs, and what it may take. */
export interface MemoryQuestion {
  /** What the run does, in words. */
  readonly what: string;
  readonly needs: readonly PassNeeds[];
  /** Memory that does not depend on how passes are cut. */
  readonly fixed: readonly MemoryPart[];
  /** What is in memory only while no pass of training runs. */
  readonly turns?: readonly MemoryPart[] | undefined;
  /** Gigabytes, or what is free. */
  readonly budget: number | 'auto';
  readonly threads: number;
  /** Where the run computes: layers are computed again on the processor only. */
  readonly device: Device;
  /** All weights are trained: an adapter would need less. */
  readonly whole: boolean;
}

export interface ChosenMemory {
  readonly pass: PassPlan;
  /** The plan of the run, in words. */
  readonly plan: string;
  readonly warnings: readonly string[];
  /** What is to be told when memory ran out all the same. The next smaller plan is written down, so that the run goes on with it when it is resumed. */
  ranOut(): string;
}

/**
 * What takes turns counts together, because the heap that one leaves is hardly of use to the other (measured: PPO of 15M parameters takes 1.28 to 1.4 GB;
 * by the larger one alone it would be 1.09 GB); a third fits between.
 */
function inTurns(parts: readonly MemoryPart[]): MemoryPart {
  const [first, second] = parts.toSorted((a, b) => b.bytes - a.bytes);
  return second === undefined ? first! : { what: first!.what, bytes: first!.bytes + second.bytes };
}

/** So much of what is free is left to others. */
const reserve = (free: number): number => Math.min(500e6, 0.05 * free);

/**
 * The fastest way to cut passes that fits into the budget and into what is free, or that of `memory.json` where it still fits.
 * @throws UserError when none fits, with what would help.
 */
export function chooseMemory(folder: string, { what, needs, fixed, turns = [], budget, threads, device, whole }: MemoryQuestion, free = freeMemory()): ChosenMemory {
  const path = join(folder, 'memory.json');
  const partsOf = (pass: PassPlan): MemoryPart[] => [...fixed, inTurns([activations(needs, pass), ...turns])];
  const bytesOf = (pass: PassPlan): number => totalBytes(partsOf(pass));
  const limit = Math.min(budget === 'auto' ? Infinity : budget * 1e9, free - reserve(free));
  const plans = passPlans(needs).filter((p) => !p.recompute || device.provider === 'cpu');
  const recorded = readChoice(path);
  const smaller = (than: PassPlan): PassPlan | undefined => plans.filter((p) => bytesOf(p) < 0.95 * bytesOf(than)).sort((a, b) => bytesOf(b) - bytesOf(a))[0];
  const fits = (pass: PassPlan): boolean => bytesOf(pass) <= limit;
  const chosen = recorded !== undefined && bytesOf(recorded) <= free ? recorded : plans.find(fits);
  if (chosen === undefined) {
    const least = plans.reduce((a, b) => (bytesOf(b) < bytesOf(a) ? b : a));
    const bound = limit < free - reserve(free) ? `memoryBudget allows ${gigabytes(limit)}` : `${gigabytes(free)} are free`;
    const cure = limit < free - reserve(free) ? 'Raise memoryBudget' : 'Close other programs';
    throw new UserError('run.memory', `This run needs at least ${gigabytes(bytesOf(least))} of memory (${partWords(partsOf(least))}); ${bound}. ${cure}, or choose ${advice(whole)}.`);
  }
  const warnings = recorded !== undefined && chosen !== recorded ? [`less memory is free than when this run began: it goes on with ${passWords(needs[0]!, chosen)}, so that the last digits may differ from those of an uninterrupted run.`] : [];
  if (chosen !== recorded) writeChoice(path, chosen);
  return {
    pass: chosen,
    plan: planRun(`${what}; ${passWords(needs[0]!, chosen)}`, partsOf(chosen), threads, free),
    warnings,
    ranOut() {
      const next = smaller(chosen);
      const ran = `The memory ran out: this run was to need ${gigabytes(bytesOf(chosen))}, ${gigabytes(free)} were free when it started.`;
      if (next === undefined) return `${ran} No smaller plan is left for it. Close other programs and resume it, or start one with ${advice(whole)}.`;
      writeChoice(path, next);
      return `${ran} Resume it: it goes on from its last checkpoint with ${passWords(needs[0]!, next)}, in about ${gigabytes(bytesOf(next))}. Or start one with ${advice(whole)}.`;
    },
  };
}

const advice = (whole: boolean): string => `${whole ? 'an adapter (lora) instead of all weights, ' : ''}a smaller model, shorter texts or smaller batches`;
const partWords = (parts: readonly MemoryPart[]): string => parts.map((p) => `${p.what} ${gigabytes(p.bytes)}`).join(', ');

function readChoice(path: string): PassPlan | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { maxCells, recompute, maxSlots } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { maxCells, recompute, ...(maxSlots !== undefined && { maxSlots }) };
  } catch (error) {
    throw new UserError('run.memoryFile', `${path} does not say how the run cuts its passes (${messageOf(error)}). Delete it to have them chosen anew.`);
  }
}

function writeChoice(path: string, pass: PassPlan): void {
  writeFileSync(path, `${JSON.stringify({ v: 1, ...pass } satisfies z.infer<typeof fileSchema>)}\n`, { flush: true });
}

/** Whether an error says that memory could not be had: ONNX Runtime's and V8's words for it. */
export function isOutOfMemory(error: unknown): boolean {
  return /bad_alloc|Failed to allocate memory|Array buffer allocation failed|BFCArena|Cannot allocate memory|ENOMEM/.test(messageOf(error));
}
