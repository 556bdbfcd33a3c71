import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../base/errors';
import { hashText } from '../base/hash';
import { slug } from '../base/ids';
import { parseJsonLines } from '../base/lines';
import { createRng } from '../base/rng';
import { generation, hashPrompt, response, runSource } from '../domain/content';
import { blindWinRate, type BlindPair, type BlindWinRate } from '../domain/evaluation/blind';
import { foldLabels } from '../domain/labels';
import type { Generation, PromptContent } from '../domain/records';
import { exampleSchemas } from '../protocol/data';
import type { RunOf } from '../protocol/run';
import { addGenerations } from '../store/add-import';
import { readLabels } from '../store/label-files';
import type { Workspace } from '../store/workspace';
import type { EvaluationExtras } from './evaluation-report';
import { readSpec } from './folder';
import { readAttacks } from './attacks';
import { attackRates } from '../domain/red-team/rates';
import type { RunView } from './view';

const line = z.object({ promptHash: z.string(), text: z.string(), finished: z.boolean(), reference: z.object({ text: z.string(), finished: z.boolean() }) });

/** The answers of an evaluation and its reference, by pairs. @throws UserError when the run has compared nothing. */
async function pairsOf(run: RunView): Promise<z.infer<typeof line>[]> {
  const output = run.outputs?.['samples'];
  if (run.kind !== 'evaluate' || run.state !== 'finished' || output === undefined) throw new UserError('jobs.not-evaluation', `The run "${run.id}" is a ${run.kind} run and ${run.state}: what people compare are the answers of a finished evaluation.`);
  const file = join(run.folder, output);
  const pairs = parseJsonLines(await readFile(file, 'utf8'), file).records.flatMap(({ value }) => line.safeParse(value).data ?? []);
  if (pairs.length === 0) throw new UserError('jobs.no-reference', `The evaluation "${run.name}" has no answers of a reference to compare with. Evaluate again with a reference (Plumbline: Evaluate a Model).`, { title: 'Evaluate a model', command: 'plumbline.evaluate' });
  return pairs;
}

/** The name of the set of answers that people compare. */
export const blindSetName = (run: Pick<RunView, 'id'>): string => `compare-${slug(run.id)}`;

/**
 * Puts the answers of an evaluation and its reference before people: a set of pairs for the labeling panel, which shows them in random order
 * without their sources. Pairs of the same text are left out. Made once; a second call adds nothing. @throws UserError as {@link pairsOf}, or when all pairs are the same.
 */
export async function makeBlindComparison(workspace: Workspace, run: RunView): Promise<{ set: string; items: number; same: number }> {
  const pairs = await pairsOf(run);
  const spec = (await readSpec(run.folder)) as RunOf<'evaluate'>;
  const contents = await promptsOf(run);
  const source = (role: 'policy' | 'reference'): string => (spec.parents[role] === undefined ? slug(basename(spec.models[role]!)) : runSource('policy', spec.parents[role]));
  const items = new Map<string, Generation>();
  let same = 0;
  for (const { promptHash, text, finished, reference } of pairs) {
    const content = contents.get(promptHash);
    if (content === undefined) continue;
    if (text === reference.text) {
      same++;
      continue;
    }
    const id = `g-${hashText(`${run.id} ${promptHash} ${hashText(text)} ${hashText(reference.text)}`).slice(7, 23)}`;
    items.set(id, generation(content, [response(text, source('policy'), finished), response(reference.text, source('reference'), reference.finished)], id));
  }
  if (items.size === 0) throw new UserError('jobs.same-answers', `All ${same} answers of "${run.name}" are the same as the reference's: there is nothing to compare.`);
  await addGenerations(workspace, blindSetName(run), [...items.values()]);
  return { set: blindSetName(run), items: items.size, same };
}

async function promptsOf(run: RunView): Promise<Map<string, PromptContent>> {
  const file = join(run.folder, 'data.jsonl');
  const contents = new Map<string, PromptContent>();
  for (const { value } of parseJsonLines(await readFile(file, 'utf8'), file).records) {
    const example = exampleSchemas.evaluate.safeParse(value).data;
    if (example !== undefined && 'prompt' in example && !('completion' in example)) contents.set(example.promptHash ?? hashPrompt(example.prompt), example.prompt);
  }
  return contents;
}

/** What people have said so far; undefined when nobody has said anything, or the run has compared nothing. */
export async function readBlindWinRate(workspace: Workspace, run: RunView): Promise<BlindWinRate | undefined> {
  const pairs = await pairsOf(run).catch((error: unknown) => {
    if (error instanceof UserError) return [];
    throw error;
  });
  const { current } = foldLabels((await readLabels(workspace)).records);
  const known = pairs.map((p): BlindPair => ({ promptHash: p.promptHash, own: hashText(p.text), other: hashText(p.reference.text) }));
  return blindWinRate(known, current, createRng(run.id));
}

/** What the report of an evaluation shows beside its own numbers: people's comparisons, and the newest attacks on the same model. */
export async function evaluationExtras(workspace: Workspace, runs: readonly RunView[], run: RunView): Promise<EvaluationExtras> {
  const spec = await readSpec(run.folder);
  const people = run.kind === 'evaluate' ? await readBlindWinRate(workspace, run) : undefined;
  let attacks: EvaluationExtras['attacks'] = null;
  for (const r of runs.filter((x) => x.kind === 'attack' && x.state === 'finished').sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const attacked = await readSpec(r.folder);
    if (spec.kind !== 'evaluate' || attacked.hashes['policy'] === undefined || attacked.hashes['policy'] !== spec.hashes['policy']) continue;
    const { all } = attackRates((await readAttacks(r)).records);
    if (all.rate !== undefined) attacks = { run: r.id, rate: all.rate.share, attacks: all.judged };
    break;
  }
  return { people: people ?? null, attacks };
}
