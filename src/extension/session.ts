import * as vscode from 'vscode';
import { disposables, emitter } from '../base/events';
import type { Disposable } from '../base/events';
import { stackOf, UserError } from '../base/errors';
import type { LabelLine } from '../domain/records';
import { openRuns } from '../jobs/runs';
import { openSummaries } from '../jobs/summaries';
import type { RunChange, Runs } from '../jobs/runs';
import type { LiveData } from '../store/live-data';
import { openLiveData } from '../store/live-data';
import type { Workspace } from '../store/workspace';
import { workspaceAt } from '../store/workspace';
import { commands } from './contributions';
import { inBackground, log, report, setting } from './edge';

/** What the files of a workspace amount to. `index`, `labels` and `problems` are always up to date; the rest is as it was read last. */
export type Data = LiveData;

/** The workspace that is open, with its runs. One window has one. */
export interface Session extends Disposable {
  readonly workspace: Workspace;
  readonly runs: Runs;
  /** Resolves to what was read last; reads when nothing was yet. */
  data(): Promise<Data>;
  /** After every change; at most a few times a second. */
  readonly onData: (listener: (data: Data) => void) => Disposable;
  /** Adds label lines: on the disk (fsync) and in `Data.index` when the promise resolves. */
  append(lines: readonly LabelLine[]): Promise<void>;
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

/**
 * @param storage a folder of this workspace's own that only the editor writes to
 * @param environment what the process of a run folder gets besides the editor's own, for its keys
 */
export function createSessions(extensionUri: vscode.Uri, storage: vscode.Uri | undefined, environment?: (folder: string) => Promise<Readonly<Record<string, string>>>): Sessions {
  const changed = emitter<Session | undefined>();
  const ran = emitter<readonly RunChange[]>();
  const read = emitter<Data | undefined>();
  let session: Session | undefined;
  let opening: Promise<Session | undefined> | undefined;

  async function look(): Promise<Session | undefined> {
    const folder = await projectFolder();
    if (session && folder?.fsPath === session.workspace.root) return session;
    session?.dispose();
    session = folder && (await openSession(workspaceAt(folder.fsPath), extensionUri, storage, environment));
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

async function openSession(workspace: Workspace, extensionUri: vscode.Uri, storage: vscode.Uri | undefined, environment: Parameters<typeof createSessions>[2]): Promise<Session> {
  const all = disposables();
  const changed = all.add(emitter<Data>());
  const summaries = storage && (await openSummaries(vscode.Uri.joinPath(storage, 'runs.json').fsPath, (error) => {
    log.warn(`What is known of finished runs cannot be kept; they are read again by the next window: ${stackOf(error)}`);
  }));
  const runs = all.add(
    await openRuns({
      ...(summaries === undefined ? {} : { summaries }),
      runsFolder: vscode.Uri.joinPath(vscode.Uri.file(workspace.folder), 'runs').fsPath,
      trainer: vscode.Uri.joinPath(extensionUri, 'dist', 'trainer.js').fsPath,
      maxRunning: () => setting('plumbline.maxConcurrentRuns'),
      mayStart: () => vscode.workspace.isTrusted,
      ...(environment === undefined ? {} : { environment }),
    }),
  );
  all.add(vscode.workspace.onDidGrantWorkspaceTrust(() => {
    inBackground(runs.refresh());
  }));

  const live = openLiveData(workspace, storage && {
    file: vscode.Uri.joinPath(storage, 'labels.snapshot').fsPath,
    failed: (error) => {
      log.warn(`The snapshot of the labels cannot be used; they are read from their files, which takes longer: ${stackOf(error)}`);
    },
  }, {
    script: vscode.Uri.joinPath(extensionUri, 'dist', 'labels.js').fsPath,
    failed: (error) => {
      log.warn(`Labels are read without the help of another thread, which takes longer: ${stackOf(error)}`);
    },
  });
  let latest: Promise<Data> | undefined;
  let pause = 250;
  const load = (): Promise<Data> => {
    const started = performance.now();
    const reading = live.read();
    latest ??= reading;
    reading.then((data) => {
      latest = reading;
      // A labeler writes every few seconds: reading must not take more than a fifth of the time, however much there is.
      pause = Math.max(250, 4 * (performance.now() - started));
      changed.fire(data);
    }, (error: unknown) => {
      if (latest === reading) latest = undefined;
      void report(error);
    });
    return reading;
  };
  const watcher = all.add(vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(workspace.folder), '{project.json,prompts/*.jsonl,generations/*.jsonl,screening/*.jsonl,labels/*.jsonl}')));
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), pause);
  };
  let telling: NodeJS.Timeout | undefined;
  /** Own labels are known at once; who listens hears of several together. */
  const tell = (): void => {
    telling ??= setTimeout(() => {
      telling = undefined;
      void latest?.then(() => {
        changed.fire(live.data());
      }, () => undefined);
    }, 100);
  };
  all.add({
    dispose: () => {
      clearTimeout(timer);
      clearTimeout(telling);
    },
  });
  for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) all.add(event(soon));
  return {
    workspace,
    runs,
    data: () => latest ?? load(),
    onData: changed.on,
    async append(lines) {
      await live.append(lines);
      tell();
    },
    dispose: () => {
      all.dispose();
    },
  };
}
