import * as vscode from 'vscode';
import { disposables, emitter } from '../base/events';
import type { Disposable } from '../base/events';
import { UserError } from '../base/errors';
import type { Problem } from '../base/problems';
import { foldLabels } from '../domain/labels';
import type { Generation, Label, PromptRecord, ScreeningItem } from '../domain/records';
import { openRuns } from '../jobs/runs';
import type { RunChange, Runs } from '../jobs/runs';
import type { Project } from '../protocol/project';
import type { DataSet } from '../store/data-files';
import { readGenerations, readPrompts, readScreening } from '../store/data-files';
import { readLabels } from '../store/label-files';
import { readProject } from '../store/project-file';
import type { Workspace } from '../store/workspace';
import { workspaceAt } from '../store/workspace';
import { commands } from './contributions';
import { inBackground, report, setting } from './edge';

/** What the files of a workspace amount to; read again when one of them changes. */
export interface Data {
  readonly project: Project;
  readonly prompts: readonly DataSet<PromptRecord>[];
  readonly generations: readonly DataSet<Generation>[];
  /** Items with the researchers' answers. */
  readonly screening: readonly DataSet<ScreeningItem>[];
  /** Standing labels of all labelers, of every task and kind. */
  readonly labels: readonly Label[];
  readonly problems: readonly Problem[];
}

/** The workspace that is open, with its runs. One window has one. */
export interface Session extends Disposable {
  readonly workspace: Workspace;
  readonly runs: Runs;
  /** Resolves to what was read last; reads when nothing was yet. */
  data(): Promise<Data>;
  readonly onData: (listener: (data: Data) => void) => Disposable;
}

export interface Sessions extends Disposable {
  current(): Session | undefined;
  /** @throws UserError with the button that sets a workspace up. */
  require(): Promise<Session>;
  /** Looks for a workspace again: after set-up, or when folders come and go. */
  open(): Promise<Session | undefined>;
  readonly onChange: (listener: (session: Session | undefined) => void) => Disposable;
  readonly onRuns: (listener: (changes: readonly RunChange[]) => void) => Disposable;
  readonly onData: (listener: (data: Data | undefined) => void) => Disposable;
}

export function createSessions(extensionUri: vscode.Uri): Sessions {
  const changed = emitter<Session | undefined>();
  const ran = emitter<readonly RunChange[]>();
  const read = emitter<Data | undefined>();
  let session: Session | undefined;
  let opening: Promise<Session | undefined> | undefined;

  async function look(): Promise<Session | undefined> {
    const folder = await projectFolder();
    if (session && folder?.fsPath === session.workspace.root) return session;
    session?.dispose();
    session = folder && (await openSession(workspaceAt(folder.fsPath), vscode.Uri.joinPath(extensionUri, 'dist', 'trainer.js').fsPath));
    session?.runs.onChange((changes) => {
      ran.fire(changes);
    });
    session?.onData((data) => {
      read.fire(data);
    });
    if (session) inBackground(session.data());
    else read.fire(undefined);
    changed.fire(session);
    return session;
  }

  const sessions: Sessions = {
    current: () => session,
    async require() {
      const found = session ?? (await sessions.open());
      if (found) return found;
      if (!vscode.workspace.workspaceFolders?.length) {
        throw new UserError('no-folder', vscode.l10n.t('No folder is open. Plumbline keeps its data in plain files of a folder.'), { title: vscode.l10n.t('Open Folder'), command: 'vscode.openFolder' });
      }
      throw new UserError('no-workspace', vscode.l10n.t('This folder is not set up for Plumbline yet.'), { title: vscode.l10n.t('Set Up This Workspace'), command: commands.setup });
    },
    open() {
      opening ??= look().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    onChange: changed.on,
    onRuns: ran.on,
    onData: read.on,
    dispose() {
      session?.dispose();
      changed.dispose();
      ran.dispose();
      read.dispose();
    },
  };
  return sessions;
}

/** The first workspace folder that has a project. */
async function projectFolder(): Promise<vscode.Uri | undefined> {
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    if (uri.scheme !== 'file') continue;
    try {
      await vscode.workspace.fs.stat(vscode.Uri.joinPath(uri, '.plumbline', 'project.json'));
      return uri;
    } catch {
      // no project there: the next folder is looked at
    }
  }
  return undefined;
}

async function openSession(workspace: Workspace, trainer: string): Promise<Session> {
  const all = disposables();
  const changed = all.add(emitter<Data>());
  const runs = all.add(
    await openRuns({
      runsFolder: vscode.Uri.joinPath(vscode.Uri.file(workspace.folder), 'runs').fsPath,
      trainer,
      maxRunning: () => setting('plumbline.maxConcurrentRuns'),
      mayStart: () => vscode.workspace.isTrusted,
    }),
  );
  all.add(vscode.workspace.onDidGrantWorkspaceTrust(() => {
    inBackground(runs.refresh());
  }));

  let latest: Promise<Data> | undefined;
  let pause = 250;
  const load = (): Promise<Data> => {
    const started = performance.now();
    const reading = readAll(workspace);
    latest = reading;
    reading.then((data) => {
      // A labeler writes every few seconds: reading must not take more than a fifth of the time, however much there is.
      pause = Math.max(250, 4 * (performance.now() - started));
      if (latest === reading) changed.fire(data);
    }, (error: unknown) => void report(error));
    return reading;
  };
  const watcher = all.add(vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(workspace.folder), '{project.json,prompts/*.jsonl,generations/*.jsonl,screening/*.jsonl,labels/*.jsonl}')));
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), pause);
  };
  all.add({ dispose: () => { clearTimeout(timer); } });
  for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) all.add(event(soon));
  return { workspace, runs, data: () => latest ?? load(), onData: changed.on, dispose: () => { all.dispose(); } };
}

async function readAll(workspace: Workspace): Promise<Data> {
  const [project, prompts, generations, screening, labels] = await Promise.all([readProject(workspace), readPrompts(workspace), readGenerations(workspace), readScreening(workspace), readLabels(workspace)]);
  const folded = foldLabels(labels.records);
  return {
    project: project.project,
    prompts: prompts.records,
    generations: generations.records,
    screening: screening.records,
    labels: folded.current,
    problems: [...project.problems, ...prompts.problems, ...generations.problems, ...screening.problems, ...labels.problems, ...folded.problems],
  };
}
