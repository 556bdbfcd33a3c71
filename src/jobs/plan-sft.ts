import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UserError, messageOf } from '../base/errors';
import { parseJsonLines } from '../base/lines';
import type { Problem, Read } from '../base/problems';
import { plural } from '../base/text';
import { contentOf, hashPrompt } from '../domain/content';
import { splitPrompts } from '../domain/split';
import type { PromptContent } from '../domain/records';
import { messageSchema } from '../protocol/data';
import type { Example } from '../protocol/data';
import { sftParamsSchema } from '../protocol/run';
import type { RunPlan } from './create';
import { findModel } from './model-ref';
import { common, examplePrompt, mergeParams, readData } from './plan';
import type { Data, PlanContext, PlanOptions, Planned } from './plan';
import { comparisonsOf } from './plan-reward';

export interface SftOptions extends PlanOptions {
  /** The model to train: a model of the project, a run or a folder. Not used with `params.deNovo`. */
  readonly base?: string;
  /** What is learned: a JSONL file, the answers that labelers liked best (`chosen`), or the prompts' `reference` answers. */
  readonly from: { readonly file: string } | 'chosen' | 'reference';
}

/** Supervised fine-tuning on desired answers. @throws UserError when there are none, or no model. */
export async function planSft(context: PlanContext, options: SftOptions): Promise<Planned<Extract<RunPlan, { run: { kind: 'sft' } }>>> {
  const data = await readData(context.workspace);
  const { records, problems } = await examplesOf(context.workspace.root, data, options.from);
  const params = mergeParams(sftParamsSchema, data.project.defaults.sft, options.params);
  const base = params.deNovo === undefined ? await findModel(context.workspace, data.project, context.runs, 'policy', options.base) : undefined;
  const test = records.filter((e) => e.split === 'test').length;
  const what = typeof options.from === 'string' ? `${options.from} answers` : basename(options.from.file);
  return {
    plan: {
      run: {
        ...common(options, `sft on ${what}`),
        kind: 'sft',
        models: base === undefined ? {} : { base: base.path },
        hashes: base === undefined ? {} : { base: base.hash },
        parents: base?.run === undefined ? {} : { base: base.run },
        params,
      },
      data: records,
    },
    says: `${plural(records.length - test, 'example')} to train on, ${test} held out (${what}).`,
    problems: [...data.problems, ...problems],
  };
}

/** Desired answers with the side of the split that each is on. @throws UserError when there are none. */
export async function examplesOf(root: string, data: Data, from: SftOptions['from']): Promise<Read<Example<'sft'>>> {
  const read = from === 'chosen' ? chosen(data) : from === 'reference' ? references(data) : await readSftFile(resolve(root, from.file), data);
  if (!read.records.some((e) => e.split === 'train')) {
    throw from === 'chosen'
      ? new UserError('jobs.no-labels', 'No label says which answer is best: rank some answers first (Plumbline: Label Answers).', { title: 'Label answers', command: 'plumbline.rank' })
      : from === 'reference'
        ? new UserError('jobs.no-references', 'No prompt has a "reference" answer. Import prompts with references, or choose another source.', { title: 'Import prompts', command: 'plumbline.import' })
        : new UserError('jobs.no-examples', `${from.file} holds no examples to train on. A line is {"prompt": …, "completion": …}, {"messages": […]} or {"text": …}.`);
  }
  return read;
}

/** The answer of each judged prompt with the greatest net weight of won comparisons. */
function chosen(data: Data): Read<Example<'sft'>> {
  const { examples, problems } = comparisonsOf(data);
  const records = examples.map((e): Example<'sft'> => {
    const net = e.responses.map(() => 0);
    for (const { i, j, p, weight } of e.pairs) {
      net[i]! += weight * (2 * p - 1);
      net[j]! -= weight * (2 * p - 1);
    }
    return { prompt: examplePrompt(e.prompt), completion: e.responses[net.indexOf(Math.max(...net))]!, split: e.split, labels: [...new Set(e.pairs.map((p) => p.label))] };
  });
  return { records, problems };
}

function references(data: Data): Read<Example<'sft'>> {
  const records = data.prompts.flatMap((s) => s.records).flatMap((p): Example<'sft'>[] => {
    const content = contentOf(p);
    return p.reference === undefined ? [] : [{ prompt: examplePrompt(content), completion: p.reference, split: data.splits.get(hashPrompt(content)) ?? 'train' }];
  });
  return { records, problems: [] };
}

type Loose = Record<string, unknown>;

/** Lines of a JSONL file in TRL's forms: prompt and completion (text, or message lists), messages whose last is the answer, or plain text. */
export async function readSftFile(path: string, data: Data): Promise<Read<Example<'sft'>>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError('jobs.sft-file', `${path} cannot be read: ${messageOf(error)}`);
  });
  const { records: lines, problems } = parseJsonLines(text, path);
  const wrong: Problem[] = [...problems];
  const found: { example: Example<'sft'>; key: string; split: 'train' | 'test' | undefined }[] = [];
  for (const { line, value } of lines) {
    const read = example(value);
    if (read === undefined) wrong.push({ file: path, line, severity: 'error', message: 'not {"prompt", "completion"}, {"messages"} with an answer at the end, or {"text"}' });
    else found.push({ ...read, split: splitOf(value) });
  }
  const explicit = new Map(found.flatMap((f) => (f.split === undefined ? [] : [[f.key, f.split] as const])));
  // Prompts that the workspace knows stay on their side.
  for (const { key } of found) {
    const known = data.splits.get(key);
    if (known !== undefined && !explicit.has(key)) explicit.set(key, known);
  }
  const splits = splitPrompts(found.map((f) => f.key), data.project.split, explicit);
  return { records: found.map(({ example: e, key }) => ({ ...e, split: splits.get(key) ?? 'train' })), problems: wrong };
}

function example(value: unknown): { example: Example<'sft'>; key: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { prompt, completion, messages, text } = value as Loose;
  if (typeof text === 'string' && text.trim() !== '') return { example: { text, split: 'train' }, key: hashPrompt(text) };
  const conversation = messageList(messages);
  if (conversation !== undefined && conversation.at(-1)?.role === 'assistant' && conversation.length >= 2) return pair(conversation.slice(0, -1), conversation.at(-1)!.content);
  const asked = typeof prompt === 'string' ? prompt : messageList(prompt);
  const answer = typeof completion === 'string' ? completion : messageList(completion)?.[0]?.content;
  return asked === undefined || answer === undefined || answer === '' ? undefined : pair(asked, answer);
}

function pair(content: PromptContent, completion: string): { example: Example<'sft'>; key: string } {
  return { example: { prompt: examplePrompt(content), completion, split: 'train' }, key: hashPrompt(content) };
}

function messageList(value: unknown): { role: string; content: string }[] | undefined {
  const parsed = messageSchema.array().min(1).safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function splitOf(value: unknown): 'train' | 'test' | undefined {
  const split = (value as Loose)['split'];
  return split === 'train' || split === 'test' ? split : undefined;
}
