import * as vscode from 'vscode';
import { UserError } from '../../base/errors';
import { plural } from '../../base/text';
import { countTrl, exportTrl } from '../../formats/trl-export';
import type { TrlExportOptions } from '../../formats/trl-export';
import { readData } from '../../jobs/plan';
import { comparisonsOf } from '../../jobs/plan-reward';
import { commands } from '../contributions';
import { Cancelled } from '../edge';
import type { Sessions } from '../session';
import { choose } from './steps';

/** Writes the comparisons as TRL preference JSONL, after a count of what that will be. */
export async function exportComparisons(sessions: Sessions): Promise<void> {
  const { workspace } = await sessions.require();
  const { examples } = comparisonsOf(await readData(workspace));
  if (examples.length === 0) {
    throw new UserError('export.empty', vscode.l10n.t('There is nothing to export: no label says that one answer is better than another.'), { title: vscode.l10n.t('Label Answers'), command: commands.rank });
  }
  const counts = countTrl(examples, { ties: 'drop' });
  const title = vscode.l10n.t('Export Comparisons (TRL Preference JSONL)');
  const ties: TrlExportOptions['ties'] =
    counts.ties === 0
      ? 'drop'
      : await choose(title, vscode.l10n.t('TRL knows no ties. What becomes of your {0}?', plural(counts.ties, 'tie')), [
          { label: vscode.l10n.t('Leave them out'), description: plural(counts.preferences, 'row'), value: 'drop' as const },
          { label: vscode.l10n.t('Write each in both directions'), description: plural(counts.preferences + 2 * counts.ties, 'row'), value: 'both' as const },
        ]);
  const target = await vscode.window.showSaveDialog({ title, saveLabel: vscode.l10n.t('Export'), defaultUri: vscode.Uri.joinPath(vscode.Uri.file(workspace.root), 'preferences.jsonl'), filters: { JSONL: ['jsonl'] } });
  if (!target) throw new Cancelled();
  const { text, counts: written } = exportTrl(examples, { ties, provenance: true });
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const open = vscode.l10n.t('Open');
  const chosen = await vscode.window.showInformationMessage(vscode.l10n.t('{0} on {1} written.', plural(written.rows, 'comparison'), plural(written.prompts, 'prompt')), open);
  if (chosen === open) await vscode.window.showTextDocument(target);
}
