import { join } from 'node:path';
import { writeAtomically } from '../modelio/atomic';
import type { RunSpec } from '../protocol/run';
import { historyOf } from './tensorboard';

/** `trainer_state.json` as transformers' `TrainerState.load_from_json` takes it; its fields, in its words. */
export interface TrainerState {
  readonly best_global_step: number | null;
  readonly best_metric: number | null;
  readonly best_model_checkpoint: null;
  /** Passes over the data; null where a run does not count them. */
  readonly epoch: number | null;
  readonly eval_steps: number;
  readonly global_step: number;
  readonly is_hyper_param_search: false;
  readonly is_local_process_zero: true;
  readonly is_world_process_zero: true;
  readonly log_history: readonly Readonly<Record<string, number>>[];
  readonly logging_steps: 1;
  readonly max_steps: number;
  readonly num_input_tokens_seen: number;
  readonly num_train_epochs: number;
  readonly save_steps: number;
  readonly stateful_callbacks: Readonly<Record<string, never>>;
  readonly total_flos: 0;
  readonly train_batch_size: number | null;
  readonly trial_name: null;
  readonly trial_params: null;
}

type History = ReturnType<typeof historyOf>;

/**
 * The state from what a run has logged up to `step` of `total`. The best metric is the lowest held-out loss, as transformers has it by default;
 * runs without one have none. Metrics keep their names, those of evaluations begin with `eval_`.
 */
export function trainerState({ params }: Pick<RunSpec, 'params'>, history: History, step: number, total: number): TrainerState {
  const epochs = new Map(history.flatMap((e) => (e.type === 'step' && e.metrics['epoch'] !== undefined ? [[e.step, e.metrics['epoch']] as const] : [])));
  if (epochs.size > 0) epochs.set(0, 0);
  const log = history.map((e): Record<string, number> => {
    const epoch = epochs.get(e.step);
    const metrics = e.type === 'step' ? e.metrics : Object.fromEntries(Object.entries(e.metrics).map(([name, value]) => [/^eval[_/]/.test(name) ? name : `eval_${name}`, value]));
    return { ...metrics, ...(epoch === undefined ? {} : { epoch }), step: e.step };
  });
  const best = log.filter((e) => e['eval_loss'] !== undefined).reduce<Record<string, number> | undefined>((a, b) => (a === undefined || b['eval_loss']! < a['eval_loss']! ? b : a), undefined);
  const number = (name: string): number | undefined => {
    const value = (params as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'number' ? value : undefined;
  };
  return {
    best_global_step: best?.['step'] ?? null,
    best_metric: best?.['eval_loss'] ?? null,
    best_model_checkpoint: null,
    epoch: epochs.get(step) ?? null,
    eval_steps: number('evalEvery') ?? 0,
    global_step: step,
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    log_history: log,
    logging_steps: 1,
    max_steps: total,
    num_input_tokens_seen: history.findLast((e) => e.type === 'step')?.metrics['num_tokens'] ?? 0,
    num_train_epochs: Math.ceil(epochs.size === 0 ? 0 : (number('epochs') ?? 0)),
    save_steps: number('checkpointEvery') ?? 0,
    stateful_callbacks: {},
    total_flos: 0,
    train_batch_size: number('batchSize') ?? null,
    trial_name: null,
    trial_params: null,
  };
}

/** Writes `trainer_state.json` beside the model. */
export async function writeTrainerState(folder: string, spec: RunSpec, step: number, total: number): Promise<void> {
  const state = trainerState(spec, historyOf(folder, step), step, total);
  await writeAtomically(join(folder, 'trainer_state.json'), async (file) => {
    await file.writeFile(`${JSON.stringify(state, undefined, 2)}\n`);
  });
}
