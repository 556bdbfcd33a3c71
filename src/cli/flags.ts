import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { UserError } from '../base/errors';
import type { PlanOptions, PromptChoice } from '../jobs/plan';
import { deviceSettings, type DeviceSetting } from '../protocol/run';

/** A whole number of at least `min`. For Commander, which prints what was wrong. */
export function whole(min: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!Number.isSafeInteger(n) || n < min) throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
    return n;
  };
}

/** A number above zero. */
export function positive(text: string): number {
  const n = Number(text);
  if (!Number.isFinite(n) || n <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return n;
}

/** For an option that may be given several times. */
export function repeated(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** The options of every command that starts a run. */
export interface RunFlags {
  readonly name?: string;
  readonly seed?: number;
  readonly threads?: number;
  readonly device?: DeviceSetting;
  readonly set?: string[];
  readonly detach?: boolean;
  readonly dryRun?: boolean;
}

/** `--device`. */
export function deviceOption(): Option {
  return new Option('--device <name>', 'what computes (default: auto, the quicker of webgpu and cpu)').choices(deviceSettings);
}

/** Adds {@link RunFlags} to a command. */
export function addRunFlags(command: Command): Command {
  return command
    .option('--name <text>', 'what the run is called')
    .option('--seed <n>', 'the same seed on the same machine gives the same numbers', whole(0))
    .option('--threads <n>', 'threads of the trainer (default: all cores)', whole(0))
    .addOption(deviceOption())
    .option('--set <parameter=value>', 'any parameter of run.json, e.g. --set optimizer.learningRate=1e-4; may be repeated', repeated)
    .option('--detach', 'start (or queue) the run and come back at once')
    .option('--dry-run', 'say what would be done, and do nothing');
}

/** {@link RunFlags} as a plan takes them; `params` are the command's own flags, which `--set` overrules. */
export function planOptions(flags: RunFlags, params: Record<string, unknown>): PlanOptions {
  return {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    ...(flags.device === undefined ? {} : { device: flags.device }),
    params: assign(present(params), flags.set ?? []),
  };
}

/** The options that choose prompts. */
export interface PromptFlags {
  readonly prompts?: string[];
  readonly split?: 'train' | 'test' | 'all';
  readonly limit?: number;
}

/** Adds {@link PromptFlags} to a command. */
export function addPromptFlags(command: Command): Command {
  return command
    .option('--prompts <set>', 'a set of prompts, by name; may be repeated (default: all sets)', repeated)
    .option('--limit <n>', 'at most so many prompts, drawn by the seed', whole(1));
}

/** {@link PromptFlags} as a plan takes them. */
export function promptChoice(flags: PromptFlags): PromptChoice {
  return {
    ...(flags.prompts === undefined ? {} : { sets: flags.prompts }),
    ...(flags.split === undefined ? {} : { split: flags.split }),
    ...(flags.limit === undefined ? {} : { limit: flags.limit }),
  };
}

/** Applies `a.b=value` texts to an object. Values are JSON where they can be, else text. @throws UserError for a text without `=`. */
export function assign(base: Readonly<Record<string, unknown>>, settings: readonly string[]): Record<string, unknown> {
  const result = structuredClone(base) as Record<string, unknown>;
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const keys = setting.slice(0, at).split('.');
    if (at < 1 || keys.some((k) => k === '' || k === '__proto__')) throw new UserError('cli.set', `--set ${setting}: write it as parameter=value, e.g. --set optimizer.learningRate=1e-4.`);
    let object = result;
    for (const key of keys.slice(0, -1)) {
      const inner = object[key];
      object = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : (object[key] = {});
    }
    object[keys.at(-1)!] = parseValue(setting.slice(at + 1));
  }
  return result;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Without the entries that are undefined, and without objects that hold nothing else. */
export function present(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, value]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value === undefined ? [] : [[key, value]];
      const inner = present(value as Record<string, unknown>);
      return Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }),
  );
}
