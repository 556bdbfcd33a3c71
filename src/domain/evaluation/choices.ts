import type { Rng } from '../../base/rng';
import { wilson, type Share } from '../agreement';
import { bestAt } from './best-of-n';
import { pairedByCluster, type Estimate } from './bootstrap';

/** What a model makes of a multiple-choice question. */
export interface AnsweredChoice {
  /** Groups questions in the report; one group when absent. */
  readonly task?: string | undefined;
  /** Σ log-probability of each choice's tokens behind the question, in nats. */
  readonly logProbs: readonly number[];
  /** UTF-8 bytes of each choice. */
  readonly bytes: readonly number[];
  /** The place of the right one. */
  readonly answer: number;
}

/** Whether the likeliest choice is the right one; of equally likely ones the first is taken. */
export const isRight = ({ logProbs, answer }: AnsweredChoice): boolean => bestAt(logProbs) === answer;

/** The same with each log-probability divided by the choice's bytes, so that short choices have no advantage: `acc_norm` of the LM evaluation harness. */
export const isRightByLength = ({ logProbs, bytes, answer }: AnsweredChoice): boolean => bestAt(logProbs.map((l, i) => l / Math.max(1, bytes[i]!))) === answer;

/** Share that is right, with its Wilson interval. Undefined without questions. */
export function accuracy(answered: readonly AnsweredChoice[], right = isRight): Share | undefined {
  return wilson(answered.filter((a) => right(a)).length, answered.length);
}

/** Change of the accuracy from one model to another on the same questions, with an interval that pairs them. */
export function accuracyChange(before: readonly AnsweredChoice[], after: readonly AnsweredChoice[], rng: Rng, right = isRight): Estimate {
  const parts = (of: readonly AnsweredChoice[]): { cluster: number; sum: number; weight: number }[] => of.map((a, cluster) => ({ cluster, sum: right(a) ? 1 : 0, weight: 1 }));
  return pairedByCluster(parts(before), parts(after), rng);
}
