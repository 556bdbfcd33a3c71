let down = false;
if (typeof document !== 'undefined') {
  document.addEventListener('pointerdown', () => { down = true; }, true);
  for (const end of ['pointerup', 'pointercancel', 'dragend'] as const) document.addEventListener(end, () => { down = false; }, true);
}

/** Whether a mouse button is held: what moves under the pointer then gets no click, so that nothing may be scrolled. */
export const isPointerDown = (): boolean => down;
