import * as vscode from 'vscode';
import { disposables } from '../base/events';
import type { Disposable } from '../base/events';
import { findTask, resolveTask, tasksOf } from '../domain/tasks';
import type { Masker } from '../jobs/mask-texts';
import { createMasker } from '../jobs/mask-texts';
import { readScores, scoreKey } from '../jobs/scores';
import type { RankingAction, RankingEvent, RankingMethods, RankingNotice, RankingResults, RankingState, RankingView } from '../protocol/panels-ranking';
import { rankingMethods } from '../protocol/panels-ranking';
import { openDrafts } from '../store/drafts';
import type { Diagnostics } from './diagnostics';
import { inBackground, setContext, setting } from './edge';
import { labelerId } from './labeler';
import { panelHtml, panelOptions } from './panel-html';
import { serve } from './panel-wire';
import type { RankingSession } from './ranking-session';
import { openRanking } from './ranking-session';
import { worthFor } from './ranking-worth';
import type { Data, Sessions } from './session';

/** A shown labeling panel. */
export interface RankingPanel extends Disposable {
  readonly panel: vscode.WebviewPanel;
  act(action: RankingAction, position?: number): void;
  /** Shows another task, set of answers, mode or item. A task that is not named stays. */
  show(state: RankingState): void;
}

/** Drafts that nobody came back to for so long are given up. */
const draftDays = 60;

