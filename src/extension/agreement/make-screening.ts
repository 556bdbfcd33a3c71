import * as vscode from 'vscode';
import { plural } from '../../base/text';
import { UserError } from '../../base/errors';
import { screeningItemsFor, screeningItemsFrom } from '../../domain/screening';
import { tasksOf } from '../../domain/tasks';
import { writeScreening } from '../../store/screening-files';
import { commands } from '../contributions';
import { Cancelled } from '../edge';
import { labelerId } from '../labeler';
import type { Sessions } from '../session';
import { formOf } from './view';

/** Makes screening items of one's own ordinary labels: asks for the task where there are several, and for the name. */
export async function makeScreening(sessions: Sessions, chosen: string | undefined): Promise<void> {
  const session = await sessions.require();
  const { workspace } = session;
  const now = await session.data();
  const me = await labelerId(workspace.root);
  const form = formOf(now, chosen ?? (await chooseTask(tasksOf(now.project))));
  const mine = now.index.ofLabeler(me, form.id).filter((l) => l.kind === undefined);
  const { items, silent, gone } = screeningItemsFrom(mine, now.byKey(form.id), form);
  if (items.length === 0) {
    throw new UserError('screening.nothing', vscode.l10n.t('{0} has no labels of "{1}" to make screening items of. Label some items first, as the researchers want them labeled.', me, form.title), {
      title: vscode.l10n.t('Label Answers'),
      command: commands.rank,
    });
  }
  const name = await vscode.window.showInputBox({
    ignoreFocusOut: true,
    title: vscode.l10n.t('Screening items of {0} labels by {1}', items.length, me),
    prompt: vscode.l10n.t('A name for the set. Candidates see the items without your answers.'),
    value: form.id,
    validateInput: (value) => (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value) ? undefined : vscode.l10n.t('Letters, digits, dots, hyphens and underscores.')),
  });
  if (name === undefined) throw new Cancelled();
  const exists = now.screening.some((s) => s.name === name);
  const replace = vscode.l10n.t('Replace');
  if (exists && (await vscode.window.showWarningMessage(vscode.l10n.t('There is a screening set "{0}" already.', name), { modal: true, detail: vscode.l10n.t('Results of candidates who have taken it will be about the new items.') }, replace)) !== replace) throw new Cancelled();
  const file = await writeScreening(workspace, name, items, { replace: exists });
  const left = [...(silent > 0 ? [vscode.l10n.t('{0} skipped or unsure', silent)] : []), ...(gone > 0 ? [vscode.l10n.t('{0} whose answers are gone', gone)] : [])];
  const message = vscode.l10n.t('{0} written to screening/{1}.jsonl.', plural(items.length, 'screening item'), name) + (left.length > 0 ? ` ${vscode.l10n.t('Left out: {0}.', left.join(', '))}` : '');
  const others = screeningItemsFor(now.screening.filter((set) => set.name !== name).flatMap((set) => set.records), form.id).length;
  const grown = others === 0 ? '' : ` ${vscode.l10n.t('With the other sets the screening of "{0}" has {1} items now, for everybody, also for those who have done it before.', form.title, others + items.length)}`;
  const open = vscode.l10n.t('Open File');
  if ((await vscode.window.showInformationMessage(message + grown, open)) === open) await vscode.window.showTextDocument(vscode.Uri.file(file));
}

async function chooseTask(tasks: ReturnType<typeof tasksOf>): Promise<string> {
  if (tasks.length === 1) return tasks[0]!.id;
  const picked = await vscode.window.showQuickPick(tasks.map((t) => ({ label: t.title ?? t.id, id: t.id })), { title: vscode.l10n.t('Screening items for which task?'), ignoreFocusOut: true });
  if (!picked) throw new Cancelled();
  return picked.id;
}
