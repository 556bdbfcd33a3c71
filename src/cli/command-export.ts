import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { plural } from '../base/text';
import { countTrl, exportTrl } from '../formats/trl-export';
import type { TrlExportCounts, TrlExportOptions } from '../formats/trl-export';
import { readData } from '../jobs/plan';
import { comparisonsOf } from '../jobs/plan-reward';
import { labelThreads, print, say, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';

interface ExportFlags {
  readonly out?: string;
  readonly ties: 'drop' | 'both';
  readonly style: 'auto' | 'plain' | 'conversational';
  readonly split: 'train' | 'test' | 'all';
  readonly provenance?: boolean;
  readonly dryRun?: boolean;
}

/** `plumbline export`: comparisons as TRL preference data. */
export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write the comparisons as TRL preference data')
    .description('Writes the comparisons of admitted labelers as JSONL rows {prompt, chosen, rejected}, which TRL\'s reward and DPO trainers read.')
    .option('-o, --out <file>', 'where to write (default: standard output)')
    .addOption(new Option('--ties <policy>', 'TRL has no ties: leave them out, or write each in both directions').choices(['drop', 'both']).default('drop'))
    .addOption(new Option('--style <style>', 'texts or messages').choices(['auto', 'plain', 'conversational']).default('auto'))
    .addOption(new Option('--split <side>', 'which side of the split').choices(['train', 'test', 'all']).default('all'))
    .option('--provenance', 'add the ids of label and labeler and the hash of the prompt to each row')
    .option('--dry-run', 'count, and write nothing')
    .addHelpText('after', '\nExamples:\n  plumbline export --dry-run\n  plumbline export --split train --out train.jsonl')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & ExportFlags>();
      const data = await readData(await workspaceOf(options), labelThreads);
      const { examples, problems } = comparisonsOf(data);
      warn([...data.problems, ...problems]);
      const how: TrlExportOptions = { ties: options.ties, style: options.style, provenance: options.provenance === true, ...(options.split === 'all' ? {} : { split: options.split }) };
      if (options.dryRun === true) {
        const counts = countTrl(examples, how);
        print(options, { counts, ties: options.ties, written: null }, () => `${describe(counts, options.ties)} Nothing was written.`);
        return;
      }
      const { text, counts } = exportTrl(examples, how);
      const told = describe(counts, options.ties);
      if (options.out === undefined) {
        process.stdout.write(text);
        say(told);
        return;
      }
      const file = resolve(options.out);
      await writeFile(file, text);
      print(options, { counts, ties: options.ties, written: file }, () => `${file}: ${told}`);
    });
}

function describe(counts: TrlExportCounts, ties: 'drop' | 'both'): string {
  const policy = counts.ties === 0 ? '' : ties === 'drop' ? `; ${plural(counts.ties, 'tie')} left out, since TRL has none` : `; ${plural(counts.ties, 'tie')}, each in both directions`;
  const other = counts.otherSplit === 0 ? '' : `; ${plural(counts.otherSplit, 'comparison')} of the other side of the split left out`;
  return `${plural(counts.rows, 'row')} (${counts.style}) from ${plural(counts.preferences, 'preference')} on ${plural(counts.prompts, 'prompt')}${policy}${other}.`;
}
