/** Estimates the time left from the steps so far; recent ones count more, the slow first one (it compiles) soon nothing. */
export interface Stopwatch {
  begin(): void;
  end(): void;
  /** 0 before the first step is done. While a step runs, the time already spent on it counts. */
  secondsLeft(): number;
}

export function stopwatch(steps: number, now: () => number = () => performance.now()): Stopwatch {
  let left = steps;
  let mean = 0;
  let begun: number | undefined;
  let measured = 0;
  return {
    begin() {
      begun = now();
    },
    end() {
      const seconds = (now() - begun!) / 1000;
      begun = undefined;
      left--;
      measured++;
      // A plain mean at first, later a moving one over about thirty steps; the second step replaces the first.
      mean = measured <= 2 ? seconds : mean + (seconds - mean) / Math.min(measured - 1, 30);
    },
    secondsLeft() {
      const running = begun === undefined ? 0 : (now() - begun) / 1000;
      // The event of a step comes at its end: what is left is what comes after it.
      if (begun === undefined) return left * mean;
      return (left - 1) * (measured === 0 ? running : mean);
    },
  };
}
