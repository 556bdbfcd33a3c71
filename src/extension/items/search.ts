import { oneLine } from '../../base/text';
import { contentOf } from '../../domain/content';
import { filterItems, narrows } from '../../domain/item-filter';
import type { Item, ItemFilter } from '../../domain/item-filter';
import { findTask, tasksOf } from '../../domain/tasks';
import type { ItemRow, ItemsResult, Superseded } from '../../protocol/panels-items';
import type { Data } from '../session';
import { inSlices } from '../slices';
import { makeCatalog } from './catalog';
import type { Catalog } from './catalog';

/** What the browser looks for and where it found it. One search at a time: a later one ends an earlier one. */
export interface ItemSearch {
  find(task: string | undefined, filter: ItemFilter, keep: string | undefined): Promise<ItemsResult | Superseded>;
  rows(version: number, from: number, count: number): readonly ItemRow[];
  /** An item of the last search, and its task. */
  item(key: string): { readonly item: Item; readonly task: string } | undefined;
  /** Items or labels are not what they were. */
  changed(): void;
}

/**
 * @param data what was read last
 * @param me the labeler
 */
export function createSearch(data: () => Promise<Data>, me: () => Promise<string>): ItemSearch {
  let catalog: Catalog | undefined;
  let stale = true;
  let asked = 0;
  let version = 0;
  let found: { readonly catalog: Catalog; readonly filter: ItemFilter; readonly at: Int32Array } | undefined;

  async function current(task: string | undefined, given: () => boolean): Promise<Catalog | undefined> {
    const [now, who] = await Promise.all([data(), me()]);
    const wanted = (task === undefined ? undefined : findTask(now.project, task)) ?? tasksOf(now.project)[0]!;
    if (catalog && !stale && catalog.task.id === wanted.id && catalog.me === who) return catalog;
    stale = false;
    const made = await inSlices(makeCatalog(now, wanted, who, catalog), given);
    if (made === undefined) {
      stale = true;
      return undefined;
    }
    catalog = made;
    return made;
  }

  return {
    async find(task, filter, keep) {
      const turn = ++asked;
      const given = (): boolean => turn !== asked;
      const all = await current(task, given);
      if (all === undefined || given()) return { superseded: true };
      // While one types, only what was found so far is looked through again.
      const among = found?.catalog === all && narrows(found.filter, filter) ? found.at.slice().sort() : undefined;
      const at = await inSlices(filterItems(all.items, all.states, filter, among), given);
      if (at === undefined || given()) return { superseded: true };
      found = { catalog: all, filter, at };
      version++;
      const position = keep === undefined ? -1 : at.indexOf(all.byKey.get(keep) ?? -1);
      const { project } = await data();
      return {
        version,
        task: all.task.id,
        count: at.length,
        total: all.items.length,
        ...(position < 0 ? {} : { position }),
        facts: all.facts,
        choices: { tasks: tasksOf(project).map((t) => ({ id: t.id, title: t.title ?? t.id })), labelers: all.labelers, tags: all.tags, models: all.models, sets: all.sets },
        me: all.me,
      };
    },
    rows(of, from, count) {
      if (of !== version || !found) return [];
      const { items, states } = found.catalog;
      return [...found.at.subarray(from, from + count)].map((i) => rowOf(items[i]!, states[i]!));
    },
    item(key) {
      const i = catalog?.byKey.get(key);
      return i === undefined ? undefined : { item: catalog!.items[i]!, task: catalog!.task.id };
    },
    changed() {
      stale = true;
    },
  };
}

function rowOf(item: Item, state: Catalog['states'][number]): ItemRow {
  const content = contentOf(item.generation);
  return {
    key: item.key,
    prompt: oneLine(typeof content === 'string' ? content : (content.at(-1)?.content ?? ''), 240),
    set: item.sets[0]!,
    answers: item.generation.responses.length,
    models: item.models,
    tags: item.tags,
    ...(state.mine === undefined ? {} : { mine: state.mine }),
    labelers: state.labelers,
    ...(state.disagreement === undefined ? {} : { disagreement: state.disagreement }),
    settled: state.settled,
    flags: state.flags,
    allBad: state.allBad,
  };
}
