/**
 * Estimates the time left from recent steps. The first step says nothing about the others: it compiles, reads the reference and evaluates. Until two
 * more are known there is no estimate.
 */
export interface Stopwatch {
  begin(): void;
  end(): void;
  /** Undefined while too little is known. While a step runs, it counts as if it were about to end. */
  secondsLeft(): number | undefined;
}

/** Steps that are looked back upon. */
const recent = 20;
/** With fewer than so many, one that compiled or evaluated would distort a mean: the median is taken. */
const few = 8;

export function stopwatch(steps: number, now: () => number = () => performance.now()): Stopwatch {
  let left = steps;
  let begun: number | undefined;
  let isFirst = true;
  /** Of the last steps, without the first, in seconds. */
  const laps: number[] = [];
  return {
    begin() {
      begun = now();
    },
    end() {
      if (!isFirst) laps.push((now() - begun!) / 1000);
      if (laps.length > recent) laps.shift();
      isFirst = false;
      begun = undefined;
      left--;
    },
    secondsLeft() {
      // The event of a step comes at its end: what is left is what comes after it.
      const after = begun === undefined ? left : left - 1;
      if (after <= 0) return 0;
      const known = begun === undefined || isFirst ? laps : [...laps, (now() - begun) / 1000];
      if (known.length < 2) return undefined;
      return after * (known.length < few ? median(known) : known.reduce((a, b) => a + b, 0) / known.length);
    },
  };
}

function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
