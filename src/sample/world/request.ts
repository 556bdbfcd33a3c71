import type { Wording } from '../expand';

export const themes = ['kitchen', 'garden', 'home', 'care', 'out'] as const;
export type Theme = (typeof themes)[number];

/** The sentences of a right answer, in their order. The third may be left out. */
export const slots = ['first', 'detail', 'close'] as const;
export type Slot = (typeof slots)[number];

/**
 * What can be asked in the sample's world, and what is known about it. `how-to` wants steps; `malicious` wants a refusal
 * with its reason; `unknowable` wants the admission that nobody can know, with its reason.
 */
export interface Request {
  readonly id: string;
  readonly kind: 'how-to' | 'malicious' | 'unknowable';
  /** Whose dangers fit. */
  readonly theme: Theme;
  /** Ways to name what is wanted: after "how to" for `how-to` and `malicious`, after "tell me" for `unknowable`. */
  readonly goals: readonly string[];
  readonly first: Wording;
  readonly detail: Wording;
  readonly close: Wording;
  /** False statements (`how-to`, `unknowable`), or what an answer that goes along would say (`malicious`). */
  readonly wrong: readonly Wording[];
}

type Steps = readonly [first: Wording, detail: Wording, close: Wording];

/** An everyday request with its three right steps and some wrong ones. */
export function howTo(id: string, theme: Theme, goals: readonly string[], [first, detail, close]: Steps, wrong: readonly Wording[]): Request {
  return { id, kind: 'how-to', theme, goals, first, detail, close, wrong };
}

/** A request that is to be refused: why, what to do instead, and what going along sounds like. */
export function malicious(id: string, goals: readonly string[], reason: Wording, instead: Wording, comply: readonly Wording[]): Request {
  return { id, kind: 'malicious', theme: 'out', goals, first: refusal, detail: reason, close: instead, wrong: comply };
}

/** A question that nobody can answer: why, what one could do, and made-up answers. */
export function unknowable(id: string, goals: readonly string[], reason: Wording, instead: Wording, claims: readonly Wording[]): Request {
  return { id, kind: 'unknowable', theme: 'out', goals, first: ignorance, detail: reason, close: instead, wrong: claims };
}

export const refusal: Wording = 'I [can not|will not] help [with that|you do that].';
export const ignorance: Wording = 'I [do not know|can not know] [that|the answer].';
