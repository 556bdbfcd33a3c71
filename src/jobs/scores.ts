import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJsonLines } from '../base/lines';
import type { RunView } from './view';

/** A line of a score run's `scores.jsonl`. */
export const scoreLineSchema = z.object({ v: z.literal(1), promptHash: z.string(), hash: z.string(), scores: z.array(z.number()).min(1) });

/** The key of an answer to a prompt in {@link readScores}. */
export const scoreKey = (promptHash: string, responseHash: string): string => `${promptHash} ${responseHash}`;

/**
 * The scores of the newest finished `score` run and of answers that were sampled and scored since: `${promptHash} ${responseHash}` → one raw score by reward model. Empty when
 * there is no such run, or when its file is gone or cannot be read (a run folder is not tracked by git): then nothing is known
 * about any item, which is what callers do without scores.
 */
export async function readScores(runs: readonly RunView[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const scores = new Map<string, readonly number[]>();
  const scoring = runs.filter((r) => r.state === 'finished' && r.outputs?.['scores'] !== undefined).sort((a, b) => (a.id < b.id ? -1 : 1));
  const last = scoring.findLastIndex((r) => r.kind === 'score');
  // What was sampled and scored since then is not in it.
  for (const run of scoring.slice(Math.max(0, last)).filter((r, i) => r.kind === 'generate' || (i === 0 && r.kind === 'score'))) {
    const file = join(run.folder, run.outputs!['scores']!);
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const { value } of parseJsonLines(text, file).records) {
      const line = scoreLineSchema.safeParse(value).data;
      if (line !== undefined) scores.set(scoreKey(line.promptHash, line.hash), line.scores);
    }
  }
  return scores;
}
