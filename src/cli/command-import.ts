import type { Command } from 'commander';
import { formatProblem } from '../base/problems';
import { plural } from '../base/text';
import { formats } from '../formats/table';
import { addImport } from '../store/add-import';
import { print, say, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { Exit, exitCodes } from './exit';
import { readImport, setNameOf } from './import-file';

interface ImportFlags {
  readonly format?: string;
  readonly labeler?: string;
  readonly source?: string;
  readonly name?: string;
  readonly dryRun?: boolean;
}

/** `plumbline import`: prompts, answers and judgements from files. */
export function addImportCommand(program: Command): void {
  program
    .command('import')
    .summary('add prompts, answers and judgements from files')
    .description('Adds what files hold to the workspace: JSONL, JSON or CSV, packed (.gz) or not. What is there already is not added again.')
    .argument('<files...>', 'the files')
    .option('--format <id>', `what the files hold, when it cannot be told: ${formats.map((f) => f.id).join(', ')}`)
    .option('--labeler <id>', 'who made the judgements in the files (default: import-<file name>)')
    .option('--source <name>', 'who wrote the answers, where the files do not say', 'import')
    .option('--name <set>', 'the name of the new sets (default: the file\'s name)')
    .option('--dry-run', 'count and check, and add nothing')
    .addHelpText('after', `\nFormats:\n${formats.map((f) => `  ${f.id.padEnd(16)} ${f.title}`).join('\n')}\n\nExamples:\n  plumbline import prompts.csv\n  plumbline import --labeler anthropic harmless-base.jsonl.gz`)
    .action(async (files: string[], _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & ImportFlags>();
      const workspace = await workspaceOf(options);
      const results = [];
      for (const file of files) {
        const read = await readImport(file, { now: new Date(), ...(options.format === undefined ? {} : { format: options.format }), ...(options.labeler === undefined ? {} : { labeler: options.labeler }), ...(options.source === undefined ? {} : { source: options.source }) });
        warn(read.problems);
        const found = { prompts: read.prompts.length, generations: read.generations.length, labels: read.labels.length };
        const added = options.dryRun === true || read.format === undefined ? undefined : await addImport(workspace, options.name ?? setNameOf(file), read);
        results.push({ file, format: read.format?.id ?? null, rows: read.rows, found, added: added ?? null, problems: read.problems });
        if (options.json !== true) say(tell(file, read.format?.title, found, added, read.problems.length));
      }
      print(options, { files: results.map((r) => ({ ...r, problems: r.problems.map(formatProblem) })) }, () => '');
      if (results.some((r) => r.format === null)) throw new Exit(exitCodes.userError);
    });
}

interface Counts {
  readonly prompts: number;
  readonly generations: number;
  readonly labels: number;
}

function tell(file: string, title: string | undefined, found: Counts, added: (Counts & { known: number }) | undefined, problems: number): string {
  if (title === undefined) return `${file}: nothing was added`;
  const count = (c: Counts): string => `${plural(c.prompts, 'prompt')}, ${plural(c.generations, 'generation')}, ${plural(c.labels, 'label')}`;
  const wrong = problems === 0 ? '' : ` (${plural(problems, 'problem')} above)`;
  if (added === undefined) return `${file}: ${title}: ${count(found)}${wrong}; nothing was added`;
  return `${file}: ${title}: added ${count(added)}${added.known === 0 ? '' : `; ${added.known} were there already`}${wrong}`;
}
