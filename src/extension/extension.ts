import * as vscode from 'vscode';
import { exportComparisons } from './commands/export';
import { importFiles } from './commands/import';
import { collectGenerations } from '../jobs/collect';
import { createRunCommands } from './commands/runs';
import { setUp } from './commands/setup';
import { createTraining } from './commands/training';
import { commands, walkthrough } from './contributions';
import { createDataView } from './data-view';
import { createDiagnostics } from './diagnostics';
import { inBackground, log, register } from './edge';
import { askLabeler } from './labeler';
import { createMeanwhile } from './meanwhile';
import { createRankingPanels } from './ranking-panels';
import { createRunPanels } from './run-panel';
import { createRunsView } from './runs-view';
import { createSessions } from './session';
import { createStage } from './stage';
import type { Status } from './status';
import { createStatusBar } from './status-bar';
import type { RunView } from '../jobs/view';
import type { RankingState } from '../protocol/panels-ranking';
import type { Workspace } from '../store/workspace';
import type { Diagnostics } from './diagnostics';
import { createTasks } from './tasks';
import { openStatistics } from '../statistics/client';
import { createAfter } from './after/feature';
import { createAgreement } from './agreement/feature';
import { createExperiments } from './experiments/feature';
import type { Parts } from './feature';
import { createItems } from './items/feature';
import { createLeaderboard } from './leaderboard/feature';
import { createEndpoints, runEnvironment } from './red-team/endpoints';
import { createRedTeam } from './red-team/feature';
import { createTaskForm } from './task-form/feature';

/** For the host tests. */
export interface PlumblineApi {
  readonly activationMs: number;
  /** What the status bar shows. */
  status(): Status | undefined;
}

/** Puts the parts together. */
export function createExtension(context: vscode.ExtensionContext): Omit<PlumblineApi, 'activationMs'> {
  const keep = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const { extensionUri, workspaceState } = context;
  keep(log);
  const sessions = keep(createSessions(extensionUri, context.storageUri, (folder) => runEnvironment(createEndpoints(context.secrets), folder)));
  const diagnostics = keep(createDiagnostics(sessions));
  keep(createStage(sessions));
  keep(createDataView(sessions));
  keep(createRunsView(sessions));
  const status = keep(createStatusBar(sessions, workspaceState));
  const rankings = keep(createRankingPanels(context, sessions, diagnostics));
  const runPanels = keep(createRunPanels(extensionUri, sessions));
  keep(runPanels.onOpened(status.lookedAt));
  keep(createTasks(sessions));
  keep(
    createMeanwhile(sessions, workspaceState, (run) => {
      const session = sessions.current();
      if (session && run.kind === 'generate') inBackground(collect(session.workspace, run, diagnostics));
    }),
  );

  const statistics = keep(openStatistics(vscode.Uri.joinPath(extensionUri, 'dist', 'statistics.js').fsPath));
  const parts: Parts = { context, sessions, diagnostics, statistics, runPanels, label: (state) => { rankings.open(state); } };
  const features = [createAgreement(parts), createItems(parts), createLeaderboard(parts), createRedTeam(parts), createTaskForm(parts), createAfter(parts), createExperiments(parts)] as const;
  for (const feature of features) keep(feature);
  const [agreement, items, leaderboard, redTeam, taskForm, afterTuning, experiments] = features;

  const training = createTraining(sessions, runPanels, diagnostics);
  const runs = createRunCommands(sessions, runPanels);
  const handlers: Record<(typeof commands)[keyof typeof commands], (...args: unknown[]) => unknown> = {
    [commands.setup]: (kind) => setUp(sessions, extensionUri, kind === 'empty' || kind === 'sample' ? kind : undefined),
    [commands.import]: (files) => importFiles(sessions, diagnostics, Array.isArray(files) ? files.filter((f) => f instanceof vscode.Uri) : undefined),
    [commands.rank]: async (what) => {
      await sessions.require();
      rankings.open(targetOf(what));
    },
    [commands.generate]: training.generate,
    [commands.trainReward]: training.trainReward,
    [commands.trainRule]: training.trainRule,
    [commands.tuneDpo]: training.tuneDpo,
    [commands.tunePpo]: training.tunePpo,
    [commands.bestOfN]: training.bestOfN,
    [commands.trainSft]: training.trainSft,
    [commands.evaluate]: training.evaluate,
    [commands.stop]: runs.stop,
    [commands.resume]: runs.resume,
    [commands.cancel]: runs.cancel,
    [commands.openRun]: runs.openRun,
    [commands.openReport]: runs.openReport,
    [commands.openLog]: runs.openLog,
    [commands.deleteRun]: runs.deleteRun,
    [commands.export]: () => exportComparisons(sessions),
    [commands.whoAmI]: async () => askLabeler((await sessions.require()).workspace.root),
    [commands.openKeybindings]: () => vscode.commands.executeCommand('workbench.action.openGlobalKeybindings', 'plumbline.ranking'),
    [commands.openWalkthrough]: () => vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#${walkthrough}`, false),
    ...agreement.handlers,
    ...items.handlers,
    ...leaderboard.handlers,
    ...redTeam.handlers,
    ...taskForm.handlers,
    ...afterTuning.handlers,
    ...experiments.handlers,
  };
  for (const [id, run] of Object.entries(handlers)) keep(register(id, run));
  keep(vscode.workspace.onDidChangeWorkspaceFolders(() => {
    inBackground(sessions.open());
  }));
  inBackground(sessions.open());
  return { status: status.now };
}

/** Adds the answers of a finished generation run to the workspace, once. */
async function collect(workspace: Workspace, run: RunView, diagnostics: Diagnostics): Promise<void> {
  const { problems } = await collectGenerations(workspace, run);
  diagnostics.set(`answers of ${run.id}`, problems);
}

/** What was meant: a set of answers by its name or by the row of the Data view whose button was pressed, or a task. */
function targetOf(argument: unknown): RankingState {
  if (typeof argument === 'string') return { batch: argument };
  const { item, task } = (argument ?? {}) as { item?: { id?: unknown }; task?: unknown };
  const batch = typeof item?.id === 'string' ? /([^/\\]+)\.jsonl$/.exec(item.id)?.[1] : undefined;
  return { ...(batch === undefined ? {} : { batch }), ...(typeof task === 'string' ? { task } : {}) };
}
