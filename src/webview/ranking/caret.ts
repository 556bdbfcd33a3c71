import type { Stretch } from '../../domain/masking';

/** Words of a text that the keyboard walks through to mark a stretch. What is hidden counts as one word. */
export function wordsOf(text: string, hidden: readonly Stretch[]): Stretch[] {
  const words: Stretch[] = [];
  for (const match of text.matchAll(/[\p{L}\p{M}\p{N}_]+(?:['’-][\p{L}\p{M}\p{N}_]+)*|[^\s\p{L}\p{M}\p{N}_]+/gu)) {
    const [start, end] = [match.index, match.index + match[0].length];
    const mask = hidden.find((h) => h.start < end && start < h.end);
    const last = words.at(-1);
    if (!mask) words.push({ start, end });
    else if (last?.start !== mask.start) words.push({ start: mask.start, end: mask.end });
  }
  return words;
}

/** The words that are chosen, from the one where it began to the one that moves. */
export interface Caret {
  readonly anchor: number;
  readonly head: number;
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10, Home: -Infinity, End: Infinity };

/** The words chosen after a key; undefined for keys that move nothing. With shift the stretch grows or shrinks. */
export function moveCaret(caret: Caret | undefined, key: string, extend: boolean, words: number): Caret | undefined {
  const by = steps[key];
  if (by === undefined || words === 0) return undefined;
  if (!caret) return { anchor: 0, head: 0 };
  const head = Math.min(words - 1, Math.max(0, caret.head + by));
  return { anchor: extend ? caret.anchor : head, head };
}

/** From the first chosen word's start to the last one's end. */
export function stretchOf(caret: Caret, words: readonly Stretch[]): Stretch | undefined {
  const first = words[Math.min(caret.anchor, caret.head)];
  const last = words[Math.max(caret.anchor, caret.head)];
  return first && last && { start: first.start, end: last.end };
}

/** A stretch chosen by mouse, without white space at its ends; hidden stretches are whole or not in it. Undefined when nothing is left. */
export function trimStretch({ start, end }: Stretch, text: string, hidden: readonly Stretch[]): Stretch | undefined {
  let [from, to] = [Math.min(start, end), Math.max(start, end)];
  for (const h of hidden) {
    if (from > h.start && from < h.end) from = h.start;
    if (to > h.start && to < h.end) to = h.end;
  }
  while (from < to && /\s/.test(text[from]!)) from++;
  while (to > from && /\s/.test(text[to - 1]!)) to--;
  return from < to ? { start: from, end: to } : undefined;
}

/** The words that a stretch covers, to go on from by keyboard. */
export function caretAt(words: readonly Stretch[], stretch: Stretch): Caret {
  const anchor = Math.max(0, words.findIndex((w) => w.end > stretch.start));
  const head = Math.max(anchor, words.findLastIndex((w) => w.start < stretch.end));
  return { anchor, head };
}
