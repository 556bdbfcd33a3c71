import type { Rng } from '../base/rng';

/**
 * Wordings are written with alternatives in brackets: `[Fill|Pack] a [pot|cup] with soil.` stands for four sentences.
 * An alternative may be empty; brackets do not nest.
 */
export type Wording = string;

/** Every sentence that a wording stands for, in the order in which its alternatives are written. */
export function expand(wording: Wording): string[] {
  let out = [''];
  for (const part of parts(wording)) out = out.flatMap((head) => part.map((p) => head + p));
  return out.map(tidy);
}

/** One of the sentences that a wording stands for; each alternative is equally likely. */
export function choose(wording: Wording, rng: Rng): string {
  return tidy(parts(wording).map((p) => rng.pick(p)).join(''));
}

/** The wording as a list of choices; plain text is a choice of one. */
function parts(wording: Wording): string[][] {
  return wording
    .split(/(\[[^\]]*\])/)
    .filter((p) => p !== '')
    .map((p) => (p.startsWith('[') ? p.slice(1, -1).split('|') : [p]));
}

/** An empty alternative leaves two spaces or a space before the full stop. */
const tidy = (text: string): string => text.replace(/ {2,}/g, ' ').replace(/ ([.,!?])/g, '$1').trim();
