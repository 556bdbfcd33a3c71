import type { Rng } from '../base/rng';
import { generation, response } from '../domain/content';
import type { Generation, ScreeningItem } from '../domain/records';
import { compose, manners, type Manner } from './answers';
import { judge } from './judge';
import { quality, ranksOf, trueQuality } from './labelers';
import { samplePhrasings } from './prompts';
import { requests } from './world/world';

/** Answers closer in true quality than this are equal to a researcher: neither the third step nor the sort of uselessness makes a difference. */
const goldMargin = 0.75;

/**
 * Screening items: of each, 3 or 4 answers in different manners, so that the right order is beyond doubt; every sixth
 * has no acceptable answer and is all bad.
 */
export function screeningItems(n: number, rng: Rng): ScreeningItem[] {
  const asked = rng.shuffle(requests).slice(0, n);
  return asked.map((request, i) => {
    const prompt = samplePhrasings(request, 1, rng)[0]!;
    const allBad = i % 6 === 5;
    const chosen: Manner[] = allBad ? ['rude', 'rude', 'harmful'] : ['helpful', ...rng.shuffle(manners.filter((m) => m !== 'helpful')).slice(0, 2 + rng.int(2))];
    const texts = rng.shuffle([...new Set(chosen.map((m) => compose(request, m, rng)))]);
    const values = texts.map((t) => quality(judge(prompt, t)));
    const gold: ScreeningItem['gold'] = allBad ? { verdict: 'all_bad' } : { verdict: 'ranked', ranks: ranksOf(values, goldMargin) };
    return { ...generation(prompt, texts.map((t) => response(t, 'grammar')), `screen-${request.id}`), gold };
  });
}

/** True order of an item's answers as ranks, for comparison with `gold`. */
export const trueRanks = (g: Generation): number[] => ranksOf(g.responses.map((r) => trueQuality(g.prompt ?? '', r.text)), goldMargin);
