import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError, messageOf } from '../base/errors';
import { csvOf } from '../base/chart-svg';
import { newId } from '../base/ids';
import { formatSeconds, oneLine } from '../base/text';
import { experimentRow } from '../jobs/experiments';
import { needRun } from '../jobs/model-ref';
import { checkSweep, parsePipeline, parseSweep, planPipeline, runPipeline } from '../jobs/pipeline';
import type { Planned } from '../jobs/plan';
import { planAny } from '../jobs/plan-any';
import { provenanceOf, runOfModel } from '../jobs/provenance';
import { compareRuns, comparisonText, planReproduce } from '../jobs/reproduce';
import { runsOfSweep } from '../jobs/sweep';
import type { RunView } from '../jobs/view';
import { emptyNote, foldNotes } from '../protocol/experiments';
import type { Sweep } from '../protocol/many-runs';
import type { Provenance } from '../protocol/provenance';
import { treeOf } from '../protocol/provenance';
import { runKinds } from '../protocol/run';
import { appendExperimentLine, readExperimentLines } from '../store/experiment-notes';
import { print, runsOf, say, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { execute } from './execute';
import { Exit, exitCodeOf, exitCodes } from './exit';
import { addRunFlags, assign, repeated, whole } from './flags';
import type { RunFlags } from './flags';
import { ending, follow } from './foreground';

/** `plumbline experiments`, `provenance`, `reproduce`, `sweep`, `run-pipeline`. */
export function addExperiments(program: Command): void {
  addTable(program);
  addProvenance(program);
  addReproduce(program);
  addSweep(program);
  addPipeline(program);
}

function addTable(program: Command): void {
  program
    .command('experiments')
    .summary('all runs with their settings, numbers, tags and notes')
    .description('One row a run. With --csv everything that is known of each, for a spreadsheet; with --json the same for a program. --tag, --note and --star write down what you think of a run.')
    .argument('[run]', 'the run that --tag, --note or --star are about')
    .option('--kind <kind>', `only runs of a kind: ${runKinds.join(', ')}`)
    .option('--tagged <tag>', 'only runs with a tag')
    .option('--csv', 'as CSV')
    .option('--tag <tag>', 'add a tag; may be repeated', repeated)
    .option('--untag <tag>', 'take a tag away; may be repeated', repeated)
    .option('--note <text>', 'a note, in place of the one there was')
    .option('--star', 'star the run')
    .action(async (name: string | undefined, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { kind?: string; tagged?: string; csv?: boolean; tag?: string[]; untag?: string[]; note?: string; star?: boolean }>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const writes = options.tag !== undefined || options.untag !== undefined || options.note !== undefined || options.star === true;
        if (writes !== (name !== undefined)) throw new UserError('cli.note', writes ? 'Say which run --tag, --untag, --note and --star are about.' : 'Say what to note about the run: --tag, --untag, --note or --star. ("plumbline runs RUN" tells about one run.)');
        if (name !== undefined) {
          const run = needRun(runs.list(), name).id;
          await appendExperimentLine(workspace, { v: 1, id: newId(Date.now()), run, at: new Date().toISOString(), ...(options.tag === undefined ? {} : { addTags: options.tag }), ...(options.untag === undefined ? {} : { removeTags: options.untag }), ...(options.note === undefined ? {} : { note: options.note }), ...(options.star === true ? { star: true } : {}) });
        }
        const lines = await readExperimentLines(workspace);
        warn(lines.problems);
        const notes = foldNotes(lines.records);
        const rows = runs.list().reverse().map((v) => experimentRow(v, runs.spec(v.id), notes.get(v.id) ?? emptyNote, Date.now())).filter((r) => (options.kind === undefined || r.kind === options.kind) && (options.tagged === undefined || r.tags.includes(options.tagged)));
        print(options, { runs: rows }, () => {
          if (rows.length === 0) return 'No run fits.';
          if (options.csv !== true) return rows.map((r) => [r.star ? '★' : ' ', r.id, r.state, r.seconds === null ? '' : formatSeconds(r.seconds), r.tags.map((t) => `#${t}`).join(' '), oneLine(r.note, 60)].filter((t) => t !== '').join('  ')).join('\n');
          const numbers = [...new Set(rows.flatMap((r) => Object.keys(r.numbers)))].sort();
          const settings = [...new Set(rows.flatMap((r) => Object.keys(r.settings)))].sort();
          return csvOf([['id', 'name', 'kind', 'state', 'created', 'seconds', 'star', 'tags', 'note', ...numbers, ...settings], ...rows.map((r) => [r.id, r.name, r.kind, r.state, r.createdAt, r.seconds, r.star ? 1 : 0, r.tags.join(' '), r.note, ...numbers.map((n) => r.numbers[n]), ...settings.map((s) => r.settings[s])])]);
        });
      } finally {
        runs.dispose();
      }
    });
}

