import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { collectGenerations } from '../jobs/collect';
import { readData } from '../jobs/plan';
import type { PlanContext, Planned } from '../jobs/plan';
import { planEvaluate } from '../jobs/plan-evaluate';
import { planGenerate } from '../jobs/plan-generate';
import { planPpo } from '../jobs/plan-ppo';
import { planReward } from '../jobs/plan-reward';
import { buildReport } from '../jobs/report';
import type { Report } from '../jobs/report';
import type { Runs } from '../jobs/runs';
import type { RunView } from '../jobs/view';
import type { DeviceSetting } from '../protocol/run';
import type { Workspace } from '../store/workspace';
import { labelThreads, say, warn } from './context';
import { Exit, exitCodeOf, exitCodes } from './exit';
import { ending, runPlan } from './foreground';
import { judgeOf } from '../sample/project-judge';
import { simulateLabels } from './simulate';

/**
 * What the loop does on the sample, chosen by measuring over seeds 0, 1 and 2: the reward model comes to 4 to 5 points below the
 * labelers' own ceiling (two epochs: 4.5, three: 4.2 to 5.0, four: 4.2 to 4.5; a learning rate of 3e-4 or 4e-3 gives 2 to 3 points
 * less), and PPO takes the true rate from about 29 % to about 79 % at 2 to 3 nats. About two minutes on two idle cores.
 */
export const loopSettings = {
  /** At most so many prompts are answered and judged: all of the sample's, a fifth of them held out. */
  prompts: 610,
  answers: 8,
  reward: {
    epochs: 4,
    batchSize: 8,
    optimizer: { learningRate: 2e-3, schedule: 'cosine', warmupSteps: 8, weightDecay: 0.01 },
    evalEvery: 0,
    checkpointEvery: 50,
  },
  ppo: {
    updates: 20,
    batchSize: 64,
    miniBatches: 2,
    epochs: 3,
    policyOptimizer: { learningRate: 5e-4, schedule: 'linear' },
    valueOptimizer: { learningRate: 1e-3, schedule: 'linear' },
    kl: { coef: 0.05 },
    evalEvery: 0,
    evalPrompts: 32,
    checkpointEvery: 5,
  },
  sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 64 },
  /** Answers to each held-out prompt when a model is measured. */
  evaluation: { samples: 2 },
} as const;

export interface LoopOptions {
  readonly seed: number;
  /** Smaller numbers than {@link loopSettings}' make a quicker, rougher loop. */
  readonly prompts?: number;
  readonly answers?: number;
  readonly updates?: number;
  readonly threads?: number;
  readonly device?: DeviceSetting;
}

/**
 * The whole loop without a person: generate, label (simulated), reward model, PPO, measure before and after, report.
 * @throws UserError, or {@link Exit}, after saying which stage failed and why; no stage is skipped.
 */
export async function runLoop(workspace: Workspace, runs: Runs, options: LoopOptions): Promise<Report> {
  const began = Date.now();
  const { seed } = options;
  const own = { seed, ...(options.threads === undefined ? {} : { threads: options.threads }), ...(options.device === undefined ? {} : { device: options.device }) };
  const stages = 6;
  let number = 0;

  async function stage<T>(name: string, work: () => Promise<T>): Promise<T> {
    number++;
    say(`${number}/${stages} ${name}`);
    try {
      return await work();
    } catch (error) {
      if (error instanceof UserError) throw new UserError(error.code, `${name} failed: ${error.message}`, error.action);
      throw error;
    }
  }

  async function run(plan: (context: PlanContext) => Promise<Planned>): Promise<RunView> {
    const planned = await plan({ workspace, runs: runs.list() });
    warn(planned.problems);
    say(`    ${planned.says}`);
    const view = await runPlan(runs, planned.plan);
    if (view.state === 'finished') return view;
    say(ending(view));
    if (view.state === 'failed' && view.error?.code !== undefined) throw new UserError(view.error.code, view.error.message);
    throw new Exit(exitCodeOf(view) || exitCodes.bug);
  }

  await stage('generate answers', async () => {
    const view = await run((c) => planGenerate(c, { ...own, prompts: { limit: options.prompts ?? loopSettings.prompts }, params: { n: options.answers ?? loopSettings.answers, batchSize: 64, sampling: loopSettings.sampling } }));
    warn((await collectGenerations(workspace, view)).problems);
  });
  const labelSeconds = await stage('label (simulated labelers)', async () => {
    const start = Date.now();
    const done = await simulateLabels(workspace, await readData(workspace, labelThreads), seed);
    for (const d of done) say(`    ${d.labeler}: ${plural(d.labels + d.known, 'label')}`);
    return (Date.now() - start) / 1000;
  });
  const { project } = await readData(workspace, labelThreads);
  // The same model throughout: the project's first policy, which is what a plan takes when it is told nothing.
  const first = Object.entries(project.models).find(([, m]) => m.kind !== 'reward')?.[0];
  const policy = first === undefined ? {} : { policy: first };
  const reward = await stage('train the reward model', () => run((c) => planReward(c, { ...own, params: loopSettings.reward })));
  const measuring = { ...own, reward: reward.id, prompts: { split: 'test' as const }, params: { ...loopSettings.evaluation, compare: false, sampling: loopSettings.sampling } };
  await stage('measure before tuning', () => run((c) => planEvaluate(c, { ...measuring, name: 'before', ...policy, reference: 'none' })));
  const ppo = await stage('tune with PPO', () =>
    run((c) => planPpo(c, { ...own, ...policy, reward: reward.id, params: { ...loopSettings.ppo, sampling: loopSettings.sampling, ...(options.updates === undefined ? {} : { updates: options.updates }) } })),
  );
  await stage('measure after tuning', () => run((c) => planEvaluate(c, { ...measuring, name: 'after', policy: ppo.id })));

  const judge = judgeOf(project);
  const report = await buildReport(
    { workspace, runs: runs.list() },
    { now: new Date(), ppo: ppo.id, otherStages: [{ stage: 'label (simulated)', seconds: labelSeconds }], ...(judge === undefined ? {} : { judge }) },
  );
  requireWhole(report);
  return { ...report, seconds: (Date.now() - began) / 1000 };
}

/** Every stage must have measured what it is there for. */
function requireWhole({ rewardModel, ppo }: Report): void {
  const missing = [
    ...(rewardModel?.accuracy == null ? ['the accuracy of the reward model'] : []),
    ...(ppo?.kl == null ? ['the KL'] : []),
    ...(['before', 'after'] as const).flatMap((when) => (['trueRate', 'reward', 'perplexity'] as const).flatMap((what) => (ppo?.[when][what] == null ? [`${what} ${when} PPO`] : []))),
  ];
  if (missing.length > 0) throw new Error(`the loop has not measured ${missing.join(', ')}`);
}
