import type { Message } from '../domain/records';

/** How answers are sampled; the fields of `run.json`. Endpoints know nothing of top-k. */
export interface Sampling {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly maxNewTokens: number;
}

export interface Ask {
  /** The conversation; the answer is to its last message. */
  readonly messages: readonly Message[];
  /** So many answers, drawn apart. */
  readonly n: number;
  readonly sampling: Sampling;
  readonly seed: number;
}

export interface Reply {
  readonly text: string;
  /** False when it was cut off at its maximum length. */
  readonly finished: boolean;
}

/** What answers: a model on this machine or a server. */
export interface Source {
  /** @throws UserError that says who did not answer and why; the signal's reason when it was aborted. */
  reply(ask: Ask, signal?: AbortSignal): Promise<Reply[]>;
  /** Ends what it holds; what is still asked for rejects. */
  dispose(): void;
}
