/**
 * VS Code sees each key that bubbles up to the page's window and looks for a keybinding. What is typed into a field, and Enter
 * and Space on a control, go no further than the document: the page's own listeners, which come before, have seen them by then.
 * Returns what undoes it.
 */
export function keepFieldKeys(): () => void {
  const keydown = (event: KeyboardEvent): void => {
    const target = event.target instanceof Element ? event.target : undefined;
    const activates = event.key === 'Enter' || event.key === ' ';
    if (target?.closest('input, textarea, select') || (activates && target?.closest('button, summary, a'))) event.stopPropagation();
  };
  document.addEventListener('keydown', keydown);
  return () => {
    document.removeEventListener('keydown', keydown);
  };
}
