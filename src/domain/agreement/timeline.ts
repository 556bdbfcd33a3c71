import type { BootstrapOptions, Finish } from './additive';
import { coefficientsOf, sumByCluster } from './additive';
import type { Coefficient } from './coefficient';
import { reasons } from './coefficient';
import type { Judgements } from './judgements';
import type { Part } from './parts';

/** Agreement of the judgements whose later one falls into a stretch of time. */
export interface Bucket {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly agreement: Coefficient;
}

export interface Timeline {
  /** `sequence`: the comparisons in the order of time, in equal parts. */
  readonly by: 'day' | 'week' | 'month' | 'sequence';
  readonly buckets: readonly Bucket[];
}

const day = 86_400_000;
const sequenceParts = 10;

/**
 * Percent agreement (a tie against a preference half) over time: by day up to a fortnight, by week up to half a year, by thirty
 * days beyond; what was done within three days in ten parts of equal size. A pair of judgements counts when its later one was made.
 */
export function timelineOf(j: Judgements, { ratings, tie }: Part, options: BootstrapOptions): Timeline {
  const { start, value, label } = ratings;
  const times: number[] = [];
  const eachPair = (u: number, see: (time: number, same: number) => void): void => {
    for (let a = start[u]!; a < start[u + 1]!; a++) {
      for (let b = a + 1; b < start[u + 1]!; b++) {
        const time = Math.max(j.at[label[a]!] ?? NaN, j.at[label[b]!] ?? NaN);
        const same = value[a] === value[b] ? 1 : value[a] === tie || value[b] === tie ? 0.5 : 0;
        if (!Number.isNaN(time)) see(time, same);
      }
    }
  };
  const units = start.length - 1;
  for (let u = 0; u < units; u++) eachPair(u, (time) => times.push(time));
  if (times.length === 0) return { by: 'sequence', buckets: [] };
  times.sort((a, b) => a - b);
  const { by, ends } = bucketsOf(times);
  const bucketAt = (time: number): number => {
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (time < ends[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const n = new Array<number>(ends.length).fill(0);
  const bounds = ends.map(() => ({ from: Infinity, to: -Infinity }));
  const sums = sumByCluster(2 * ends.length, ratings.cluster, (u, add) => {
    eachPair(u, (time, same) => {
      const bucket = bucketAt(time);
      n[bucket]!++;
      bounds[bucket] = { from: Math.min(bounds[bucket]!.from, time), to: Math.max(bounds[bucket]!.to, time) };
      add(2 * bucket, same);
      add(2 * bucket + 1, 1);
    });
  });
  const share = (bucket: number): Finish => (totals) => (totals[2 * bucket + 1]! > 0 ? totals[2 * bucket]! / totals[2 * bucket + 1]! : undefined);
  const found = coefficientsOf(sums, ends.map((_, i) => ({ finish: share(i), n: n[i]!, undefinedReason: reasons.nothing })), options);
  return { by, buckets: found.map((agreement, i) => ({ ...bounds[i]!, agreement })).filter((b) => b.agreement.n > 0) };
}

/** Where buckets end (the end itself belongs to the next one). @param times ascending */
function bucketsOf(times: readonly number[]): { by: Timeline['by']; ends: number[] } {
  const [first, last] = [times[0]!, times.at(-1)!];
  const days = (last - first) / day;
  if (days < 3) {
    const parts = Math.max(1, Math.min(sequenceParts, Math.floor(times.length / 10)));
    const ends = Array.from({ length: parts - 1 }, (_, i) => times[Math.floor(((i + 1) * times.length) / parts)]!);
    return { by: 'sequence', ends: [...new Set(ends), Infinity] };
  }
  const [by, width] = days <= 14 ? (['day', day] as const) : days <= 182 ? (['week', 7 * day] as const) : (['month', 30 * day] as const);
  const begin = Math.floor(first / day) * day;
  return { by, ends: Array.from({ length: Math.floor((last - begin) / width) + 1 }, (_, i) => begin + (i + 1) * width) };
}
