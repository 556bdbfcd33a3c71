import * as vscode from 'vscode';
import { plural } from '../../base/text';
import { planBestOfN } from '../../jobs/plan-best-of-n';
import { planDpo } from '../../jobs/plan-dpo';
import { planEvaluate } from '../../jobs/plan-evaluate';
import { planGenerate } from '../../jobs/plan-generate';
import { planPpo } from '../../jobs/plan-ppo';
import { planReward } from '../../jobs/plan-reward';
import { planRule } from '../../jobs/plan-rule';
import { planSft } from '../../jobs/plan-sft';
import type { SftOptions } from '../../jobs/plan-sft';
import type { Planned, PlanOptions, PromptChoice } from '../../jobs/plan';
import type { Diagnostics } from '../diagnostics';
import { Cancelled, requireTrust, setting } from '../edge';
import type { RunPanels } from '../run-panel';
import type { Session, Sessions } from '../session';
import { askModel, askTuned } from './models';
import { askNumber, choose } from './steps';

export interface Training {
  readonly generate: () => Promise<string>;
  readonly trainReward: () => Promise<string>;
  readonly trainRule: () => Promise<string>;
  readonly tuneDpo: () => Promise<string>;
  readonly tunePpo: () => Promise<string>;
  readonly bestOfN: () => Promise<string>;
  readonly trainSft: () => Promise<string>;
  readonly evaluate: () => Promise<string>;
}

