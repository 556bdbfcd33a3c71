/**
 * Answers that do not come. `silent`: nothing comes from the extension any more, not even an answer to a ping: its host has died,
 * or is busy. `slow`: it is there, and works at what it was asked.
 */
export type Late = 'silent' | 'slow' | undefined;

export interface LateWatch {
  /** A call goes out. */
  asked(id: number): void;
  /** It is answered, or given up. */
  answered(id: number): void;
  /** Anything came. */
  heard(): void;
}

const tick = 1000;

/**
 * Tells when a call has waited `after` milliseconds for its answer, and when none does any more.
 * @param ping asks for a sign of life, whose coming is `heard`
 */
export function watchAnswers(ping: () => void, tell: (late: Late) => void, after = 4000): LateWatch {
  const since = new Map<number, number>();
  let timer: ReturnType<typeof setInterval> | undefined;
  /** A ping is out, and nothing was heard since. */
  let waiting = false;
  let pinged = false;
  let told: Late;

  function say(late: Late): void {
    if (late === told) return;
    told = late;
    tell(late);
  }
  function look(): void {
    const oldest = Math.min(...since.values());
    // Not before somebody was asked: a machine that slept has waited for nothing.
    if (pinged && Date.now() - oldest >= after) say(waiting ? 'silent' : 'slow');
    if (waiting) return;
    pinged = true;
    waiting = true;
    ping();
  }
  return {
    asked(id) {
      since.set(id, Date.now());
      timer ??= setInterval(look, tick);
    },
    answered(id) {
      since.delete(id);
      if (since.size > 0) return;
      clearInterval(timer);
      timer = undefined;
      waiting = false;
      pinged = false;
      say(undefined);
    },
    heard() {
      waiting = false;
    },
  };
}
