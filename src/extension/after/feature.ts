import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import { plural } from '../../base/text';
import { makeBlindComparison } from '../../jobs/blind';
import { contradictionsMarkdown, contradictionsReport, noScores } from '../../jobs/contradictions';
import { lmEvalCommand } from '../../jobs/lm-eval';
import { findModel } from '../../jobs/model-ref';
import type { Planned } from '../../jobs/plan';
import { planNextRound } from '../../jobs/plan-next-round';
import { planReward } from '../../jobs/plan-reward';
import { readScores } from '../../jobs/scores';
import { planSweep, sweepReport } from '../../jobs/over-optimisation';
import { sweepChart, sweepMarkdown } from '../../jobs/over-optimisation-markdown';
import { askModel, askTuned } from '../commands/models';
import { choose } from '../commands/steps';
import { commands } from '../contributions';
import { requireTrust, setting } from '../edge';
import type { Feature, Parts } from '../feature';
import type { Session } from '../session';

type Ids = typeof commands.nextRound | typeof commands.askContradicted | typeof commands.contradictions | typeof commands.compareBlind | typeof commands.overOptimisation | typeof commands.copyLmEval;

/** After tuning: the next round of labeling, blind comparison, contradicted labels, over-optimisation, and the way to lm_eval. */
export function createAfter(parts: Parts): Feature<Ids> {
  const { sessions, diagnostics } = parts;
  const machine = () => ({ threads: setting('plumbline.threads'), device: setting('plumbline.device') });
  const contextOf = (session: Session) => ({ workspace: session.workspace, runs: session.runs.list() });

  async function submit(session: Session, planned: Planned): Promise<string> {
    diagnostics.set('plan', planned.problems);
    const run = await session.runs.submit(planned.plan);
    vscode.window.setStatusBarMessage(planned.says, 8000);
    return run.id;
  }

  async function nextRound(): Promise<string> {
    requireTrust();
    const session = await sessions.require();
    const title = vscode.l10n.t('Sample from the Tuned Policy');
    const context = contextOf(session);
    // Says what is missing before anything is asked.
    await planNextRound(context);
    const policy = await askTuned(session, title);
    const total = (await session.data()).prompts.reduce((n, s) => n + s.records.length, 0);
    const sizes = [25, 50, 100, 200].filter((n) => n < total);
    const keep = await choose<number | undefined>(title, vscode.l10n.t('How many items are to be labeled? Those come first that reward models are least sure about.'), [
      ...sizes.map((n) => ({ label: plural(n, 'item'), value: n })),
      { label: vscode.l10n.t('One for each of {0}', plural(total, 'prompt')), value: undefined },
    ]);
    // Every round draws anew; its seed is in run.json.
    const seed = session.runs.list().filter((r) => r.kind === 'generate').length;
    // Four times as many are drawn as are kept, so that there is something to choose from.
    return submit(session, await planNextRound(context, { ...(policy === undefined ? {} : { policy }), seed, ...machine(), ...(keep === undefined ? {} : { prompts: { limit: Math.min(total, 4 * keep) } }), params: keep === undefined ? {} : { keep } }));
  }

  async function askContradicted(task: unknown): Promise<void> {
    const session = await sessions.require();
    if ((await readScores(session.runs.list())).size === 0) throw noScores();
    parts.label({ ...(typeof task === 'string' ? { task } : {}), mode: 'contradicted' });
  }

  async function contradictions(): Promise<void> {
    const session = await sessions.require();
    await show(contradictionsMarkdown(await contradictionsReport(session.workspace, session.runs.list())));
  }

  async function compareBlind(): Promise<void> {
    const session = await sessions.require();
    const finished = session.runs.list().filter((r) => r.kind === 'evaluate' && r.state === 'finished');
    if (finished.length === 0) throw new UserError('no-evaluation', vscode.l10n.t('No evaluation has finished yet: evaluate a model first, with the one it started from as its reference.'), { title: vscode.l10n.t('Evaluate a Model'), command: commands.evaluate });
    const run = finished.length === 1 ? finished[0]! : await choose(vscode.l10n.t('Compare Two Models Blind'), vscode.l10n.t('Whose answers?'), finished.map((r) => ({ label: r.name, description: new Date(r.finishedAt ?? r.createdAt).toLocaleString(), value: r })));
    const { set, items, same } = await makeBlindComparison(session.workspace, run);
    parts.label({ batch: set });
    vscode.window.setStatusBarMessage(same === 0 ? vscode.l10n.t('{0} to compare, without their sources. The report of the evaluation tells the win rate.', plural(items, 'pair')) : vscode.l10n.t('{0} to compare, without their sources; {1} more are the same text. The report of the evaluation tells the win rate.', plural(items, 'pair'), same), 12_000);
  }

  async function overOptimisation(): Promise<void> {
    requireTrust();
    const session = await sessions.require();
    const title = vscode.l10n.t('Over-Optimisation');
    const context = contextOf(session);
    const { project } = await session.data();
    const rewards = context.runs.filter((r) => r.kind === 'reward' && r.state === 'finished' && r.outputs?.['model'] !== undefined).length + Object.values(project.models).filter((m) => m.kind === 'reward').length;
    if (rewards < 2) return trainHalves(session, title);
    const policy = await askModel(session, 'policy', vscode.l10n.t('Over-Optimisation: From Which Start?'));
    const reward = await askModel(session, 'reward', vscode.l10n.t('Over-Optimisation: Which Reward Model Is Followed?'));
    const heldOut = await askModel(session, 'reward', vscode.l10n.t('Over-Optimisation: Which Is Held Out?'));
    const sweep = await planSweep(context, { ...(policy === undefined ? {} : { policy }), ...(reward === undefined ? {} : { reward }), ...(heldOut === undefined ? {} : { heldOut }), ...machine() });
    if (sweep.missing.length > 0) {
      const yes = vscode.l10n.t('Measure {0}', plural(sweep.missing.length, 'model'));
      const all = [{ label: yes, description: vscode.l10n.t('as runs; ask again when they have finished'), value: true }, ...(sweep.base === undefined ? [] : [{ label: vscode.l10n.t('Show what there is'), value: false }])];
      if (await choose(title, sweep.missing.map((m) => m.says).join(' '), all)) {
        for (const planned of sweep.missing) await submit(session, planned);
        return;
      }
    }
    const report = await sweepReport(sweep);
    const folder = vscode.Uri.joinPath(vscode.Uri.file(sweep.base!.folder));
    const encoder = new TextEncoder();
    for (const [name, text] of [['over-optimization.svg', sweepChart(report)], ['over-optimization.json', `${JSON.stringify(report, undefined, 2)}\n`], ['over-optimization.md', sweepMarkdown(report, 'over-optimization.svg')]] as const) await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, name), encoder.encode(text));
    await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.joinPath(folder, 'over-optimization.md'));
  }

  /** Two reward models that share no prompt to train on: the one is followed, the other tells whether that was right. */
  async function trainHalves(session: Session, title: string): Promise<void> {
    const halves = [];
    for (const half of [1, 2] as const) halves.push(await planReward(contextOf(session), { half, ...machine() }));
    await choose(title, vscode.l10n.t('The report needs two reward models that share no prompt: one that is followed and one that nothing is tuned against.'), [{ label: vscode.l10n.t('Train Two, Each on Half of the Labels'), description: vscode.l10n.t('as runs; ask again when they have finished'), value: true }]);
    for (const planned of halves) await submit(session, planned);
  }

  async function copyLmEval(): Promise<void> {
    const session = await sessions.require();
    const name = await askTuned(session, vscode.l10n.t('Copy lm_eval Command'));
    const line = lmEvalCommand(await findModel(session.workspace, (await session.data()).project, session.runs.list(), 'policy', name));
    await vscode.env.clipboard.writeText(line);
    vscode.window.setStatusBarMessage(vscode.l10n.t('The command line is copied: {0}', line), 8000);
  }

  return {
    handlers: {
      [commands.nextRound]: nextRound,
      [commands.askContradicted]: askContradicted,
      [commands.contradictions]: contradictions,
      [commands.compareBlind]: compareBlind,
      [commands.overOptimisation]: overOptimisation,
      [commands.copyLmEval]: copyLmEval,
    },
    dispose: () => undefined,
  };
}

/** A text that is no file, as its preview shows it. */
async function show(markdown: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: markdown });
  await vscode.window.showTextDocument(document, { preview: true });
}