/** The commands that start runs. Each asks with sensible defaults, freezes a plan and queues it; it resolves to the run's id. */
export function createTraining(sessions: Sessions, panels: RunPanels, diagnostics: Diagnostics): Training {
  async function start(watch: boolean, plan: (session: Session) => Promise<Planned>): Promise<string> {
    requireTrust();
    const session = await sessions.require();
    const planned = await plan(session);
    diagnostics.set('plan', planned.problems);
    const run = await session.runs.submit(planned.plan);
    if (watch) panels.open(run.id);
    vscode.window.setStatusBarMessage(planned.says, 8000);
    return run.id;
  }
  /** Settings that hold for every run. */
  const machine = (): Pick<PlanOptions, 'threads' | 'device'> => ({ threads: setting('plumbline.threads'), device: setting('plumbline.device') });
  const contextOf = (session: Session) => ({ workspace: session.workspace, runs: session.runs.list() });

  return {
    generate: () =>
      start(false, async (session) => {
        const title = vscode.l10n.t('Generate Answers');
        const { prompts } = await session.data();
        const total = prompts.reduce((n, s) => n + s.records.length, 0);
        const context = contextOf(session);
        // Says what is missing before anything is asked.
        if (total === 0) return planGenerate(context);
        const policy = await askModel(session, 'policy', title);
        const choice = await choose<PromptChoice>(title, vscode.l10n.t('For which prompts?'), [
          ...[8, 32, 100].filter((n) => n < total).map((n) => ({ label: plural(n, 'prompt'), description: n === 8 ? vscode.l10n.t('a first look') : vscode.l10n.t('drawn at random'), value: { limit: n } })),
          { label: vscode.l10n.t('All {0}', plural(total, 'prompt')), value: {} },
          ...(prompts.length > 1 ? prompts.map((s) => ({ label: vscode.l10n.t('Only “{0}”', s.name), description: plural(s.records.length, 'prompt'), value: { sets: [s.name] } })) : []),
        ]);
        const n = await choose(title, vscode.l10n.t('How many answers to each?'), [4, 2, 3, 6, 9].map((value) => ({ label: plural(value, 'answer'), ...(value === 4 ? { description: vscode.l10n.t('a good start') } : {}), value })));
        // Every generation draws new answers (and prompts); its seed is in run.json, so that it can be repeated.
        const seed = session.runs.list().filter((r) => r.kind === 'generate').length;
        return planGenerate(context, { ...(policy === undefined ? {} : { policy }), prompts: choice, seed, ...machine(), params: { n } });
      }),
    trainReward: () =>
      start(true, async (session) => {
        const context = contextOf(session);
        const base = await askModel(session, 'policy', vscode.l10n.t('Train Reward Model: From Which Language Model?'));
        return planReward(context, { ...(base === undefined ? {} : { base }), ...machine() });
      }),
    trainRule: () =>
      start(true, async (session) => {
        const base = await askModel(session, 'policy', vscode.l10n.t('Train a Rule Model: From Which Language Model?'));
        return planRule(contextOf(session), { ...(base === undefined ? {} : { base }), ...machine() });
      }),
    tuneDpo: () =>
      start(true, async (session) => {
        const policy = await askModel(session, 'policy', vscode.l10n.t('Tune with DPO: Which Model?'));
        return planDpo(contextOf(session), { ...(policy === undefined ? {} : { policy }), ...machine() });
      }),
    tunePpo: () =>
      start(true, async (session) => {
        const title = vscode.l10n.t('Tune with PPO');
        const context = contextOf(session);
        const reward = await askModel(session, 'reward', vscode.l10n.t('Tune with PPO: By Which Reward Model?'));
        const policy = await askModel(session, 'policy', vscode.l10n.t('Tune with PPO: Which Model?'));
        const options = { ...(reward === undefined ? {} : { reward }), ...(policy === undefined ? {} : { policy }), ...machine() };
        const usual = await planPpo(context, options);
        const updates = usual.plan.run.params.updates ?? 0;
        const chosen = await choose(title, vscode.l10n.t('How long?'), [
          { label: plural(updates, 'update'), description: vscode.l10n.t('as the project proposes'), value: updates },
          ...[5, 10, 20, 40, 100].filter((n) => n !== updates).map((n) => ({ label: plural(n, 'update'), ...(n === 5 ? { description: vscode.l10n.t('a first look') } : {}), value: n })),
          { label: vscode.l10n.t('Another Number…'), value: 0 },
        ]);
        const wanted = chosen === 0 ? await askNumber(title, vscode.l10n.t('How many updates?'), updates, 1, 100_000) : chosen;
        return wanted === updates ? usual : planPpo(context, { ...options, params: { updates: wanted } });
      }),
    bestOfN: () =>
      start(true, async (session) => {
        const title = vscode.l10n.t('Best-of-n Fine-Tuning');
        const context = contextOf(session);
        const reward = await askModel(session, 'reward', vscode.l10n.t('Best-of-n: By Which Reward Model?'));
        const policy = await askModel(session, 'policy', vscode.l10n.t('Best-of-n: Which Model?'));
        const options = { ...(reward === undefined ? {} : { reward }), ...(policy === undefined ? {} : { policy }), ...machine() };
        // Says what is missing before more is asked.
        const usual = await planBestOfN(context, options);
        const proposed = usual.plan.run.params.n ?? 16;
        const n = await choose(title, vscode.l10n.t('The best of how many answers?'), [
          { label: vscode.l10n.t('Best of {0}', proposed), description: vscode.l10n.t('as the project proposes'), value: proposed },
          ...[4, 8, 16, 32, 64].filter((x) => x !== proposed).map((x) => ({ label: vscode.l10n.t('Best of {0}', x), value: x })),
        ]);
        const rounds = await choose(title, vscode.l10n.t('How many rounds? Each after the first draws anew from the model it has made.'), [1, 2, 3, 5].map((x) => ({ label: plural(x, 'round'), value: x })));
        return planBestOfN(context, { ...options, params: { n, rounds } });
      }),
    trainSft: () =>
      start(true, async (session) => {
        const title = vscode.l10n.t('Train on Desired Answers (SFT)');
        const from = await askSource(title);
        const base = await askModel(session, 'policy', title);
        return planSft(contextOf(session), { from, ...(base === undefined ? {} : { base }), ...machine() });
      }),
    evaluate: () =>
      start(true, async (session) => {
        const policy = await askTuned(session, vscode.l10n.t('Evaluate a Model'));
        return planEvaluate(contextOf(session), { ...(policy === undefined ? {} : { policy }), ...machine() });
      }),
  };
}

async function askSource(title: string): Promise<SftOptions['from']> {
  const kind = await choose(title, vscode.l10n.t('What is learned?'), [
    { label: vscode.l10n.t('The answers that labelers liked best'), value: 'chosen' as const },
    { label: vscode.l10n.t('The reference answers of the prompts'), value: 'reference' as const },
    { label: vscode.l10n.t('A file…'), description: '{"prompt", "completion"} · {"messages"} · {"text"}', value: 'file' as const },
  ]);
  if (kind !== 'file') return kind;
  const [file] = (await vscode.window.showOpenDialog({ title, filters: { JSONL: ['jsonl'] }, canSelectMany: false })) ?? [];
  if (!file) throw new Cancelled();
  return { file: file.fsPath };
}
