import { UserError } from '../base/errors';
import type { Problem } from '../base/problems';
import { pipelineSchema, sweepSchema } from '../protocol/many-runs';
import type { Pipeline, Stage, Sweep } from '../protocol/many-runs';
import type { Workspace } from '../store/workspace';
import { collectGenerations } from './collect';
import type { PlanOptions } from './plan';
import { planAny } from './plan-any';
import type { Runs } from './runs';
import { sameRun } from './same-run';
import { describeRun, isActive } from './view';
import type { RunView } from './view';

/** What is told while a pipeline runs. */
export interface PipelineStep {
  readonly stage: string;
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** `skipped`: a finished run with the same inputs is there. `joined`: such a run is at work or waits. */
  readonly what: 'skipped' | 'joined' | 'resumed' | 'started' | 'finished';
  readonly says: string;
  readonly run?: string;
  readonly problems: readonly Problem[];
}

export interface PipelineResult {
  readonly stages: readonly { readonly id: string; readonly run: string; readonly skipped: boolean; readonly summary: Readonly<Record<string, number>> }[];
}

export interface PipelineOptions extends PlanOptions {
  /** Follows a run to its end. */
  readonly follow?: (id: string) => Promise<RunView>;
  readonly tell: (step: PipelineStep) => void;
  readonly signal?: AbortSignal;
}

/** A pipeline's file. @throws UserError that names the file, the place and what is wrong with it. */
export function parsePipeline(text: string, file: string): Pipeline {
  const pipeline = parsed(text, file, 'jobs.pipeline', (value) => pipelineSchema.safeParse(value));
  const before = new Set<string>();
  for (const stage of pipeline.stages) {
    if (before.has(stage.id)) throw new UserError('jobs.pipeline', `${file}: two stages are called "${stage.id}".`);
    for (const [role, model] of Object.entries(stage.models)) {
      if (!model.startsWith('@') || before.has(model.slice(1))) continue;
      const later = pipeline.stages.some((s) => s.id === model.slice(1));
      throw new UserError('jobs.pipeline', `${file}: the stage "${stage.id}" takes ${model} as its ${role}, ${later ? 'which does not come before it' : `but there is no stage "${model.slice(1)}"`}.${before.size === 0 ? '' : ` Before it are ${[...before].map((id) => `@${id}`).join(', ')}.`}`);
    }
    before.add(stage.id);
  }
  return pipeline;
}

/** A sweep's file. @throws UserError as {@link parsePipeline}. */
export function parseSweep(text: string, file: string): Sweep {
  return parsed(text, file, 'jobs.sweep', (value) => sweepSchema.safeParse(value));
}

