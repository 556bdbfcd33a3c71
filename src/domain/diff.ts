import { diffArrays } from 'diff';

/** A stretch of a comparison: in both texts, only in the text compared with (`removed`), or only in this one (`added`). */
export interface DiffPart {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

export interface WordDiff {
  /** Without the removed parts it is the new text, without the added ones the old. */
  readonly parts: readonly DiffPart[];
  /** The texts are too long and too different to be compared word by word: all between their common ends counts as changed. */
  readonly coarse: boolean;
}

/** Words, runs of white space, and single other characters; of scripts that put no spaces between words, single characters. */
const tokens = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*|[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}\p{N}_]+)*|\s+|./gsu;

/** Words and spaces at most between the common ends of two texts, and changes at most: about a quarter of a second, by O(words × changes). */
const mostWords = 40_000;
const mostChanges = 1500;

/**
 * What words were put in and taken out between two texts (Myers 1986, "An O(ND) difference algorithm", by the package
 * `diff`). Hundreds of changed words are compared; beyond that the result is `coarse`.
 */
export function diffWords(before: string, after: string): WordDiff {
  const a = before.match(tokens) ?? [];
  const b = after.match(tokens) ?? [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const changes = left.length + right.length > mostWords ? undefined : diffArrays(left, right, { maxEditLength: mostChanges });
  const middle: DiffPart[] = changes
    ? changes.map((c) => ({ kind: c.added ? 'added' : c.removed ? 'removed' : 'same', text: c.value.join('') }))
    : [{ kind: 'removed', text: left.join('') }, { kind: 'added', text: right.join('') }];
  const parts = [{ kind: 'same' as const, text: a.slice(0, start).join('') }, ...middle, { kind: 'same' as const, text: a.slice(a.length - end).join('') }];
  return { parts: gather(parts), coarse: changes === undefined };
}

/**
 * Parts in runs: white space alone between two changes is taken into them, since a changed phrase reads better than
 * changed words, and of a run what was removed comes first.
 */
function gather(parts: readonly DiffPart[]): DiffPart[] {
  const out: DiffPart[] = [];
  let removed = '';
  let added = '';
  const flush = (): void => {
    if (removed !== '') out.push({ kind: 'removed', text: removed });
    if (added !== '') out.push({ kind: 'added', text: added });
    removed = added = '';
  };
  parts.forEach(({ kind, text }, i) => {
    if (text === '') return;
    const between = kind === 'same' && /^\s+$/.test(text) && removed !== '' && added !== '' && nextChange(parts, i);
    if (between) {
      removed += text;
      added += text;
    } else if (kind === 'same') {
      flush();
      const last = out.at(-1);
      if (last?.kind === 'same') out[out.length - 1] = { kind, text: last.text + text };
      else out.push({ kind, text });
    } else if (kind === 'removed') removed += text;
    else added += text;
  });
  flush();
  return out;
}

/** Whether the next part that is not empty is a change. */
function nextChange(parts: readonly DiffPart[], i: number): boolean {
  const next = parts.slice(i + 1, i + 3).find((p) => p.text !== '');
  return next !== undefined && next.kind !== 'same';
}
