import * as vscode from 'vscode';
import { plural } from '../../base/text';
import type { TaskForm } from '../../domain/tasks';
import { resolveTask, tasksOf } from '../../domain/tasks';
import { Cancelled } from '../edge';
import type { Data } from '../session';

/** What was chosen: a task by its id, a new one, or to edit them all. */
export type Choice = { readonly task: string } | 'new' | 'edit';

/** Asks which task to label. */
export async function chooseTask({ project, index }: Data, me: string): Promise<Choice> {
  const items: (vscode.QuickPickItem & { readonly choice: Choice })[] = [
    ...tasksOf(project).map((task) => {
      const { form, faults } = resolveTask(project, task);
      const mine = index.ofLabeler(me, task.id).filter((l) => l.kind === undefined).length;
      const detail = faults.length > 0 ? `$(warning) ${faults[0]!}` : asked(form);
      return { label: form.title, description: mine === 0 ? '' : vscode.l10n.t('{0} labeled by you', mine), detail, choice: { task: task.id } };
    }),
    { label: '', kind: vscode.QuickPickItemKind.Separator, choice: 'edit' },
    { label: vscode.l10n.t('$(add) New task…'), choice: 'new' },
    { label: vscode.l10n.t('$(edit) Edit tasks…'), choice: 'edit' },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Label Which Task?'), matchOnDetail: true, ignoreFocusOut: true });
  if (!chosen) throw new Cancelled();
  return chosen.choice;
}

/** What a task asks, in a line. */
export function asked(form: TaskForm): string {
  const { preference } = form;
  const parts = [
    ...(preference === undefined ? [] : [preference.form === 'ranking' ? vscode.l10n.t('ranking') : preference.form === 'best' ? vscode.l10n.t('best answer') : preference.strength === true ? vscode.l10n.t('better of two, how much') : vscode.l10n.t('better of two')]),
    ...(form.criteria.length > 0 ? [form.criteria.map((c) => c.title ?? c.id).join(', ')] : []),
    ...(form.questions.length > 0 ? [plural(form.questions.length, 'question')] : []),
    ...(form.rules.length > 0 ? [plural(form.rules.length, 'rule')] : []),
    ...(form.flags.length > 0 ? [plural(form.flags.length, 'flag')] : []),
  ];
  return parts.join(' · ');
}