/** Puts the labeling page into a panel and answers it. */
export function attachRanking(panel: vscode.WebviewPanel, initial: RankingState, context: vscode.ExtensionContext, sessions: Sessions, diagnostics: Diagnostics): RankingPanel {
  const { extensionUri } = context;
  const all = disposables();
  const drafts = openDrafts(vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'drafts').fsPath);
  inBackground(drafts.prune(new Date(Date.now() - draftDays * 86_400_000)));
  let state: RankingState = { ...initial };
  let opened: Promise<Opened> | undefined;
  /** Patterns that take too long stay off for as long as the list is the same. */
  let masker: { readonly masks: string; readonly masker: Masker } | undefined;

  async function open(): Promise<Opened> {
    const session = await sessions.require();
    const labeler = await labelerId(session.workspace.root);
    const data = await session.data();
    const { project } = data;
    const named = state.task === undefined ? undefined : findTask(project, state.task);
    const task = named ?? tasksOf(project)[0]!;
    const { form, faults } = resolveTask(project, task);
    const masks = JSON.stringify(project.masks ?? null);
    if (masker?.masks !== masks) masker = { masks, masker: createMasker(project.masks) };
    const worth = await worthFor(task, data, session.runs.list());
    const scores = state.mode === 'contradicted' ? await readScores(session.runs.list()) : undefined;
    const as = { data, size: data.index.size, shape: shapeOf(data) };
    const ranking = openRanking({
      labeler,
      task,
      form,
      mode: state.mode ?? 'label',
      data,
      append: async (lines) => {
        await session.append(lines);
        as.size += lines.length;
      },
      ...(state.batch === undefined ? {} : { batch: state.batch }),
      masker: masker.masker,
      drafts,
      ...(typeof worth === 'string' ? {} : { worth }),
      ...(scores === undefined ? {} : { scoresOf: (promptHash: string, hash: string) => scores.get(scoreKey(promptHash, hash)) }),
      now: () => new Date(),
    });
    diagnostics.set('ranking', ranking.problems);
    const notices: RankingNotice[] = [
      ...(state.task !== undefined && !named ? [{ about: 'task' as const, message: vscode.l10n.t('There is no task "{0}" in project.json any more; this is "{1}".', state.task, form.title) }] : []),
      ...faults.map((message) => ({ about: 'task' as const, message })),
      ...(worth === 'no-scores' ? [{ about: 'no-scores' as const }] : []),
    ];
    return { ranking, labeler, notices, masker: masker.masker, title: form.title, as };
  }

  function session(): Promise<Opened> {
    opened ??= open();
    // A read that failed is tried again when somebody asks again.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  }

  /** What the page shows: the item, and who is at it. */
  async function shown(ask: (ranking: RankingSession) => ReturnType<RankingSession['undo']>): Promise<RankingView> {
    const { ranking, labeler, notices, masker: masks, title } = await session();
    const { perMinute, ...core } = await ask(ranking);
    // Opened by name once; from then on what the queue says.
    delete state.current;
    const name = core.mode === 'screening' ? vscode.l10n.t('Screening') : core.mode === 'adjudicate' ? vscode.l10n.t('Adjudication') : core.mode === 'contradicted' ? vscode.l10n.t('Asked Again') : title;
    panel.title = core.total > 0 ? vscode.l10n.t('{0} · {1} of {2}', name, core.done, core.total) : name;
    return {
      ...core,
      ...(state.batch === undefined ? {} : { batch: state.batch }),
      labeler,
      notices: [...notices, ...masks.faults.map((message) => ({ about: 'mask' as const, message })), ...(core.total > 0 || core.mode === 'adjudicate' || core.mode === 'contradicted' ? [] : leftOut(ranking.problems))],
      trusted: vscode.workspace.isTrusted,
      ...(perMinute !== undefined && setting('plumbline.ranking.showPace') ? { perMinute } : {}),
    };
  }

  // One after the other, so that a look at the files never falls between our writing a label and our knowing that we did.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const wire = all.add(
    serve<RankingMethods, RankingResults, RankingEvent>(panel.webview, rankingMethods, {
      ready: ({ current, again }) => inTurn(async () => {
        const wanted = state.current;
        return { ...(await shown((r) => (wanted === undefined && r.current() === undefined ? r.view(current, again) : r.view(wanted ?? r.current())))), ...translations() };
      }),
      submit: (judgement) => inTurn(() => shown((r) => r.submit(judgement))),
      undo: () => inTurn(() => shown((r) => r.undo())),
      redo: () => inTurn(() => shown((r) => r.redo())),
      back: () => inTurn(() => shown((r) => r.back())),
      forward: () => inTurn(() => shown((r) => r.forward())),
      draft: (draft) => inTurn(async () => {
        await (await session()).ranking.draft(draft);
        return null;
      }),
      focus: ({ focused }) => {
        setContext('plumbline.rankingFocused', focused && panel.active);
        return null;
      },
      command: ({ command }) => {
        inBackground(Promise.resolve(vscode.commands.executeCommand(command)));
        return null;
      },
    }),
  );

  async function reread(current?: string): Promise<void> {
    opened = undefined;
    wire.send({ name: 'view', view: await shown((r) => r.view(current)) });
  }
  async function rereadHere(): Promise<void> {
    if (opened) await reread((await session()).ranking.current());
  }
  /** Our own labels are known already; only what somebody else wrote makes everything anew. */
  async function rereadIfChanged(data: Data): Promise<void> {
    if (!opened) return;
    const { as } = await session();
    const same = as.data.index === data.index && as.size === data.index.size && as.data.generations === data.generations && as.data.screening === data.screening && as.shape === shapeOf(data);
    if (!same) await rereadHere();
  }

  all.add(sessions.onData((data) => {
    if (data) inBackground(inTurn(() => rereadIfChanged(data)));
  }));
  all.add(sessions.onRuns((changes) => {
    if (changes.some(({ view }) => view.kind === 'score' && view.state === 'finished')) inBackground(inTurn(rereadHere));
  }));
  all.add(vscode.workspace.onDidChangeConfiguration((e) => {
    if (e.affectsConfiguration('plumbline.labeler') || e.affectsConfiguration('plumbline.ranking')) inBackground(inTurn(rereadHere));
  }));
  all.add(vscode.workspace.onDidGrantWorkspaceTrust(() => {
    inBackground(inTurn(rereadHere));
  }));
  all.add(panel.onDidChangeViewState(() => {
    if (!panel.active) setContext('plumbline.rankingFocused', false);
  }));
  all.add({
    dispose: () => {
      setContext('plumbline.rankingFocused', false);
    },
  });
  panel.onDidDispose(() => {
    all.dispose();
  });
  panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
  panel.webview.options = panelOptions(extensionUri);
  panel.webview.html = panelHtml(panel.webview, extensionUri, 'ranking', 'Plumbline');
  return {
    panel,
    act: (action, position) => {
      wire.send({ name: 'action', action, ...(position === undefined ? {} : { position }) });
    },
    show(next) {
      const task = next.task ?? state.task;
      const same = task === state.task && next.batch === state.batch && (next.mode ?? 'label') === (state.mode ?? 'label');
      if (same && next.current === undefined) return;
      state = { ...next, ...(task === undefined ? {} : { task }) };
      inBackground(inTurn(() => reread(next.current)));
    },
    dispose: () => {
      all.dispose();
    },
  };
}

/** A session, and what the data were like that it was made from. */
interface Opened {
  readonly ranking: RankingSession;
  readonly labeler: string;
  readonly notices: readonly RankingNotice[];
  readonly masker: Masker;
  readonly title: string;
  readonly as: { readonly data: Data; size: number; readonly shape: string };
}

/** Why there is nothing to ask about, though there are answers. The Problems panel has it, too, by file. */
function leftOut(problems: RankingSession['problems']): RankingNotice[] {
  const [first] = problems;
  return first === undefined ? [] : [{ about: 'left-out', message: problems.length === 1 ? first.message : vscode.l10n.t('{0}; and {1} more, see the Problems panel', first.message, problems.length - 1) }];
}

/** What of the project a panel depends on. */
function shapeOf({ project }: Data): string {
  const { criteria, questions, rules, tasks, masks, screening } = project;
  return JSON.stringify([criteria, questions, rules, tasks, masks, screening]);
}

/** The page's strings in the editor's language, where there are translations. */
export function translations(): { strings?: Record<string, string> } {
  const { bundle } = vscode.l10n;
  return bundle ? { strings: Object.fromEntries(Object.entries(bundle).filter((e): e is [string, string] => typeof e[1] === 'string')) } : {};
}
