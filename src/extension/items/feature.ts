import * as vscode from 'vscode';
import { disposables } from '../../base/events';
import { UserError } from '../../base/errors';
import type { ItemsEvent, ItemsMethods, ItemsResults, ItemsState } from '../../protocol/panels-items';
import { itemsMethods, itemsStateSchema } from '../../protocol/panels-items';
import { lineOfRecord } from '../../store/record-line';
import { commands } from '../contributions';
import { inBackground } from '../edge';
import type { Feature, Parts } from '../feature';
import { labelerId } from '../labeler';
import { translations } from '../ranking-panel';
import { createSinglePanel } from '../single-panel';
import { createSearch } from './search';
import type { ItemSearch } from './search';

/** The item browser: every item of a task, found and opened. */
export function createItems(parts: Parts): Feature<typeof commands.items> {
  const { sessions, context } = parts;
  const panel = createSinglePanel<ItemsMethods, ItemsResults, ItemsEvent, ItemsState>(context.extensionUri, {
    page: 'items',
    title: vscode.l10n.t('Items'),
    methods: itemsMethods,
    state: itemsStateSchema,
    empty: {},
    attach(_panel, _state, send) {
      const all = disposables();
      const search = createSearch(
        async () => (await sessions.require()).data(),
        async () => labelerId((await sessions.require()).workspace.root),
      );
      const changed = (): void => {
        search.changed();
        send({ name: 'changed' });
      };
      all.add(sessions.onData(changed));
      all.add(vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration('plumbline.labeler')) changed();
      }));
      return {
        dispose: () => {
          all.dispose();
        },
        handlers: {
          ready: async ({ task, filter, keep }) => ({ ...(await search.find(task, filter, keep)), ...translations() }),
          filter: ({ task, filter, keep }) => search.find(task, filter, keep),
          rows: ({ version, from, count }) => search.rows(version, from, count),
          open: ({ key, adjudicate }) => {
            const { task } = need(search, key);
            parts.label({ task, current: key, ...(adjudicate ? { mode: 'adjudicate' } : {}) });
            return null;
          },
          reveal: async ({ key }) => {
            await reveal(parts, search, key);
            return null;
          },
          command: ({ command }) => {
            inBackground(Promise.resolve(vscode.commands.executeCommand(command)));
            return null;
          },
        },
      };
    },
  });
  return {
    handlers: {
      [commands.items]: async () => {
        await sessions.require();
        panel.open();
      },
    },
    dispose: () => {
      panel.dispose();
    },
  };
}

/** Opens the file of an item at its line. By the editor's own command: it opens files of any size. */
async function reveal({ sessions }: Parts, search: ItemSearch, key: string): Promise<void> {
  const { item } = need(search, key);
  const { generations } = await (await sessions.require()).data();
  const set = generations.find((s) => s.name === item.sets[0]);
  const line = set && (await lineOfRecord(set.file, item.generation.id));
  if (!set || line === undefined) throw new UserError('items.gone', vscode.l10n.t('The item {0} is not in its file any more.', item.generation.id));
  const at = new vscode.Position(line - 1, 0);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(set.file), { selection: new vscode.Range(at, at), preview: true });
}

function need(search: ItemSearch, key: string): { readonly item: NonNullable<ReturnType<ItemSearch['item']>>['item']; readonly task: string } {
  const found = search.item(key);
  if (!found) throw new UserError('items.gone', vscode.l10n.t('This item is not there any more.'));
  return found;
}
