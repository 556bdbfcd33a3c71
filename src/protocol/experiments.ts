import * as z from 'zod';

/**
 * A line of `.plumbline/experiments.jsonl`: what somebody noted about a run. `run.json` never changes; this file only grows, so that git merges
 * it (`merge=union`), and the latest of each thing counts.
 */
export const experimentLineSchema = z.object({
  v: z.literal(1),
  id: z.string().min(1),
  /** The id of the run. */
  run: z.string().min(1).max(300),
  at: z.iso.datetime(),
  star: z.boolean().optional(),
  /** Empty: no note any more. */
  note: z.string().max(20_000).optional(),
  addTags: z.array(z.string().trim().min(1).max(60)).max(50).optional(),
  removeTags: z.array(z.string().max(60)).max(50).optional(),
});
export type ExperimentLine = z.infer<typeof experimentLineSchema>;

/** What is noted about a run. */
export interface RunNote {
  readonly star: boolean;
  readonly note: string;
  /** Sorted. */
  readonly tags: readonly string[];
}

export const emptyNote: RunNote = { star: false, note: '', tags: [] };

/** The notes by run: lines in the order of their times, whatever order a merge has brought them into. Pure. */
export function foldNotes(lines: readonly ExperimentLine[]): Map<string, RunNote> {
  const notes = new Map<string, RunNote>();
  const ordered = lines.map((line, i) => ({ line, i, at: Date.parse(line.at) })).sort((a, b) => a.at - b.at || a.i - b.i);
  for (const { line } of ordered) {
    const { star, note, tags } = notes.get(line.run) ?? emptyNote;
    const next = new Set(tags);
    for (const tag of line.removeTags ?? []) next.delete(tag);
    for (const tag of line.addTags ?? []) next.add(tag);
    notes.set(line.run, { star: line.star ?? star, note: line.note ?? note, tags: [...next].sort() });
  }
  return notes;
}
