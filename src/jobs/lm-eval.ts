import type { ModelRef } from './model-ref';

/** Tasks that small models can be measured on with some hope (`lambada_openai` and the like are at chance below some ten million weights). */
export const lmEvalTasks = ['lambada_openai', 'hellaswag', 'piqa', 'arc_easy', 'blimp'];

export interface LmEvalOptions {
  readonly tasks?: readonly string[];
  readonly batchSize?: number;
  /** Where lm_eval writes its results. */
  readonly out?: string;
  readonly device?: string;
}

/**
 * The command line of the LM evaluation harness (https://github.com/EleutherAI/lm-evaluation-harness) for a model folder: for those who have it.
 * Words are quoted for a POSIX shell.
 */
export function lmEvalCommand({ folder }: Pick<ModelRef, 'folder'>, { tasks = lmEvalTasks, batchSize = 8, out = 'lm-eval-results', device }: LmEvalOptions = {}): string {
  const words = ['lm_eval', '--model', 'hf', '--model_args', `pretrained=${folder},dtype=float32`, '--tasks', tasks.join(','), '--batch_size', String(batchSize), ...(device === undefined ? [] : ['--device', device]), '--output_path', out];
  return words.map(quoted).join(' ');
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
