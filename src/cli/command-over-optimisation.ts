import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../base/errors';
import type { Planned } from '../jobs/plan';
import { planPpo } from '../jobs/plan-ppo';
import type { Runs } from '../jobs/runs';
import { planSweep, sweepReport, type SweepOptions } from '../jobs/over-optimisation';
import { sweepChart, sweepMarkdown } from '../jobs/over-optimisation-markdown';
import type { RunView } from '../jobs/view';
import { print, runsOf, say, warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { Exit, exitCodeOf, exitCodes } from './exit';
import { deviceOption, present, repeated, whole } from './flags';
import { ending, runPlan } from './foreground';

type Flags = GlobalOptions & Omit<SweepOptions, 'sampling' | 'runs'> & { readonly run?: string[]; readonly betas?: string; readonly updates?: number; readonly maxNewTokens?: number; readonly out?: string; readonly dryRun?: boolean };

/** `plumbline over-optimization`. */
export function addOverOptimisation(program: Command): void {
  program
    .command('over-optimization')
    .summary('reward gained with distance from the start, by a proxy and a held-out reward model')
    .description('Measures best-of-n (n from 1 to --n) and tuned models by the reward model that is followed and by one that is not, over the square root of the KL divergence; fits the curves of Gao et al. and marks their peaks. What is measured already is not measured again.')
    .option('--held-out <model>', 'the reward model that nothing is tuned against: a run, a name in project.json, or a folder')
    .option('--reward <model>', 'the reward model that is followed (default: the last finished reward run)')
    .option('--policy <model>', 'the start (default: the first model of project.json)')
    .option('--run <run>', 'a tuned model; may be repeated (default: all runs that began at the start and followed the proxy)', repeated)
    .option('--betas <list>', 'tune with PPO at each of these KL coefficients first, e.g. 0.01,0.05,0.2')
    .option('--updates <n>', 'PPO updates of each', whole(1))
    .option('--n <n>', 'answers a prompt for best-of-n (default: 64)', whole(2))
    .option('--samples <n>', 'answers a prompt by each tuned model (default: 4)', whole(1))
    .option('--limit <n>', 'at most so many held-out prompts', whole(2))
    .option('--max-new-tokens <n>', 'longest answer', whole(1))
    .option('--seed <n>', 'of all runs', whole(0))
    .option('--threads <n>', 'threads of the trainer (default: all cores)', whole(0))
    .addOption(deviceOption())
    .option('-o, --out <folder>', 'where over-optimization.md, .json and .svg go (default: the workspace folder)')
    .option('--dry-run', 'say what would be measured, and do nothing')
    .addHelpText('after', '\nExample:\n  plumbline train reward --half 1 --name proxy\n  plumbline train reward --half 2 --name other\n  plumbline over-optimization --reward proxy --held-out other --betas 0.01,0.05,0.2')
    .action(async (_flags: unknown, command: Command) => {
      const options = command.optsWithGlobals<Flags>();
      const workspace = await workspaceOf(options);
      const runs = await runsOf(workspace, options.dryRun !== true);
      try {
        const sampling = present({ maxNewTokens: options.maxNewTokens });
        const own = present({ policy: options.policy, reward: options.reward, heldOut: options.heldOut, runs: options.run, n: options.n, samples: options.samples, limit: options.limit, seed: options.seed, threads: options.threads, device: options.device }) as SweepOptions;
        const wanted: SweepOptions = { ...own, ...(Object.keys(sampling).length === 0 ? {} : { sampling }) };
        const betas = betasOf(options.betas);
        // Says what is missing before anything is tuned.
        const first = await planSweep({ workspace, runs: runs.list() }, wanted);
        if (options.dryRun === true) {
          print(options, { missing: first.missing.map((m) => m.says), betas }, () => [...betas.map((b) => `PPO with β ${b}, then its evaluation`), ...first.missing.map((m) => m.says), 'Nothing was started.'].join('\n'));
          return;
        }
        const made: RunView[] = [];
        for (const beta of betas) {
          const { policy, reward, seed, threads, device } = own;
          made.push(await run(runs, await planPpo({ workspace, runs: runs.list() }, { ...present({ policy, reward, seed, threads, device }), name: `PPO, β ${beta}`, params: { ...present({ updates: options.updates, sampling }), kl: { coef: beta, controller: 'fixed' } } })));
        }
        const all = { ...wanted, ...(options.run === undefined || made.length === 0 ? {} : { runs: [...options.run, ...made.map((r) => r.id)] }) };
        for (const planned of (await planSweep({ workspace, runs: runs.list() }, all)).missing) await run(runs, planned);
        const report = await sweepReport(await planSweep({ workspace, runs: runs.list() }, all));
        const folder = resolve(options.out ?? workspace.root);
        await mkdir(folder, { recursive: true });
        const files = { md: sweepMarkdown(report, 'over-optimization.svg'), json: `${JSON.stringify(report, undefined, 2)}\n`, svg: sweepChart(report) };
        for (const [ending_, text] of Object.entries(files)) await writeFile(join(folder, `over-optimization.${ending_}`), text);
        print(options, report, () => files.md);
        say(`written: ${Object.keys(files).map((e) => join(folder, `over-optimization.${e}`)).join(', ')}`);
      } finally {
        runs.dispose();
      }
    });
}

async function run(runs: Runs, planned: Planned): Promise<RunView> {
  warn(planned.problems);
  say(planned.says);
  const view = await runPlan(runs, planned.plan);
  if (view.state === 'finished') return view;
  say(ending(view));
  throw new Exit(exitCodeOf(view) || exitCodes.bug);
}

function betasOf(text: string | undefined): number[] {
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const beta = Number(part);
    if (part.trim() === '' || !Number.isFinite(beta) || beta < 0) throw new UserError('cli.betas', `--betas ${text}: "${part}" is no KL coefficient. Write numbers from 0 on, separated by commas: 0.01,0.05,0.2.`);
    return beta;
  });
}
