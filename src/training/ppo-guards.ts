import { UserError } from '../base/errors';
import type { Metrics } from './algorithm';

/** What must hold at the first update, or nothing after it can be trusted. */
export interface GateNumbers {
  /** Largest difference between a log-probability from generation and the recomputed one, in nats. */
  readonly generation: number;
  /** Largest |log π − log π_ref| of sampled tokens, where both are the same model. */
  readonly reference: number;
  /** Largest |ratio − 1| in the first pass, before any weight has moved. */
  readonly ratio: number;
}

const tolerance = 1e-4;

/** @throws UserError naming the gate that failed. */
export function checkGates({ generation, reference, ratio }: GateNumbers): void {
  const refuse = (what: string): never => {
    throw new UserError('ppo.gate', `PPO refuses to start: ${what}. Its numbers would be wrong. This is a defect of Plumbline or of the model folder; please report it.`);
  };
  if (!(generation < tolerance)) refuse(`log-probabilities from generation differ from recomputed ones by up to ${generation} nats`);
  if (!(reference < 1e-6)) refuse(`policy and reference are the same model but their log-probabilities differ by up to ${reference} nats`);
  if (!(ratio < tolerance)) refuse(`the probability ratio of the first pass is off 1 by up to ${ratio}`);
}

/** What guards compare with: the first update, and how long something has been wrong. */
export interface GuardState {
  /** Entropy a token in the first update; 0 before. */
  readonly entropy: number;
  /** Share of episodes that ended, in the first update. */
  readonly eosRate: number;
  /** Consecutive updates without a single end. */
  readonly endless: number;
}

export const freshGuards: GuardState = { entropy: 0, eosRate: 0, endless: 0 };

/** Entropy below this share of its first value counts as collapse: the policy says one thing. */
const entropyFloor = 0.01;

/**
 * Looks at the numbers of an update. @returns the state for the next one.
 * @throws UserError with a code `guard.*` when the run has gone wrong and must stop.
 */
export function checkGuards(state: GuardState, update: number, episodes: number, maxKl: number, metrics: Metrics): GuardState {
  const stop = (code: string, why: string): never => {
    throw new UserError(`guard.${code}`, `PPO stopped at update ${update}: ${why}.`);
  };
  for (const [name, x] of Object.entries(metrics)) if (!Number.isFinite(x)) stop('nonFinite', `${name} is ${x}; lower the learning rates`);
  const kl = metrics['objective/kl']!;
  const entropy = metrics['policy/entropy_avg']!;
  const eosRate = metrics['objective/eos_rate']!;
  if (kl > maxKl) stop('kl', `the KL divergence to the reference is ${kl.toFixed(1)} nats, above kl limit ${maxKl}; raise kl.coef or lower the learning rate`);
  const first = update === 1;
  if (!first && entropy < entropyFloor * state.entropy) stop('entropy', `the policy's entropy fell from ${state.entropy.toFixed(3)} to ${entropy.toFixed(4)} nats a token; raise kl.coef or lower the learning rate`);
  // One batch without an end can be chance when few answers ended at first; two in a row are not.
  const endless = eosRate === 0 && episodes >= 16 && state.eosRate >= 0.2 ? state.endless + 1 : 0;
  if (endless >= 2) stop('eos', `no answer ends any more (${Math.round(100 * state.eosRate)} % did at first); raise missingEosPenalty`);
  return { entropy: first ? entropy : state.entropy, eosRate: first ? eosRate : state.eosRate, endless };
}

/** Between numbers of tokens; NaN when one is missing or none. */
export function largestDifference(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  let most = 0;
  for (const [e, row] of a.entries()) {
    for (const [t, x] of row.entries()) {
      const difference = Math.abs(x - b[e]![t]!);
      if (!(difference <= most)) most = difference;
      if (Number.isNaN(most)) return most;
    }
  }
  return most;
}
