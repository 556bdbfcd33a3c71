import type { Command } from 'commander';
import { lmEvalCommand, lmEvalTasks } from '../jobs/lm-eval';
import { findModel } from '../jobs/model-ref';
import { readProject } from '../store/project-file';
import { print, runsOf, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { repeated, whole } from './flags';

/** `plumbline lm-eval`. */
export function addLmEval(program: Command): void {
  program
    .command('lm-eval')
    .summary('the command line of lm_eval for a model')
    .description('Prints the command line with which the LM evaluation harness measures a model folder. It is not run: the harness is a program of its own.')
    .argument('[model]', 'a name in project.json, a run, or a folder (default: the first model of project.json)')
    .option('--task <name>', `a task of the harness; may be repeated (default: ${lmEvalTasks.join(', ')})`, repeated)
    .option('--batch-size <n>', 'examples at once', whole(1))
    .option('--out <folder>', 'where the harness writes its results')
    .addHelpText('after', '\nExample:\n  sh -c "$(plumbline lm-eval last --task lambada_openai)"')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { task?: string[]; batchSize?: number; out?: string }>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const model = await findModel(workspace, (await readProject(workspace)).project, runs.list(), 'policy', name);
        const line = lmEvalCommand(model, { ...(options.task === undefined ? {} : { tasks: options.task }), ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }), ...(options.out === undefined ? {} : { out: options.out }) });
        print(options, { model: model.folder, command: line }, () => line);
      } finally {
        runs.dispose();
      }
    });
}
