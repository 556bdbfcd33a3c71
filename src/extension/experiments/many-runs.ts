import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import { newId } from '../../base/ids';
import { plural } from '../../base/text';
import { parsePipeline, parseSweep, runPipeline } from '../../jobs/pipeline';
import { planAny } from '../../jobs/plan-any';
import { compareRuns, comparisonText, planReproduce } from '../../jobs/reproduce';
import { runsOfSweep } from '../../jobs/sweep';
import { describeRun } from '../../jobs/view';
import { appendExperimentLine } from '../../store/experiment-notes';
import { choose } from '../commands/steps';
import { commands } from '../contributions';
import { Cancelled, inBackground, report, requireTrust, runCommand, setting } from '../edge';
import type { Parts } from '../feature';
import type { Session } from '../session';

const machine = () => ({ threads: setting('plumbline.threads'), device: setting('plumbline.device') });

/** Makes a run again, and tells in the end whether the same came of it. */
export async function reproduce({ sessions, runPanels }: Parts, given: unknown): Promise<void> {
  requireTrust();
  const session = await sessions.require();
  const title = vscode.l10n.t('Reproduce Run');
  const finished = session.runs.list().filter((r) => r.state === 'finished');
  if (finished.length === 0) throw new UserError('no-run', vscode.l10n.t('No run has finished yet: there is nothing to make again.'));
  const first = typeof given === 'string' ? finished.find((r) => r.id === given) : await choose(title, vscode.l10n.t('Which run is to be made again?'), finished.map((r) => ({ label: r.name, description: `${r.kind} · ${r.id}`, value: r })));
  if (first === undefined) throw new UserError('no-such-run', vscode.l10n.t('Only a finished run can be made again.'));
  const { plan } = await planReproduce(session.workspace, first);
  const view = await session.runs.submit(plan);
  runPanels.open(view.id);
  inBackground(session.runs.wait(view.id).then(async (again) => {
    // Failures are told by whoever follows runs.
    if (again.state !== 'finished') return;
    const text = comparisonText(await compareRuns(first, again));
    const details = vscode.l10n.t('Show Details');
    const chosen = await vscode.window.showInformationMessage(text.split('\n')[0]!, details);
    if (chosen === details) await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: `${text}\n` }));
  }));
}

/** Queues the runs of a sweep's file. */
export async function sweep({ sessions, diagnostics }: Parts, given: unknown): Promise<void> {
  requireTrust();
  const session = await sessions.require();
  const file = await fileOf(session, given, 'sweep', vscode.l10n.t('Start a Sweep'), sweepTemplate);
  const spec = parseSweep(await textOf(file), vscode.workspace.asRelativePath(file));
  const wanted = runsOfSweep(spec);
  const context = { workspace: session.workspace, runs: session.runs.list() };
  // All are planned before the first begins: a wrong value ends the sweep before it has cost anything.
  const planned = [];
  for (const run of wanted) planned.push(await planAny(context, run, machine()));
  diagnostics.set('sweep', planned[0]?.problems ?? []);
  const yes = vscode.l10n.t('Queue Them');
  const sure = await vscode.window.showInformationMessage(vscode.l10n.t('Queue {0}?', plural(planned.length, 'run')), { modal: true, detail: wanted.slice(0, 12).map((w) => w.name).join('\n') + (wanted.length > 12 ? '\n…' : '') }, yes);
  if (sure !== yes) throw new Cancelled();
  for (const { plan } of planned) {
    const view = await session.runs.submit(plan);
    if (spec.tag !== undefined) await appendExperimentLine(session.workspace, { v: 1, id: newId(Date.now()), run: view.id, at: new Date().toISOString(), addTags: [spec.tag] });
  }
  await runCommand(commands.experiments);
}

