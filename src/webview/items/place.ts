/** A list that was asked for and has not come. */
export interface Pending {
  /** Another filter or order: the list is read from its top, unless the current item is in it. */
  readonly toTop: boolean;
  /** Somebody went to another row meanwhile. */
  moved: boolean;
}

/** What is pending after one more request; of two requests, only the last is answered. */
export function asked(before: Pending | undefined, toTop: boolean): Pending {
  return { toTop: toTop || before?.toTop === true, moved: before?.toTop === true && before.moved };
}

/**
 * The current row in a list that has come, given the current row of the list before.
 * Who pressed Home while another list was on its way wants the first row of that list, not the item that was first before.
 */
export function placeIn(next: { readonly count: number; readonly position?: number | undefined }, before: number, toTop: boolean, moved: boolean): number {
  const same = Math.max(0, Math.min(before, next.count - 1));
  if (moved) return same;
  return next.position ?? (toTop ? 0 : same);
}
