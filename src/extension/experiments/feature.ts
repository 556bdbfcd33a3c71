import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import { disposables } from '../../base/events';
import { newId } from '../../base/ids';
import { openCurves } from '../../jobs/curve-reader';
import type { CurveReader } from '../../jobs/curve-reader';
import { experimentRow, firstChosen } from '../../jobs/experiments';
import { provenanceOf } from '../../jobs/provenance';
import { seedGroups, seedsInWords } from '../../jobs/seeds';
import type { RunView } from '../../jobs/view';
import { emptyNote, foldNotes } from '../../protocol/experiments';
import type { RunNote } from '../../protocol/experiments';
import type { ExperimentAction, ExperimentRow, ExperimentsEvent, ExperimentsMethods, ExperimentsResults, ExperimentsState, SeedGroupView } from '../../protocol/panels-experiments';
import { experimentsMethods, experimentsStateSchema } from '../../protocol/panels-experiments';
import { appendExperimentLine, readExperimentLines } from '../../store/experiment-notes';
import { commands } from '../contributions';
import { inBackground, runCommand } from '../edge';
import type { Feature, Parts } from '../feature';
import { translations } from '../ranking-panel';
import type { Session } from '../session';
import { createSinglePanel } from '../single-panel';
import type { Attached } from '../single-panel';
import { pipeline, reproduce, sweep } from './many-runs';
import { severalSeeds } from './seeds';

/** Steps come many a second; the page hears of them when they pause. */
const pause = 400;

/** All runs beside each other. */
export function createExperiments(parts: Parts): Feature<typeof commands.experiments | typeof commands.reproduce | typeof commands.sweep | typeof commands.runSeeds | typeof commands.runPipeline> {
  // Outlives the page: what is opened again has been read.
  const curves = openCurves();
  const panel = createSinglePanel<ExperimentsMethods, ExperimentsResults, ExperimentsEvent, ExperimentsState>(parts.context.extensionUri, {
    page: 'experiments',
    title: vscode.l10n.t('Experiments'),
    methods: experimentsMethods,
    state: experimentsStateSchema,
    empty: experimentsStateSchema.parse({}),
    attach: (page, _state, send) => attach(parts, curves, page, send),
  });
  return {
    handlers: {
      [commands.experiments]: async () => {
        await parts.sessions.require();
        panel.open();
      },
      [commands.reproduce]: (run) => reproduce(parts, run),
      [commands.sweep]: (file) => sweep(parts, file),
      [commands.runSeeds]: (kind) => severalSeeds(parts, kind),
      [commands.runPipeline]: (file) => pipeline(parts, file),
    },
    dispose: () => {
      panel.dispose();
    },
  };
}

function attach({ sessions, diagnostics }: Parts, curves: CurveReader, page: vscode.WebviewPanel, send: (event: ExperimentsEvent) => void): Attached<ExperimentsMethods, ExperimentsResults, ExperimentsState> {
  const all = disposables();
  let notes: ReadonlyMap<string, RunNote> = new Map();
  const changed = new Set<string>();
  const removed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const rowOf = (session: Session, view: RunView): ExperimentRow => experimentRow(view, session.runs.spec(view.id), notes.get(view.id) ?? emptyNote, Date.now());

  async function readNotes({ workspace }: Session): Promise<void> {
    const { records, problems } = await readExperimentLines(workspace);
    notes = foldNotes(records);
    diagnostics.set('notes on experiments', problems);
  }

  function follow(): void {
    const session = sessions.current();
    if (!session) return;
    const views = [...changed].flatMap((id) => session.runs.get(id) ?? []);
    const gone = [...removed];
    changed.clear();
    removed.clear();
    send({ name: 'rows', rows: views.map((view) => rowOf(session, view)), removed: gone, groups: groupsOf(session) });
  }
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      // A hidden page is gone: it asks anew when it comes back.
      if (page.visible) follow();
    }, pause);
  };
  all.add(sessions.onRuns((changes) => {
    for (const { view, removed: gone } of changes) (gone ? removed : changed).add(view.id);
    soon();
  }));
  all.add({ dispose: () => { clearTimeout(timer); } });

  const found = (session: Session, ids: readonly string[]): RunView[] => ids.flatMap((id) => session.runs.get(id) ?? []);
  const need = (session: Session, id: string): RunView => {
    const view = session.runs.get(id);
    if (!view) throw new UserError('no-such-run', vscode.l10n.t('The run {0} is not there any more.', id));
    return view;
  };
  return {
    handlers: {
      ready: async ({ chosen: before }) => {
        const session = await sessions.require();
        const there = before.filter((id) => session.runs.get(id) !== undefined);
        const chosen = there.length > 0 ? there : firstChosen(session.runs.list());
        await readNotes(session);
        // While the page draws the table, the curves that it will ask for are read.
        setImmediate(() => {
          inBackground(curves.samples(found(session, chosen)));
        });
        return { rows: session.runs.list().map((view) => rowOf(session, view)), chosen, groups: groupsOf(session), trusted: vscode.workspace.isTrusted, ...translations() };
      },
      series: async ({ runs, ...query }) => curves.series(found(await sessions.require(), runs), query),
      paid: async ({ runs }) => curves.paid(found(await sessions.require(), runs)),
      samples: async ({ runs, step }) => curves.samples(found(await sessions.require(), runs), step),
      note: async ({ run, ...fields }) => {
        const session = await sessions.require();
        const view = need(session, run);
        await appendExperimentLine(session.workspace, { v: 1, id: newId(Date.now()), run, at: new Date().toISOString(), ...fields });
        await readNotes(session);
        return rowOf(session, view);
      },
      provenance: async ({ run }) => {
        const session = await sessions.require();
        return provenanceOf({ workspace: session.workspace, runs: session.runs.list() }, need(session, run).id, vscode.workspace.isTrusted);
      },
      save: async ({ name, format, data }) => save(await sessions.require(), name, format, data),
      act: async ({ run, action }) => {
        need(await sessions.require(), run);
        await runCommand(actions[action], run);
        return null;
      },
      command: ({ command }) => {
        inBackground(Promise.resolve(vscode.commands.executeCommand(command)));
        return null;
      },
    },
    dispose: () => {
      all.dispose();
      curves.rest();
    },
  };
}

const groupsOf = ({ runs }: Session): SeedGroupView[] => seedGroups(runs).map((g) => ({ name: g.group, says: seedsInWords(g), runs: g.runs.map((r) => r.id) }));

const actions = {
  open: commands.openRun,
  reproduce: commands.reproduce,
  report: commands.openReport,
  stop: commands.stop,
  resume: commands.resume,
} as const satisfies Record<ExperimentAction, string>;

const formats = { svg: 'SVG', png: 'PNG', csv: 'CSV' } as const;

async function save({ workspace }: Session, name: string, format: keyof typeof formats, data: string): Promise<string | null> {
  const file = `${name.replace(/[^\p{L}\p{N}._ -]+/gu, '-').trim() || 'experiments'}.${format}`;
  const target = await vscode.window.showSaveDialog({ title: vscode.l10n.t('Export'), saveLabel: vscode.l10n.t('Export'), defaultUri: vscode.Uri.joinPath(vscode.Uri.file(workspace.root), file), filters: { [formats[format]]: [format] } });
  if (!target) return null;
  await vscode.workspace.fs.writeFile(target, format === 'png' ? Buffer.from(data, 'base64') : new TextEncoder().encode(data));
  return target.path.slice(target.path.lastIndexOf('/') + 1);
}
