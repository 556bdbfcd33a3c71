import type { MaskPattern, Stretch } from '../domain/masking';
import { joinStretches, matchesOf, maskPatterns } from '../domain/masking';
import { withinTime } from './time-limit';

/** Finds giveaways in the texts of one item after the other. */
export interface Masker {
  /** For each text what is to be hidden in it. */
  hide(texts: readonly string[]): Stretch[][];
  /** What keeps patterns from being used, in words; grows when one turns out to take too long. */
  readonly faults: readonly string[];
}

/** One item's texts take microseconds; a pattern that takes this long for one of them does not come to an end. */
const limit = 100;

/** A masker for the patterns of a project (absent: the ready-made ones). A pattern that takes too long is not tried again. */
export function createMasker(masks: readonly string[] | undefined, milliseconds = limit): Masker {
  const { patterns, faults } = maskPatterns(masks);
  const usable = new Set<MaskPattern>(patterns);
  const find = (some: Iterable<MaskPattern>, texts: readonly string[]): Stretch[][] | undefined =>
    withinTime(milliseconds, () => texts.map((text) => joinStretches([...some].flatMap((pattern) => matchesOf(pattern, text)))));

  return {
    faults,
    hide(texts) {
      if (usable.size === 0) return texts.map(() => []);
      const found = find(usable, texts);
      if (found) return found;
      for (const pattern of [...usable]) {
        if (find([pattern], texts)) continue;
        usable.delete(pattern);
        faults.push(`masks: "${pattern.source}" takes too long and hides nothing. Nested repetitions such as (a+)+ are the usual cause.`);
      }
      return find(usable, texts) ?? texts.map(() => []);
    },
  };
}
