/**
 * VS Code sees each key that bubbles up to the page's window and looks for a keybinding. Enter and Space on a button belong to
 * the button, and everything typed into a field to the field: those are stopped on the way.
 * Tells `onFocus` whenever the page gains or loses the keyboard. Returns what undoes all of it.
 */
export function keepEnterOnControls(onFocus: (focused: boolean) => void): () => void {
  const keydown = (event: KeyboardEvent): void => {
    const target = event.target instanceof Element ? event.target : undefined;
    const activates = event.key === 'Enter' || event.key === ' ';
    if ((activates && target?.closest('button, summary, a, select')) || target?.closest('input, textarea, select')) event.stopPropagation();
  };
  const focus = (): void => {
    onFocus(true);
  };
  const blur = (): void => {
    onFocus(false);
  };
  document.addEventListener('keydown', keydown, true);
  window.addEventListener('focus', focus);
  window.addEventListener('blur', blur);
  if (document.hasFocus()) focus();
  return () => {
    document.removeEventListener('keydown', keydown, true);
    window.removeEventListener('focus', focus);
    window.removeEventListener('blur', blur);
  };
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
