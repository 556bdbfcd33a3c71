import type { Rng } from '../../base/rng';
import { mutationsOf } from './mutations';
import type { Attack, Check } from './records';
import type { Seed } from './seeds';

export interface AttackOptions {
  /** Ids of mutations. */
  readonly mutations: readonly string[];
  /** Mutations of each seed, drawn from those; all of them when there are no more. */
  readonly perSeed: number;
  /** Attempts at each of them. */
  readonly samples: number;
  /** Messages of an attack over several turns. */
  readonly depth: number;
  /** Also let a language model rewrite every seed. */
  readonly rewrite?: boolean;
}

/** The mutation of attacks whose message a language model writes: their one turn is the seed. */
export const rewriteMutation = 'rewrite';

/**
 * The attacks of a run: every check as it was, then every seed under its share of mutations. Harmless seeds are asked as they
 * are: a mutation would make them look harmful. Every seed draws from a generator of its own, so that seeds added later leave
 * the attacks of the others as they were.
 */
export function planAttacks(seeds: readonly Seed[], checks: readonly Check[], options: AttackOptions, rng: Rng): Attack[] {
  const all = mutationsOf(options.mutations);
  const samples = Array.from({ length: options.samples }, (_, i) => i);
  const again = checks.flatMap((c) => samples.map((sample): Attack => ({ seed: c.id, category: 'regression', safe: false, mutation: 'none', tactic: c.tactic, turns: c.turns, check: c.id, sample })));
  const fresh = seeds.flatMap((seed) => {
    const own = rng.fork(`seed ${seed.id}`);
    const rewritten = options.rewrite === true && !seed.safe ? samples.map((sample): Attack => ({ seed: seed.id, category: seed.category, safe: false, mutation: rewriteMutation, tactic: 'model-written', turns: [seed.text], sample })) : [];
    const chosen = seed.safe ? mutationsOf(['none']) : all.length <= options.perSeed ? all : own.shuffle(all).slice(0, options.perSeed);
    return [
      ...chosen.flatMap((m) =>
        samples.map((sample): Attack => ({ seed: seed.id, category: seed.category, safe: seed.safe, mutation: m.id, tactic: m.tactic, turns: m.apply(seed.text, own.fork(`${m.id} ${sample}`), options.depth), sample })),
      ),
      ...rewritten,
    ];
  });
  return [...again, ...fresh];
}
