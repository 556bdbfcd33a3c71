/** Puts the keyboard into a field: on its chosen option, else on its first control. */
export function controlOf(id: string): HTMLElement | null {
  const field = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(id)}"]`);
  return field?.querySelector<HTMLElement>('input:checked') ?? field?.querySelector<HTMLElement>('[data-first], input, textarea') ?? null;
}
