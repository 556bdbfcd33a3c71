import { rate } from '../domain/ratings/report';
import type { RatingsInput, RatingsReport } from '../domain/ratings/report';

/** The leaderboard's numbers, on the worker thread. */
export function computeRatings(input: RatingsInput): RatingsReport {
  return rate(input);
}
