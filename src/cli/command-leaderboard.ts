import { Option } from 'commander';
import type { Command } from 'commander';
import { UserError } from '../base/errors';
import { foldLabels } from '../domain/labels';
import type { Extracted } from '../domain/ratings/extract';
import { extract } from '../domain/ratings/extract';
import type { Method, RatingsReport } from '../domain/ratings/report';
import { methods, rate } from '../domain/ratings/report';
import { admissions, admittedWeights } from '../jobs/admission';
import { readData } from '../jobs/plan';
import { labelThreads, print, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { formOf } from './command-agreement';
import { whole } from './flags';

interface Flags {
  readonly task?: string;
  readonly method: Method;
  readonly style?: boolean;
  readonly seed: number;
  readonly draws: number;
}

/** `plumbline leaderboard`: what the leaderboard panel shows. */
export function addLeaderboard(program: Command): void {
  program
    .command('leaderboard')
    .summary('rate models and runs by the comparisons of their answers')
    .description('Rates the sources of the answers from the comparisons of admitted labelers, with 95 % intervals that resample prompts.')
    .option('--task <id>', 'comparisons of one task only (default: of all)')
    .addOption(new Option('--method <name>', 'how').choices([...methods]).default('bradley-terry'))
    .option('--style', 'hold length and style of the answers constant (Bradley–Terry and Davidson)')
    .option('--seed <n>', 'of the bootstrap and of the orders of Elo', whole(0), 0)
    .option('--draws <n>', 'bootstrap draws', whole(100), 1000)
    .addHelpText('after', '\nExamples:\n  plumbline leaderboard\n  plumbline leaderboard --method davidson --style --json')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & Flags>();
      const data = await readData(await workspaceOf(options), labelThreads);
      warn(data.problems);
      if (options.task !== undefined) formOf(data, options.task);
      const { current } = foldLabels(data.lines);
      const texts = new Map(data.generations.flatMap((s) => s.records).flatMap((g) => g.responses.map((r) => [r.hash, r.text] as const)));
      const extracted = extract(current, {
        settled: true,
        admitted: admittedWeights(admissions(data.project, data.screening, current, current.map((l) => l.labeler))),
        ...(options.task === undefined ? {} : { task: options.task }),
        ...(options.style === true ? { text: (hash: string) => texts.get(hash) } : {}),
      });
      if (extracted.pairs.a.length === 0) throw new UserError('cli.no-comparisons', 'No comparison between answers of two different sources: label answers of two models or runs to the same prompts first.');
      const { pairs, rankings } = extracted;
      const report = rate({ method: options.method, pairs, rankings, draws: options.draws, seed: options.seed });
      print(options, { sources: extracted.sources, ...report, precision: undefined }, () => ratingsText(extracted, report));
    });
}

function ratingsText({ sources, labels, labelers }: Extracted, report: RatingsReport): string {
  const width = Math.max(...sources.map((s) => s.length));
  const rows = report.models
    .map((m, i) => ({ ...m, name: sources[i]! }))
    .sort((a, b) => b.rating - a.rating)
    .map((m) => `  ${m.name.padEnd(width)} ${m.rating.toFixed(0).padStart(5)} ${m.interval === undefined ? '' : `[${m.interval.low.toFixed(0)}, ${m.interval.high.toFixed(0)}]`}  rank ${m.ranks.best === m.ranks.worst ? m.ranks.best : `${m.ranks.best} to ${m.ranks.worst}`}  ${m.wins} won, ${m.ties} tied, ${m.losses} lost`);
  const notes = [
    ...(report.groups.length > 1 ? [`Not every model can be compared with every other by wins alone (${report.groups.length} groups); a ridge of ${report.ridge?.lambda ?? 0} holds the ratings together.`] : []),
    `Seed ${report.seed}; intervals: ${report.intervals.method}, ${report.intervals.draws} draws over ${report.intervals.clusters} prompts. The mean of all models is 1000 points.`,
  ];
  return [`${report.method}: ${labels} labels by ${labelers.size} labelers`, ...rows, ...notes].join('\n');
}
