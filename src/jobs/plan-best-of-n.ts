import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { UserError } from '../base/errors';
import { parseJsonLines } from '../base/lines';
import { plural } from '../base/text';
import type { Example } from '../protocol/data';
import { bestOfNParamsSchema, type RunOf } from '../protocol/run';
import type { RunPlan } from './create';
import { readSpec } from './folder';
import { findModel, findRun, membersOf, namedModels } from './model-ref';
import { choosePrompts, common, examplePrompt, mergeParams, readData } from './plan';
import type { PlanContext, PlanOptions, Planned, PromptChoice } from './plan';
import { textsOf } from './plan-evaluate';
import { readTexts } from './texts';

export interface BestOfNOptions extends PlanOptions {
  /** The model to tune: a model of the project, a run or a folder; the project's first policy when left out. */
  readonly policy?: string;
  /** The reward model: a reward run or a folder; the last finished reward run when left out. */
  readonly reward?: string;
  readonly prompts?: PromptChoice;
  /** As in {@link EvaluateOptions}. */
  readonly texts?: string;
  /** A best-of-n run whose answers are taken for the first round instead of drawing them again: of the same model and reward model, sampled alike. */
  readonly answers?: string;
}

type Prompted = Extract<Example<'bestOfN'>, { prompt: unknown }>;

/** Best-of-n fine-tuning with its control. @throws UserError when there are no prompts, no policy or no reward model. */
export async function planBestOfN(context: PlanContext, options: BestOfNOptions = {}): Promise<Planned<Extract<RunPlan, { run: { kind: 'bestOfN' } }>>> {
  const data = await readData(context.workspace);
  const chosen = choosePrompts(data, options.prompts ?? {}, options.seed ?? 0);
  const reward = await findModel(context.workspace, data.project, context.runs, 'reward', options.reward);
  const policy = await findModel(context.workspace, data.project, context.runs, 'policy', options.policy);
  const params = mergeParams(bestOfNParamsSchema, data.project.defaults.bestOfN, options.params);
  const file = options.texts ?? textsOf(data.project);
  const texts = file === undefined || file === 'none' ? { records: [], problems: [] } : await readTexts(context.workspace.root, file);
  const train = chosen.filter((p) => p.split === 'train').length;
  if (train === 0) throw new UserError('jobs.no-prompts', 'All chosen prompts are held out for testing: none is left to tune on. Choose more prompts.', { title: 'Import prompts', command: 'plumbline.import' });
  const examples = chosen.map((p): Prompted => ({ prompt: examplePrompt(p.content), promptHash: p.hash, split: p.split }));
  const rewardMembers = params.ensemble.objective === 'first' ? [] : await membersOf(context.workspace, context.runs, reward);
  const named = namedModels({ policy, reward, rewardMembers });
  const earlier = options.answers === undefined ? undefined : await drawnAnswers(context, options.answers, named.hashes, params);
  const prompts = earlier === undefined ? examples : withDrawn(examples, earlier);
  return {
    plan: {
      run: {
        ...common(options, `best of ${params.n} of ${policy.title}`),
        kind: 'bestOfN',
        models: { ...named.models, policy: policy.path, reward: reward.path },
        hashes: named.hashes,
        parents: { ...named.parents, ...(earlier === undefined ? {} : { answers: earlier.run }) },
        params,
      },
      data: [...prompts, ...texts.records.map((text) => ({ text }))],
    },
    says:
      `The best of ${plural(params.n, 'answer')} to each of ${plural(train, 'prompt')} by ${reward.title}, and as a control one at random${params.rounds > 1 ? `, in ${plural(params.rounds, 'round')}` : ''}; ${chosen.length - train} held out; ${policy.title}.` +
      `${earlier === undefined ? '' : ` Answers of ${earlier.run} are used again.`}${texts.records.length === 0 ? ' No plain texts to measure the alignment tax on: name a file as "evaluation.texts" in project.json.' : ''}`,
    problems: [...data.problems, ...texts.problems],
  };
}

/** A line of a best-of-n run's `answers.jsonl`: an answer drawn from the start, with its score. */
const drawnSchema = z.object({ draw: z.literal('best 1'), promptHash: z.string(), sample: z.int().min(0), ids: z.array(z.int().min(0)), finished: z.boolean(), reward: z.number() });

interface Earlier {
  readonly run: string;
  readonly n: number;
  readonly byPrompt: ReadonlyMap<string, readonly { ids: number[]; finished: boolean; reward: number }[]>;
}

/** The answers of an earlier run. @throws UserError unless they are what this run would draw: same models, same sampling, enough of them. */
async function drawnAnswers({ runs }: PlanContext, name: string, hashes: Readonly<Record<string, string>>, params: RunOf<'bestOfN'>['params']): Promise<Earlier> {
  const run = findRun(runs, name);
  const output = run?.outputs?.['answers'];
  if (run?.kind !== 'bestOfN' || output === undefined) throw new UserError('jobs.no-answers', `"${name}" is no finished best-of-n run: its answers cannot be used again.`);
  const spec = (await readSpec(run.folder)) as RunOf<'bestOfN'>;
  const used = Object.fromEntries(Object.entries(spec.hashes).filter(([role]) => role !== 'data'));
  const differs =
    used['policy'] !== hashes['policy']
      ? 'another policy'
      : !isDeepStrictEqual(used, { ...hashes })
        ? 'another reward model'
        : ((['sampling', 'combine', 'ensemble'] as const).flatMap((name_) => (isDeepStrictEqual(spec.params[name_], params[name_]) ? [] : [`another ${name_}`]))[0] ?? (spec.params.n < params.n ? `only ${spec.params.n} answers a prompt` : undefined));
  if (differs !== undefined) throw new UserError('jobs.other-answers', `The answers of ${run.id} cannot be used again: that run has ${differs}. Leave it out to draw anew.`);
  const file = join(run.folder, output);
  const byPrompt = new Map<string, { ids: number[]; finished: boolean; reward: number }[]>();
  for (const { value } of parseJsonLines(await readFile(file, 'utf8'), file).records) {
    const line = drawnSchema.safeParse(value).data;
    if (line === undefined) continue;
    const list = byPrompt.get(line.promptHash) ?? [];
    byPrompt.set(line.promptHash, list);
    list[line.sample] = { ids: line.ids, finished: line.finished, reward: line.reward };
  }
  if (byPrompt.size === 0) throw new UserError('jobs.no-answers', `${file} holds no drawn answers: that run has taken its own from another. Name that one.`);
  return { run: run.id, n: params.n, byPrompt };
}

/** Prompts to train on that the earlier run has answered; those that are held out stay as they are. */
function withDrawn(examples: readonly Prompted[], { run, n, byPrompt }: Earlier): Prompted[] {
  const kept = examples.flatMap((e): Prompted[] => {
    if (e.split === 'test') return [e];
    const drawn = byPrompt.get(e.promptHash);
    return drawn === undefined || drawn.length < n ? [] : [{ ...e, drawn: drawn.slice(0, n) }];
  });
  if (!kept.some((e) => e.split === 'train')) throw new UserError('jobs.other-answers', `The run ${run} has answered none of the chosen prompts. Leave it out to draw anew.`);
  return kept;
}
