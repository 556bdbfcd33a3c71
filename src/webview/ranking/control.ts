import { useLayoutEffect } from 'preact/hooks';
import { keepFocus } from '../shared/keys';
import { isPointerDown } from './pointer';

const fieldset = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-field="${CSS.escape(id)}"]`);

/** The control of a field that the keyboard goes to: the chosen option, else the first. */
function controlOf(id: string): HTMLElement | null {
  return fieldset(id)?.querySelector<HTMLElement>('input:checked') ?? fieldset(id)?.querySelector<HTMLElement>('[data-first], input, textarea') ?? null;
}

/**
 * Puts the keyboard into a field, whenever `turn` counts on. A field that went away, since what it depended on changed, gives
 * the keyboard back (`gone`).
 */
export function useFieldFocus(field: string | undefined, isThere: boolean, turn: number, gone: () => void): void {
  useLayoutEffect(() => {
    if (field === undefined) return undefined;
    if (!isThere) {
      gone();
      return undefined;
    }
    if (!isPointerDown()) fieldset(field)?.scrollIntoView({ block: 'nearest' });
    const active = document.activeElement;
    const other = active instanceof HTMLInputElement && active.type === 'radio' && !active.checked && fieldset(field)?.querySelector('input:checked');
    return active && fieldset(field)?.contains(active) && !other ? undefined : keepFocus(() => controlOf(field));
  }, [field, turn, isThere]);
}