function addProvenance(program: Command): void {
  program
    .command('provenance')
    .summary('where a model comes from: runs, labels, labelers, base model')
    .description('The chain behind a run and its model, back to what no run made, with the hash of each link and whether it still fits. Ends with 1 when a link is broken.')
    .argument('<model>', 'a run (its id, its beginning, or "last") or the folder of a model that a run made')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, false);
      try {
        const context = { workspace, runs: runs.list() };
        const chain = await provenanceOf(context, runOfModel(context, name).id);
        print(options, chain, () => chainText(chain));
        if (chain.nodes.some((n) => n.broken !== undefined)) throw new Exit(1);
      } finally {
        runs.dispose();
      }
    });
}

/** The chain as an indented list. */
export function chainText(chain: Provenance): string {
  return treeOf(chain)
    .flatMap(({ node, role, depth, again }) => {
      const indent = '  '.repeat(depth);
      const head = `${indent}${role === '' ? '' : `${role}: `}${node.title}${node.hash === undefined ? '' : `  ${node.hash.slice(0, 19)}…`}${node.holds === true ? '  unchanged' : ''}${again ? '  (as above)' : ''}`;
      return [head, ...(again ? [] : node.says.map((s) => `${indent}    ${s}`)), ...(node.broken === undefined ? [] : [`${indent}    BROKEN: ${node.broken}`])];
    })
    .join('\n');
}

function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .summary('make a run again and compare')
    .description('Makes a finished run again from its run.json and its frozen data, and tells whether the same came of it. Refuses when the data or a model was changed. Ends with 1 when the model is not the same.')
    .argument('<run>', 'the id of a run, its beginning, or "last"')
    .option('--dry-run', 'say whether it can be done, and do nothing')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { dryRun?: boolean }>();
      const workspace = await workspaceOf(options);
      let first: RunView | undefined;
      const different: string[] = [];
      await execute(
        options,
        options.dryRun === true ? { dryRun: true } : {},
        workspace,
        (runs) => {
          first = needRun(runs.list(), name);
          if (first.state !== 'finished') throw new UserError('jobs.not-finished', `The run "${first.id}" is ${first.state}: only a finished one can be made again.`);
          return planReproduce(workspace, first);
        },
        async (again) => {
          const comparison = await compareRuns(first!, again);
          different.push(...comparison.outputs.filter((o) => o.role === 'model' && !o.same).map((o) => o.role));
          return { value: { comparison }, text: comparisonText(comparison) };
        },
      );
      if (different.length > 0) throw new Exit(1);
    });
}

function addSweep(program: Command): void {
  addRunFlags(
    program
      .command('sweep')
      .summary('one run many times with other parameters')
      .description('Queues a run for every combination of values (the grid) and every seed, and runs them one after the other. All are planned before the first begins.')
      .argument('<kind-or-file>', `a kind of run (${runKinds.join(', ')}) or a *.sweep.json`)
      .option('--grid <parameter=values>', 'values with commas between, e.g. --grid kl.coef=0.02,0.05,0.1; may be repeated', repeated)
      .option('--seeds <n>', 'so many seeds, counted up from --seed', whole(1))
      .option('--model <role=model>', 'e.g. --model policy=tiny; may be repeated', repeated)
      .option('--tag <tag>', 'tag of these runs in the experiment panel'),
  )
    .addHelpText('after', '\nExamples:\n  plumbline sweep ppo --grid kl.coef=0.02,0.05,0.1 --seeds 2\n  plumbline sweep penalty.sweep.json --dry-run')
    .action(async (what: string, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & RunFlags & { grid?: string[]; seeds?: number; model?: string[]; tag?: string }>();
      const workspace = await workspaceOf(options);
      const spec = await sweepOf(what, options);
      const wanted = runsOfSweep(spec);
      const runs = await runsOf(workspace, options.dryRun !== true);
      try {
        const planned: Planned[] = [];
        for (const run of wanted) planned.push(await planAny({ workspace, runs: runs.list() }, run, options.threads === undefined ? {} : { threads: options.threads }));
        warn(planned[0]?.problems ?? []);
        if (options.dryRun === true) {
          print(options, { runs: planned.map((p) => p.plan.run) }, () => `${planned.map((p) => p.plan.run.name).join('\n')}\nNothing was started.`);
          return;
        }
        const views: RunView[] = [];
        for (const { plan } of planned) {
          const view = await runs.submit(plan);
          views.push(view);
          if (spec.tag !== undefined) await appendExperimentLine(workspace, { v: 1, id: newId(Date.now()), run: view.id, at: new Date().toISOString(), addTags: [spec.tag] });
        }
        say(`${views.length} runs are queued.`);
        if (options.detach === true) {
          print(options, { runs: views }, () => `${views.map((v) => v.id).join('\n')}\nThey start one after the other while an editor or "plumbline runs --follow" is there to start them.`);
          return;
        }
        const ended: RunView[] = [];
        for (const { id } of views) {
          const view = await follow(runs, id);
          say(ending(view));
          ended.push(view);
          // Ctrl-C is meant for all of them: the others stay in the queue for "plumbline runs --follow".
          if (view.state === 'stopped') break;
        }
        print(options, { runs: ended }, () => sweepText(ended));
        const bad = ended.find((v) => exitCodeOf(v) !== exitCodes.ok);
        if (bad !== undefined) throw new Exit(exitCodeOf(bad));
      } finally {
        runs.dispose();
      }
    });
}

