import * as vscode from 'vscode';
import { disposables } from '../../base/events';
import { UserError } from '../../base/errors';
import type { Label } from '../../domain/records';
import type { Uses } from '../../domain/task-uses';
import { countUses } from '../../domain/task-uses';
import type { TaskEvent, TaskMethods, TaskResults, TaskState, TaskView } from '../../protocol/panels-task';
import { taskMethods, taskStateSchema } from '../../protocol/panels-task';
import { lineOfProject, projectFileOf, readProject } from '../../store/project-file';
import { commands } from '../contributions';
import { inBackground } from '../edge';
import type { Feature, Parts } from '../feature';
import { labelerId } from '../labeler';
import { translations } from '../ranking-panel';
import { createSinglePanel } from '../single-panel';
import type { Session } from '../session';
import { inSlices } from '../slices';
import { chooseTask } from './choose';
import { saveParts, viewOf } from './file';
import { taskProblems } from './problems';

/** Choosing a task to label, and the form that makes and edits tasks. */
export function createTaskForm(parts: Parts): Feature<typeof commands.chooseTask | typeof commands.editTasks> {
  const { sessions, context, diagnostics } = parts;
  const all = disposables();
  const panel = all.add(
    createSinglePanel<TaskMethods, TaskResults, TaskEvent, TaskState>(context.extensionUri, {
      page: 'task',
      title: vscode.l10n.t('Labeling Tasks'),
      methods: taskMethods,
      state: taskStateSchema,
      empty: {},
      attach(_panel, state, send) {
        const mine = disposables();
        let shown: string | undefined;
        let counted: { readonly labels: readonly Label[]; readonly uses: Uses } | undefined;
        let closed = false;

        async function look(): Promise<TaskView> {
          const session = await sessions.require();
          const [file, { generations }] = await Promise.all([readProject(session.workspace), session.data()]);
          const view = viewOf(file, generations.map((s) => s.name));
          shown = JSON.stringify(view);
          return view;
        }
        /** Labels may be a million: they are counted while other things go on, and the page hears of it when it is done. */
        async function tellUses(session: Session): Promise<void> {
          const { labels } = await session.data();
          if (counted?.labels === labels) return;
          const uses = await inSlices(countUses(labels), () => closed);
          if (uses === undefined) return;
          counted = { labels, uses };
          send({ name: 'uses', uses });
        }
        mine.add(sessions.onData((data) => {
          const session = sessions.current();
          if (!data || !session) return;
          inBackground(
            (async () => {
              const before = shown;
              const view = await look();
              if (shown !== before) send({ name: 'view', view });
              await tellUses(session);
            })(),
          );
        }));
        return {
          show: (next) => {
            send({ name: 'show', show: next });
          },
          dispose: () => {
            closed = true;
            mine.dispose();
          },
          handlers: {
            ready: async () => {
              const session = await sessions.require();
              counted = undefined;
              setTimeout(() => { inBackground(tellUses(session)); }, 0);
              return { view: await look(), show: state, ...translations() };
            },
            save: async ({ parts: draft, base }) => {
              const session = await sessions.require();
              refuseUnsaved(projectFileOf(session.workspace));
              const { saved } = await saveParts(session.workspace, draft, base);
              return { saved, view: await look() };
            },
            openJson: async ({ path }) => {
              await openProject((await sessions.require()).workspace, path);
              return null;
            },
            label: ({ task }) => {
              parts.label({ task });
              return null;
            },
            command: ({ command }) => {
              inBackground(Promise.resolve(vscode.commands.executeCommand(command)));
              return null;
            },
          },
        };
      },
    }),
  );

  all.add(sessions.onData((data) => {
    const session = sessions.current();
    if (!data || !session) diagnostics.set('tasks', []);
    else {
      inBackground(taskProblems(session.workspace, data.project).then((problems) => {
        diagnostics.set('tasks', problems);
      }));
    }
  }));

  return {
    handlers: {
      [commands.chooseTask]: async () => {
        const session = await sessions.require();
        const chosen = await chooseTask(await session.data(), await labelerId(session.workspace.root));
        if (chosen === 'new') panel.open({ create: true });
        else if (chosen === 'edit') panel.open({});
        else parts.label(chosen);
      },
      [commands.editTasks]: async (task) => {
        await sessions.require();
        panel.open(typeof task === 'string' ? { task } : {});
      },
    },
    dispose: () => {
      all.dispose();
    },
  };
}

/** What stands unsaved in an editor would be overwritten by the form, or overwrite it. @throws UserError */
function refuseUnsaved(file: string): void {
  const open = vscode.workspace.textDocuments.find((d) => d.uri.scheme === 'file' && d.uri.fsPath === vscode.Uri.file(file).fsPath);
  if (open?.isDirty === true) throw new UserError('tasks.unsaved', vscode.l10n.t('project.json has changes in an editor that are not saved. Save or revert them there first.'), { title: vscode.l10n.t('Open project.json'), command: 'vscode.open', args: [open.uri] });
}

async function openProject(workspace: Session['workspace'], path: readonly (string | number)[]): Promise<void> {
  const uri = vscode.Uri.file(projectFileOf(workspace));
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  const line = lineOfProject(text, path) ?? 1;
  const at = new vscode.Position(line - 1, 0);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), preview: false });
}
