import * as vscode from 'vscode';
import { disposables, emitter } from '../base/events';
import type { Disposable } from '../base/events';
import { messageOf, UserError } from '../base/errors';
import type { ModelReport } from '../domain/model-report';
import { logTail, readSpec } from '../jobs/folder';
import { readModelReport } from '../jobs/model-report';
import type { RunChange } from '../jobs/runs';
import { seedGroups, seedsInWords } from '../jobs/seeds';
import type { RunView } from '../jobs/view';
import { isActive } from '../jobs/view';
import type { RunHeader, RunMethods, RunPageAction, RunPageEvent, RunResults } from '../protocol/panels-run';
import { runMethods, runStateSchema } from '../protocol/panels-run';
import { commands, panels } from './contributions';
import { inBackground, runCommand } from './edge';
import { flatten } from '../base/flatten';
import { panelHtml, panelOptions } from './panel-html';
import { serve } from './panel-wire';
import { translations } from './ranking-panel';
import type { Session, Sessions } from './session';

export interface RunPanels extends Disposable {
  open(run: string): void;
  /** A run was opened: told by its id. */
  readonly onOpened: (listener: (run: string) => void) => Disposable;
}

const logBytes = 16_000;

/** The run views: one panel a run, restored after a reload. */
export function createRunPanels(extensionUri: vscode.Uri, sessions: Sessions): RunPanels {
  const all = disposables();
  const opened = all.add(emitter<string>());
  const byRun = new Map<string, vscode.WebviewPanel>();

  function attach(panel: vscode.WebviewPanel, id: string): void {
    const mine = disposables();
    byRun.set(id, panel);
    const wire = mine.add(
      serve<RunMethods, RunResults, RunPageEvent>(panel.webview, runMethods, {
        ready: async () => {
          const session = await sessions.require();
          const run = need(session, id);
          panel.title = run.name;
          const [events, spec, log, worth] = await Promise.all([session.runs.events(id), readSpec(run.folder), logTail(run.folder, logBytes), worthOf(run)]);
          return { header: { ...headerOf(run, session), warnings: [...run.warnings, ...worth.warnings] }, ...(worth.report === undefined ? {} : { report: worth.report }), events, settings: flatten({ seed: spec.seed, threads: spec.threads, device: spec.device, models: spec.models, parents: spec.parents, ...spec.params }), log, ...translations() };
        },
        act: async ({ action }) => {
          await actions[action](id, need(await sessions.require(), id));
          return null;
        },
      }),
    );
    mine.add(sessions.onRuns((changes) => {
      const session = sessions.current();
      if (!session) return;
      const change = changes.find((c) => c.view.id === id && !c.removed) ?? ofGroup(session, id, changes);
      if (!change) return;
      // A run that began to say something again (resumed) may repeat steps; the page keeps the last of each.
      const quiet = change.events.length > 0 && change.events.every((e) => e.type === 'step') && isActive(change.view.state);
      const send = (log?: string, worth?: Worth): void => {
        const header = headerOf(change.view, session);
        wire.send({ name: 'update', header: { ...header, warnings: [...header.warnings, ...(worth?.warnings ?? [])] }, events: change.events, ...(log === undefined ? {} : { log }), ...(worth?.report === undefined ? {} : { report: worth.report }) });
      };
      if (quiet) send();
      else {
        inBackground(
          Promise.all([logTail(change.view.folder, logBytes), change.view.state === 'finished' ? worthOf(change.view) : undefined]).then(([log, worth]) => {
            send(log, worth);
          }),
        );
      }
    }));
    mine.add(panel.onDidChangeViewState(() => {
      if (panel.visible) opened.fire(id);
    }));
    panel.onDidDispose(() => {
      mine.dispose();
      if (byRun.get(id) === panel) byRun.delete(id);
    });
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    panel.webview.options = panelOptions(extensionUri);
    panel.webview.html = panelHtml(panel.webview, extensionUri, 'run', 'Plumbline');
    opened.fire(id);
  }

  all.add(
    vscode.window.registerWebviewPanelSerializer(panels.run, {
      deserializeWebviewPanel(panel, state: unknown) {
        const parsed = runStateSchema.safeParse(state);
        if (parsed.success) attach(panel, parsed.data.run);
        else panel.dispose();
        return Promise.resolve();
      },
    }),
  );
  return {
    open(run) {
      const there = byRun.get(run);
      if (there) there.reveal();
      else attach(vscode.window.createWebviewPanel(panels.run, sessions.current()?.runs.get(run)?.name ?? vscode.l10n.t('Run'), vscode.ViewColumn.Active), run);
    },
    onOpened: opened.on,
    dispose: () => {
      all.dispose();
    },
  };
}

const actions: Record<RunPageAction, (id: string, run: RunView) => Thenable<unknown>> = {
  stop: (id) => runCommand(commands.stop, id),
  resume: (id) => runCommand(commands.resume, id),
  cancel: (id) => runCommand(commands.cancel, id),
  openReport: (id) => runCommand(commands.openReport, id),
  openLog: (id) => runCommand(commands.openLog, id),
  revealFolder: (_id, run) => vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(run.folder)),
};

interface Worth {
  readonly report?: ModelReport;
  readonly warnings: readonly string[];
}

/** What the run says of its model; a report that cannot be read is a warning, since the run is none the worse for it. */
async function worthOf(run: RunView): Promise<Worth> {
  try {
    const report = await readModelReport(run);
    return { warnings: [], ...(report === undefined ? {} : { report }) };
  } catch (error) {
    return { warnings: [messageOf(error)] };
  }
}

function need(session: Session, id: string): RunView {
  const run = session.runs.get(id);
  if (!run) throw new UserError('no-such-run', vscode.l10n.t('The run {0} is not there any more.', id));
  return run;
}

/** Another run of the same group of seeds has ended or begun: then this one has something new to say, too. */
function ofGroup({ runs }: Session, id: string, changes: readonly RunChange[]): RunChange | undefined {
  const group = runs.spec(id)?.seedGroup;
  const view = runs.get(id);
  if (group === undefined || view === undefined || !changes.some((c) => c.before?.state !== c.view.state && runs.spec(c.view.id)?.seedGroup === group)) return undefined;
  return { view, before: view, removed: false, events: [] };
}

function seedsOf({ runs }: Session, id: string): string | undefined {
  const group = runs.spec(id)?.seedGroup;
  const found = group === undefined ? undefined : seedGroups(runs).find((g) => g.group === group);
  return found && seedsInWords(found);
}

function headerOf(run: RunView, session: Session): RunHeader {
  const seeds = seedsOf(session, run.id);
  const { id, kind, name, state, step, total, percent, warnings, error, secondsLeft, position, startedAt, finishedAt, plan, checkpoint, summary } = run;
  return {
    ...{ id, kind, name, state, step, total, percent, warnings, trusted: vscode.workspace.isTrusted },
    ...(error === undefined ? {} : { error: error.message }),
    ...(secondsLeft === undefined ? {} : { secondsLeft }),
    ...(position === undefined ? {} : { position }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(plan === undefined ? {} : { plan }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(summary === undefined ? {} : { summary }),
    ...(seeds === undefined ? {} : { seeds }),
  };
}
