import type { Covariate } from './columns';

/** What of a text's form may sway a judge whatever it says. */
export interface Style {
  /** Words; a character of a script without spaces counts as one. */
  readonly words: number;
  readonly headers: number;
  readonly lists: number;
  readonly bold: number;
}
export const styleNames = ['words', 'headers', 'lists', 'bold'] as const satisfies readonly (keyof Style)[];
export type StyleName = (typeof styleNames)[number];

/** The penalty λ of Arena's style control ((λ/2)‖x‖² over ratings and coefficients). */
export const styleRidge = 0.5;

/** Counts words, and Markdown headers, list items and bold stretches outside code fences. */
export function styleOf(text: string): Style {
  const prose = text.replace(/^ {0,3}(```|~~~)[\s\S]*?(?:^ {0,3}\1|$(?![\s\S]))/gm, '');
  return {
    words: count(text, /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+/gu),
    headers: count(prose, /^ {0,3}#{1,6}\s+\S/gm),
    lists: count(prose, /^\s*(?:[-*+]|\d+[.)])\s+\S/gm),
    bold: count(prose, /\*\*[^*\n]+\*\*|__[^_\n]+__/g),
  };
}

/**
 * The difference of two counts, (a − b)/(a + b), 0 when both are 0: twice as long is the same at any length, as in Arena's
 * style control (Li et al. 2024, "Does style matter?").
 */
export function styleDifference(a: number, b: number): number {
  return a + b === 0 ? 0 : (a - b) / (a + b);
}

/**
 * Differences as covariates in units of their standard deviation. They are scaled by the root of the mean square and not
 * moved: which of the two is called a is arbitrary, so that their true mean is 0, and an offset would favour one side.
 * What never differs is left out.
 */
export function scaledCovariates(columns: readonly { readonly name: string; readonly values: Float64Array }[]): Covariate[] {
  return columns.flatMap(({ name, values }) => {
    const scale = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / Math.max(1, values.length));
    return scale > 0 ? [{ name, values: values.map((v) => v / scale) }] : [];
  });
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
