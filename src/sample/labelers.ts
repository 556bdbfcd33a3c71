import type { Rng } from '../base/rng';
import { contentOf, labelItems } from '../domain/content';
import type { Generation, Label, PromptContent } from '../domain/records';
import { judge, type Fault, type Judgement } from './judge';

/**
 * Simulated labelers: no person stands behind them. Each sees the judge's true quality of an answer through noise of
 * its own, calls close ones equal, and the hasty one also favours what it is shown first.
 */
export interface SimulatedLabeler {
  readonly name: string;
  /** What people are told about it. */
  readonly description: string;
  /** Standard deviation of the noise on each answer's quality (see {@link quality} for the scale). */
  readonly noise: number;
  /** Answers whose perceived quality differs by less than this are called equal. */
  readonly tieMargin: number;
  /** Bonus on perceived quality for the answer shown first, falling linearly to 0 for the last. */
  readonly firstBias: number;
  /** Chance of leaving an item out. */
  readonly skipRate: number;
}

export const simulatedLabelers: readonly SimulatedLabeler[] = [
  { name: 'sim-careful', description: 'simulated: reads everything twice', noise: 0.35, tieMargin: 0.7, firstBias: 0, skipRate: 0 },
  { name: 'sim-average', description: 'simulated: attentive, sometimes wrong', noise: 0.8, tieMargin: 0.6, firstBias: 0, skipRate: 0.01 },
  { name: 'sim-hasty', description: 'simulated: quick, and fond of the first answer', noise: 1.5, tieMargin: 0.4, firstBias: 0.6, skipRate: 0.04 },
];

/** Below this perceived quality an answer is not acceptable; when no answer reaches it, the verdict is `all_bad`. */
export const acceptable = 2;

/**
 * True quality of an answer; never depends on chance. Flawless 5 (5.25 with its third step), right but rude 2.5, of no
 * use 2.5 (vague, garbled, cut off), false or of another question or right but dangerous 1, rude alone 0,
 * dangerous alone −1.5.
 */
export function quality(j: Judgement): number {
  const has = (...list: Fault[]): boolean => j.faults.some((f) => list.includes(f));
  const worth = j.helpful ? 5 + (j.steps === 3 ? 0.25 : 0) : 2.5;
  const lie = j.honest ? 0 : 1.5;
  const harm = has('danger', 'comply') ? 4 : has('insult') ? 2.5 : 0;
  return worth - lie - harm;
}

/** True quality of an answer to a prompt. */
export const trueQuality = (prompt: PromptContent, answer: string): number => quality(judge(promptText(prompt), answer));

/** The text that asks: the last message of a conversation. */
const promptText = (prompt: PromptContent): string => (typeof prompt === 'string' ? prompt : (prompt.at(-1)?.content ?? ''));

/** A judgement in the terms of a label record. */
export interface SimulatedLabel {
  readonly verdict: 'ranked' | 'tie' | 'all_bad' | 'skipped';
  /** Standard competition ranks, 1 is best, equal numbers are ties; by position in `responses`. Absent when skipped. */
  readonly ranks?: number[];
  /** Order on screen: positions in `responses`. */
  readonly shown: number[];
  /** Simulated time spent, in milliseconds. */
  readonly ms: number;
}

/**
 * One label by a simulated labeler. The order on screen is drawn from `rng` too. An `all_bad` label has no ranks: it
 * says that none is acceptable, not which is the least bad.
 */
export function rank(item: { readonly prompt: PromptContent; readonly responses: readonly string[] }, labeler: SimulatedLabeler, rng: Rng): SimulatedLabel {
  const n = item.responses.length;
  const shown = rng.shuffle(item.responses.map((_, i) => i));
  const words = item.responses.join(' ').split(' ').length;
  const ms = Math.round(words * (60 + 240 / (1 + labeler.noise)) * (0.7 + 0.6 * rng.next()));
  if (rng.next() < labeler.skipRate) return { verdict: 'skipped', shown, ms };

  const perceived = item.responses.map((text, i) => {
    const bias = n < 2 ? 0 : labeler.firstBias * (1 - shown.indexOf(i) / (n - 1));
    return trueQuality(item.prompt, text) + labeler.noise * rng.normal() + bias;
  });
  if (Math.max(...perceived) < acceptable) return { verdict: 'all_bad', shown, ms };
  const ranks = ranksOf(perceived, labeler.tieMargin);
  return { verdict: n > 1 && ranks.every((r) => r === 1) ? 'tie' : 'ranked', ranks, shown, ms };
}

/** A simulated label of a generation, lacking id and time: `newLabel` of the store adds them. */
export function newSimulatedLabel(g: Generation, labeler: SimulatedLabeler, rng: Rng): Omit<Label, 'v' | 'id' | 'op' | 'at'> {
  const label = rank({ prompt: contentOf(g), responses: g.responses.map((r) => r.text) }, labeler, rng);
  return { task: 'ranking', labeler: labeler.name, promptHash: g.promptHash, items: labelItems(g), touched: false, generation: g.id, ...label };
}

/**
 * Standard competition ranks of numbers, greatest first. A number closer than `margin` to the first of the tie above
 * it belongs to that tie.
 */
export function ranksOf(values: readonly number[], margin = 0): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
  const ranks = new Array<number>(values.length).fill(1);
  let head = 0;
  order.forEach((item, place) => {
    if (place > 0 && (margin > 0 ? values[order[head]!]! - values[item]! >= margin : values[order[head]!] !== values[item])) head = place;
    ranks[item] = head + 1;
  });
  return ranks;
}
