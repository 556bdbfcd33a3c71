import type { FieldFault } from '../../domain/task-check';
import type { Elements, NamedPart, PartName } from '../../domain/task-draft';
import { changeElement, retitle } from '../../domain/task-draft';
import type { Uses } from '../../domain/task-uses';
import type { TaskSource } from '../../domain/tasks';

/** What the parts of the form work with. */
export interface Editing {
  readonly draft: TaskSource;
  /** The task that is shown, by its index. */
  readonly task: number;
  readonly faults: readonly FieldFault[];
  readonly uses: Uses;
  readonly sets: readonly string[];
  /** Whether an element stands in the saved file by this id: then its id does not change by itself. */
  readonly saved: (part: PartName, id: string) => boolean;
  /** @param about see `changed` of history.ts. @param says for the live region */
  readonly edit: (change: (draft: TaskSource) => TaskSource, about?: string, says?: string) => void;
  /** Elements that are unfolded, as `part/index`. */
  readonly open: ReadonlySet<string>;
  readonly setOpen: (name: string, open: boolean) => void;
}

/** Messages at a field. */
export function faultsAt({ faults }: Editing, part: PartName, index: number, field: string): readonly FieldFault[] {
  return faults.filter((f) => f.part === part && f.index === index && f.field === field);
}

export function hasErrors({ faults }: Editing, part: PartName, index: number): boolean {
  return faults.some((f) => f.part === part && f.index === index && f.severity === 'error');
}

/** Changes fields of an element; what is typed into one field is one step back. */
export function setFields<P extends PartName>(editing: Editing, part: P, index: number, change: { readonly [K in keyof Elements[P]]?: Elements[P][K] | undefined }, typed = false): void {
  editing.edit((draft) => changeElement(draft, part, index, change), typed ? `${part}/${index}/${Object.keys(change).join()}` : undefined);
}

/** Changes a title or text; the id goes along while nobody can know it. */
export function setWords(editing: Editing, part: PartName, index: number, field: 'title' | 'text', text: string): void {
  const { id } = editing.draft[part][index]!;
  const fixed = editing.saved(part, id) || (editing.uses[part][id] ?? 0) > 0;
  editing.edit((draft) => retitle(draft, part, index, field, text, fixed), `${part}/${index}/${field}`);
}

/** The elements that the task names, in its order, with their indices; names that stand for nothing are left out. */
export function namedBy<P extends NamedPart>({ draft, task }: Editing, part: P): { readonly element: Elements[P]; readonly index: number }[] {
  const list = draft[part] as readonly Elements[P][];
  return (draft.tasks[task]?.[part] ?? []).flatMap((id) => {
    const index = list.findIndex((e) => e.id === id);
    return index < 0 ? [] : [{ element: list[index]!, index }];
  });
}