/** A sweep that stands in no file. @throws UserError as {@link parseSweep}. */
export function checkSweep(value: unknown): Sweep {
  return checked(value, 'The sweep', 'jobs.sweep', (v) => sweepSchema.safeParse(v));
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Parse<T> = (value: unknown) => { success: true; data: T } | { success: false; error: { issues: readonly Issue[] } };

function parsed<T>(text: string, file: string, code: string, parse: Parse<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(code, `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return checked(value, file, code, parse);
}

function checked<T>(value: unknown, where: string, code: string, parse: Parse<T>): T {
  const result = parse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new UserError(code, `${where}: ${issue.path.map(String).join('.') || 'the file'}: ${issue.message}.`);
}

/**
 * Runs the stages one after the other. Nothing is kept about a pipeline but its runs: each stage is planned anew, from the models that the stages before
 * have made and from the data as it is now; where a run with the same kind, seed, parameters, data and models has finished, the stage is skipped, where
 * one was stopped or cut off, that goes on. So a pipeline that was interrupted, or changed, does only what is missing.
 * @throws UserError that names the stage that could not be planned or has failed; the stages before it are done.
 */
export async function runPipeline(context: { readonly workspace: Workspace; readonly runs: Runs }, pipeline: Pipeline, options: PipelineOptions): Promise<PipelineResult> {
  const { workspace, runs } = context;
  const { tell, signal, follow = (id: string) => runs.wait(id, signal), ...plans } = options;
  const made = new Map<string, RunView>();
  const done: PipelineResult['stages'][number][] = [];
  for (const [i, stage] of pipeline.stages.entries()) {
    signal?.throwIfAborted();
    const place = { stage: stage.id, number: i + 1, of: pipeline.stages.length };
    const failed = (error: unknown): unknown => (error instanceof UserError ? new UserError(error.code, `Stage ${place.number} of ${place.of}, "${stage.id}" (${stage.run}): ${error.message}`, error.action) : error);
    let view: RunView;
    let skipped: boolean;
    try {
      const planned = await planAny({ workspace, runs: runs.list() }, { ...stage, models: modelsOf(stage, made), seed: stage.seed ?? pipeline.seed, name: stage.name ?? `${pipeline.name ?? 'pipeline'}: ${stage.id}` }, plans);
      const there = await sameRun(runs.list(), planned.plan);
      skipped = there?.state === 'finished';
      if (there === undefined) {
        view = await runs.submit(planned.plan);
        tell({ ...place, what: 'started', says: planned.says, run: view.id, problems: planned.problems });
      } else {
        view = there;
        const what = skipped ? 'skipped' : isActive(there.state) || there.state === 'queued' ? 'joined' : 'resumed';
        tell({ ...place, what, says: what === 'skipped' ? `nothing it depends on has changed since ${there.id}.` : what === 'joined' ? `${there.id} does it already.` : `${there.id} goes on: it was ${there.state} at step ${there.step}.`, run: there.id, problems: planned.problems });
        if (what === 'resumed') await runs.resume(there.id);
      }
      if (!skipped) {
        view = await follow(view.id);
        if (view.state !== 'finished') throw new UserError(view.error?.code ?? 'jobs.pipeline', `${view.id}: ${describeRun(view)}. Mend what is wrong and run the pipeline again: it goes on from here.`);
        if (view.kind === 'generate') await collectGenerations(workspace, view);
        tell({ ...place, what: 'finished', says: '', run: view.id, problems: [] });
      }
    } catch (error) {
      throw failed(error);
    }
    made.set(stage.id, view);
    done.push({ id: stage.id, run: view.id, skipped, summary: view.summary ?? {} });
  }
  return { stages: done };
}

function modelsOf(stage: Stage, made: ReadonlyMap<string, RunView>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stage.models).map(([role, model]) => {
      if (!model.startsWith('@')) return [role, model];
      const run = made.get(model.slice(1))!;
      if (run.outputs?.['model'] === undefined) throw new UserError('jobs.pipeline', `${model} has made no model: it is a ${run.kind} run. It cannot be the ${role} of another stage.`);
      return [role, run.id];
    }),
  );
}

/** What a pipeline would do now: stages are planned as far as the models they need are there. */
export async function planPipeline(context: { readonly workspace: Workspace; readonly runs: readonly RunView[] }, pipeline: Pipeline, plans: PlanOptions = {}): Promise<{ id: string; run?: string; does: 'skip' | 'resume' | 'run' | 'unknown'; says: string }[]> {
  const made = new Map<string, RunView>();
  const steps: { id: string; run?: string; does: 'skip' | 'resume' | 'run' | 'unknown'; says: string }[] = [];
  for (const stage of pipeline.stages) {
    const waits = Object.values(stage.models).filter((m) => m.startsWith('@') && !made.has(m.slice(1)));
    if (waits.length > 0) {
      steps.push({ id: stage.id, does: 'unknown', says: `${stage.run}: depends on ${waits.join(', ')}, which is not there yet.` });
      continue;
    }
    const planned = await planAny(context, { ...stage, models: modelsOf(stage, made), seed: stage.seed ?? pipeline.seed }, plans);
    const there = await sameRun(context.runs, planned.plan);
    if (there?.state === 'finished') made.set(stage.id, there);
    steps.push({ id: stage.id, ...(there === undefined ? {} : { run: there.id }), does: there === undefined ? 'run' : there.state === 'finished' ? 'skip' : 'resume', says: planned.says });
  }
  return steps;
}
