/**
 * VS Code sees each key that bubbles up to the page's window and looks for a keybinding. Enter and Space on a button belong to
 * the button, everything typed into a text to the text, and Space and arrows on radio buttons and check boxes to these: they are
 * stopped on the way up, after the page's own handlers have seen them.
 * Tells `onFocus` whenever the page gains or loses the keyboard. Returns what undoes all of it.
 */
export function keepEnterOnControls(onFocus: (focused: boolean) => void): () => void {
  const keydown = (event: KeyboardEvent): void => {
    const target = event.target instanceof Element ? event.target : undefined;
    if (target && belongsTo(target, event.key)) event.stopPropagation();
  };
  const focus = (): void => {
    onFocus(true);
  };
  const blur = (): void => {
    onFocus(false);
  };
  document.addEventListener('keydown', keydown);
  window.addEventListener('focus', focus);
  window.addEventListener('blur', blur);
  if (document.hasFocus()) focus();
  return () => {
    document.removeEventListener('keydown', keydown);
    window.removeEventListener('focus', focus);
    window.removeEventListener('blur', blur);
  };
}

/** Whether a control does something of its own with a key. Function keys (F1, the palette) are nobody's. */
function belongsTo(target: Element, key: string): boolean {
  if (/^F\d+$/.test(key)) return false;
  const choice = target.closest('input[type=radio], input[type=checkbox]');
  if (choice) return key === ' ' || key.startsWith('Arrow');
  if (target.closest('input, textarea, select')) return true;
  return (key === 'Enter' || key === ' ') && target.closest('button, summary, a') !== null;
}

/**
 * Gives an element the focus: now if the page has the keyboard, else as soon as it gets it without anything in it being
 * focused. A page that focuses by itself would take the keyboard away from the palette. Returns what undoes it.
 */
export function keepFocus(element: () => HTMLElement | null): () => void {
  const take = (): void => {
    const target = element();
    if (document.hasFocus() && document.activeElement !== target) target?.focus({ preventScroll: true });
  };
  const onFocus = (): void => {
    if (document.activeElement === null || document.activeElement === document.body) take();
  };
  take();
  window.addEventListener('focus', onFocus);
  return () => {
    window.removeEventListener('focus', onFocus);
  };
}
