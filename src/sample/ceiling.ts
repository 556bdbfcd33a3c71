import type { Rng } from '../base/rng';
import { foldComparisons, type ComparisonExample } from '../domain/comparisons';
import { contentOf } from '../domain/content';
import type { Generation } from '../domain/records';
import { newSimulatedLabel, trueQuality, type SimulatedLabeler } from './labelers';

/** A share of preferences (strict comparisons; ties do not count), and of how many. */
export interface Accuracy {
  /** NaN when `pairs` is 0. */
  readonly accuracy: number;
  readonly pairs: number;
}

/**
 * Accuracy of the *true* order on labelers' preferences: what a reward model that knows the world and not the noise
 * would reach. Where both answers are truly equal, any guess is right half the time. This is the simulated labelers'
 * ceiling; it needs no second labeler, unlike the agreement among people.
 */
export function trueOrderAccuracy(examples: Iterable<ComparisonExample>): Accuracy {
  let hits = 0;
  let pairs = 0;
  for (const { prompt, responses, pairs: compared } of examples) {
    const q = responses.map((text) => trueQuality(prompt, text));
    for (const { i, j, p } of compared) {
      if (p !== 1) continue;
      pairs++;
      hits += q[i]! > q[j]! ? 1 : q[i] === q[j] ? 0.5 : 0;
    }
  }
  return { accuracy: hits / pairs, pairs };
}

/** {@link trueOrderAccuracy} that each labeler can be expected to give on these generations: each ranks each of them once. */
export function expectedCeilings(generations: readonly Generation[], labelers: readonly SimulatedLabeler[], rng: Rng): Record<string, Accuracy> {
  return Object.fromEntries(labelers.map((l) => [l.name, trueOrderAccuracy(simulateComparisons(generations, [l], rng).examples)]));
}

/** What these labelers say about these generations, as a reward model's examples; nothing is stored. */
export function simulateComparisons(generations: readonly Generation[], labelers: readonly SimulatedLabeler[], rng: Rng): ReturnType<typeof foldComparisons> {
  const labels = labelers.flatMap((l) =>
    generations.map((g, i) => ({ v: 1 as const, id: `${l.name}-${i}`, op: 'label' as const, at: '1970-01-01T00:00:00Z', ...newSimulatedLabel(g, l, rng) })),
  );
  return foldComparisons(labels, generations, { admitted: new Map(labelers.map((l) => [l.name, 1])) });
}

/** Answers of a generation with their true quality, best first: the noise-free order. */
export function trueOrder(g: Generation): { readonly text: string; readonly quality: number }[] {
  return g.responses.map(({ text }) => ({ text, quality: trueQuality(contentOf(g), text) })).sort((a, b) => b.quality - a.quality);
}