async function sweepOf(what: string, flags: RunFlags & { grid?: string[]; seeds?: number; model?: string[]; tag?: string }): Promise<Sweep> {
  const kind = runKinds.find((k) => k === what);
  if (kind === undefined) {
    if (flags.grid !== undefined || flags.set !== undefined || flags.model !== undefined) throw new UserError('cli.sweep', `${what} is not a kind of run (${runKinds.join(', ')}); the grid, models and parameters of a file stand in it.`);
    const spec = parseSweep(await read(what), what);
    return { ...spec, ...(flags.seeds === undefined ? {} : { seeds: flags.seeds }), ...(flags.seed === undefined ? {} : { seed: flags.seed }), ...(flags.tag === undefined ? {} : { tag: flags.tag }), ...(flags.name === undefined ? {} : { name: flags.name }) };
  }
  const grid = Object.fromEntries(
    (flags.grid ?? []).map((text) => {
      const at = text.indexOf('=');
      if (at < 1 || at === text.length - 1) throw new UserError('cli.sweep', `--grid ${text}: write it as parameter=value,value, e.g. --grid kl.coef=0.02,0.05.`);
      return [text.slice(0, at), text.slice(at + 1).split(',').map(jsonOrText)];
    }),
  );
  const models = Object.fromEntries(
    (flags.model ?? []).map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UserError('cli.sweep', `--model ${text}: write it as role=model, e.g. --model policy=tiny.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
  return checkSweep({ v: 1, run: kind, models, params: assign({}, flags.set ?? []), grid, seeds: flags.seeds ?? 1, ...(flags.seed === undefined ? {} : { seed: flags.seed }), ...(flags.device === undefined ? {} : { device: flags.device }), ...(flags.name === undefined ? {} : { name: flags.name }), ...(flags.tag === undefined ? {} : { tag: flags.tag }) });
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The runs of a sweep with the numbers that they all have. */
function sweepText(views: readonly RunView[]): string {
  const names = Object.keys(views[0]?.summary ?? {}).filter((n) => !/second/.test(n) && views.every((v) => v.summary?.[n] !== undefined)).slice(0, 6);
  return views.map((v) => `${v.name}: ${v.state}${names.map((n) => `, ${n} ${Number(v.summary![n]!.toPrecision(4))}`).join('')}`).join('\n');
}

function addPipeline(program: Command): void {
  program
    .command('run-pipeline')
    .summary('run the stages of a *.pipeline.json')
    .description('Runs stages one after the other; "@id" stands for what an earlier stage made. A stage whose data, models and parameters are those of a finished run is skipped, one that was cut off goes on: give the command again after whatever went wrong.')
    .argument('<file>', 'a *.pipeline.json')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--threads <n>', 'threads of the trainer (default: all cores)', whole(0))
    .action(async (file: string, _flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { dryRun?: boolean; threads?: number }>();
      const workspace = await workspaceOf(options);
      const spec = parsePipeline(await read(file), basename(file));
      const runs = await runsOf(workspace, options.dryRun !== true);
      try {
        const plans = options.threads === undefined ? {} : { threads: options.threads };
        if (options.dryRun === true) {
          const steps = await planPipeline({ workspace, runs: runs.list() }, spec, plans);
          print(options, { stages: steps }, () => `${steps.map((s) => `${s.id}: ${s.does}${s.run === undefined ? '' : ` (${s.run})`}  ${s.says}`).join('\n')}\nNothing was started.`);
          return;
        }
        const result = await runPipeline({ workspace, runs }, spec, {
          ...plans,
          follow: (id) => follow(runs, id),
          tell: (step) => {
            if (step.problems.length > 0) warn(step.problems);
            say(`${step.number}/${step.of} ${step.stage}: ${step.what}${step.run === undefined ? '' : ` ${step.run}`}${step.says === '' ? '' : ` – ${step.says}`}`);
          },
        });
        print(options, result, () => result.stages.map((s) => `${s.id}: ${s.run}${s.skipped ? ' (nothing new)' : ''}`).join('\n'));
      } finally {
        runs.dispose();
      }
    });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(resolve(file), 'utf8');
  } catch (error) {
    throw new UserError('cli.file', `${file} cannot be read: ${messageOf(error)}`);
  }
}
