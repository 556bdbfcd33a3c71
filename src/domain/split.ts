import { hashText } from '../base/hash';
import type { Problem } from '../base/problems';
import type { Split } from './records';

export interface SplitOptions {
  /** Share of the prompts that is held out, 0 to under 1. */
  readonly testFraction: number;
  readonly seed: number;
}

/**
 * The side of each prompt. A prompt's own `split` wins; the others fall by the hash of seed and prompt, so that a prompt
 * stays where it is when prompts are added, and no prompt stands on both sides. When chance leaves one side empty that
 * should not be, the prompt nearest to the border crosses it.
 */
export function splitPrompts(hashes: Iterable<string>, options: SplitOptions, explicit: ReadonlyMap<string, Split> = new Map()): Map<string, Split> {
  const { testFraction, seed } = options;
  const sides = new Map<string, Split>();
  const drawn: { hash: string; u: number }[] = [];
  for (const hash of new Set(hashes)) {
    const given = explicit.get(hash);
    const u = uniform(`${seed} ${hash}`);
    if (given === undefined) drawn.push({ hash, u });
    sides.set(hash, given ?? (u < testFraction ? 'test' : 'train'));
  }
  if (testFraction > 0 && drawn.length > 0 && sides.size > 1) {
    drawn.sort((a, b) => a.u - b.u || (a.hash < b.hash ? -1 : 1));
    const all = [...sides.values()];
    if (!all.includes('test')) sides.set(drawn[0]!.hash, 'test');
    else if (!all.includes('train')) sides.set(drawn.at(-1)!.hash, 'train');
  }
  return sides;
}

/** The `split` fields of prompts by hash. Two records of one prompt that disagree are a problem; test wins, which trains on less but leaks nothing. */
export function explicitSplits(prompts: Iterable<{ readonly hash: string; readonly split?: Split | undefined }>): { splits: Map<string, Split>; problems: Problem[] } {
  const splits = new Map<string, Split>();
  const clashes = new Set<string>();
  for (const { hash, split } of prompts) {
    if (split === undefined) continue;
    const known = splits.get(hash);
    if (known !== undefined && known !== split) clashes.add(hash);
    splits.set(hash, known === 'test' ? 'test' : split);
  }
  const problems = [...clashes].map((hash): Problem => ({ file: 'prompts', severity: 'warning', message: `the prompt ${hash} is marked both "train" and "test"; it is held out` }));
  return { splits, problems };
}

/** Uniform in [0, 1) from a text: the first 52 bits of its hash. */
function uniform(text: string): number {
  return parseInt(hashText(text).slice(7, 20), 16) / 2 ** 52;
}
