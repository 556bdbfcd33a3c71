import { readyMasks } from './ready-made';

/** A stretch of a text, in UTF-16 code units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A giveaway of who wrote an answer: what it matches is hidden from labelers. */
export interface MaskPattern {
  readonly source: string;
  readonly regexp: RegExp;
}

/** Texts of up to so many characters are searched to the end; of longer ones only the beginning. */
export const longestMasked = 200_000;

/** The patterns of a project, or the ready-made ones when it has none, and a sentence for each that does not compile. */
export function maskPatterns(masks: readonly string[] = readyMasks): { readonly patterns: MaskPattern[]; readonly faults: string[] } {
  const patterns: MaskPattern[] = [];
  const faults: string[] = [];
  for (const source of masks) {
    try {
      patterns.push({ source, regexp: new RegExp(source, 'giu') });
    } catch (error) {
      faults.push(`masks: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { patterns, faults };
}

/**
 * Where a pattern matches, in order. It may take for ever: a regular expression's time can grow exponentially with the
 * text (catastrophic backtracking), and nothing here can stop it. Call it under a time limit.
 */
export function matchesOf({ regexp }: MaskPattern, text: string): Stretch[] {
  return [...text.slice(0, longestMasked).matchAll(regexp)].flatMap((m) => (m[0] === '' ? [] : [{ start: m.index, end: m.index + m[0].length }]));
}

/** Stretches in order, those that overlap or touch as one. */
export function joinStretches(stretches: readonly Stretch[]): Stretch[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...stretches].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/** A text in pieces, those that are hidden told apart. The pieces joined are the text. */
export function maskedPieces(text: string, hidden: readonly Stretch[]): { readonly start: number; readonly text: string; readonly hidden: boolean }[] {
  const pieces: { start: number; text: string; hidden: boolean }[] = [];
  let at = 0;
  const take = (end: number, isHidden: boolean): void => {
    if (end > at) pieces.push({ start: at, text: text.slice(at, end), hidden: isHidden });
    at = Math.max(at, end);
  };
  for (const { start, end } of hidden) {
    take(Math.min(start, text.length), false);
    take(Math.min(end, text.length), true);
  }
  take(text.length, false);
  return pieces;
}
