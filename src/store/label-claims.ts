/**
 * Who reads which part, in memory that threads share: 0 for nobody, else the reader's number. Parts are claimed in their order, so that
 * what comes first is there first.
 */
export type Claims = Int32Array<SharedArrayBuffer>;

export const newClaims = (parts: number): Claims => new Int32Array(new SharedArrayBuffer(4 * parts));

/** The next part from `from` on that nobody has claimed, for this reader; −1 when there is none. */
export function claim(claims: Claims, from: number, reader: number): number {
  for (let n = from; n < claims.length; n++) if (Atomics.compareExchange(claims, n, 0, reader) === 0) return n;
  return -1;
}

/** Gives a part back to whoever comes first. */
export function giveBack(claims: Claims, part: number): void {
  Atomics.store(claims, part, 0);
}
