import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../base/errors';
import { slug } from '../base/ids';
import { createWorkspace, workspaceAt } from '../store/workspace';
import { storedPath } from '../store/inside';
import { print } from './context';
import type { GlobalOptions } from './context';
import { repeated } from './flags';

interface InitFlags {
  readonly name?: string;
  readonly model?: string[];
}

/** `plumbline init`: makes `.plumbline` with a first `project.json`. */
export function addInit(program: Command): void {
  program
    .command('init')
    .summary('set up a workspace in a folder')
    .description('Makes the folder .plumbline with a first project.json. What is there already stays as it is.')
    .argument('[folder]', 'the workspace folder (default: --workspace, else the current folder)')
    .option('--name <text>', 'what the project is called (default: the folder\'s name)')
    .option('--model <folder>', 'a Hugging Face folder of a language model; may be repeated', repeated)
    .addHelpText('after', '\nExample:\n  plumbline init --model models/tiny-llama')
    .action(async (folder: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & InitFlags>();
      const root = resolve(folder ?? options.workspace ?? '.');
      const at = workspaceAt(root);
      const existed = existsSync(at.folder);
      const models = (options.model ?? []).map((path) => {
        const absolute = resolve(path);
        if (!existsSync(absolute)) throw new UserError('cli.no-model', `There is no folder ${absolute}.`);
        return [slug(basename(absolute)), { path: storedPath(at, absolute) }] as const;
      });
      const made = await createWorkspace(root, { v: 1, name: options.name ?? basename(root), models: Object.fromEntries(models), criteria: [], labelers: [] });
      print(options, { root: made.root, folder: made.folder, existed }, () =>
        existed ? `${made.folder} was there already; what was missing in it was added.` : `${made.folder} is ready. Next: plumbline import FILE`,
      );
    });
}