/** Runs a pipeline's file, stage by stage. */
export async function pipeline({ sessions, diagnostics }: Parts, given: unknown): Promise<void> {
  requireTrust();
  const session = await sessions.require();
  const file = await fileOf(session, given, 'pipeline', vscode.l10n.t('Run a Pipeline'), pipelineTemplate);
  const spec = parsePipeline(await textOf(file), vscode.workspace.asRelativePath(file));
  const title = spec.name ?? vscode.workspace.asRelativePath(file);
  const result = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
    const abort = new AbortController();
    let now: string | undefined;
    token.onCancellationRequested(() => {
      abort.abort(new Cancelled());
      if (now !== undefined) inBackground(session.runs.stop(now));
    });
    let stage = '';
    const following = session.runs.onChange((changes) => {
      const change = changes.find((c) => c.view.id === now);
      if (change) progress.report({ message: `${stage}: ${describeRun(change.view)}` });
    });
    try {
      return await runPipeline({ workspace: session.workspace, runs: session.runs }, spec, {
        ...machine(),
        signal: abort.signal,
        tell: (step) => {
          now = step.what === 'skipped' || step.what === 'finished' ? undefined : step.run;
          stage = `${step.number}/${step.of} ${step.stage}`;
          diagnostics.set(`pipeline stage ${step.stage}`, step.problems);
          progress.report({ message: `${stage}: ${step.what}`, increment: step.what === 'finished' || step.what === 'skipped' ? 100 / step.of : 0 });
        },
      });
    } finally {
      following.dispose();
    }
  });
  const skipped = result.stages.filter((s) => s.skipped).length;
  const look = vscode.l10n.t('Compare Runs');
  const said = vscode.l10n.t('“{0}” is done: {1}, of which {2} had nothing new to do.', title, plural(result.stages.length, 'stage'), skipped);
  inBackground(Promise.resolve(vscode.window.showInformationMessage(said, look)).then(async (chosen) => {
    if (chosen === look) await runCommand(commands.experiments);
  }));
}

async function textOf(file: vscode.Uri): Promise<string> {
  // What stands in the editor is what is meant, saved or not.
  return (await vscode.workspace.openTextDocument(file)).getText();
}

/** The file that was named, is open, or is chosen from those of the workspace; or a new one, to be filled in first. */
async function fileOf(session: Session, given: unknown, what: 'sweep' | 'pipeline', title: string, template: object): Promise<vscode.Uri> {
  if (given instanceof vscode.Uri) return given;
  const ending = `.${what}.json`;
  const open = vscode.window.activeTextEditor?.document.uri;
  if (open?.path.endsWith(ending) === true) return open;
  const there = await vscode.workspace.findFiles(`**/*${ending}`, '**/node_modules/**', 100);
  const fresh = Symbol('new');
  const chosen = await choose<vscode.Uri | typeof fresh>(title, vscode.l10n.t('Which file?'), [
    ...there.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), value: uri })),
    { label: vscode.l10n.t('New File with an Example'), description: `my${ending}`, value: fresh },
  ]);
  if (typeof chosen !== 'symbol') return chosen;
  const uri = vscode.Uri.joinPath(vscode.Uri.file(session.workspace.root), `my${ending}`);
  try {
    await vscode.workspace.fs.stat(uri);
  } catch {
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(`${JSON.stringify(template, undefined, 2)}\n`));
  }
  await vscode.window.showTextDocument(uri).then(undefined, report);
  // It is the user's turn: the command is given again when the file says what is wanted.
  throw new Cancelled();
}

const sweepTemplate = { v: 1, name: 'penalty', run: 'ppo', params: { updates: 30 }, grid: { 'kl.coef': [0.02, 0.05, 0.1] }, seeds: 2, tag: 'penalty' };
const pipelineTemplate = {
  v: 1,
  name: 'from labels to a tuned model',
  stages: [
    { id: 'reward', run: 'reward' },
    { id: 'ppo', run: 'ppo', models: { reward: '@reward' }, params: { updates: 30 } },
    { id: 'evaluate', run: 'evaluate', models: { policy: '@ppo', reward: '@reward' }, prompts: { split: 'test' } },
  ],
};
