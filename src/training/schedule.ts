/** What the learning rate does over a run. */
export interface Schedule {
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  readonly warmupSteps: number;
}

/**
 * The learning rate of optimizer step `step` (from 0) of `total`. It rises linearly over the warm-up, then stays, or falls
 * linearly or along a half cosine and would reach 0 at step `total`; the formulas are those of transformers' `get_*_schedule_with_warmup`,
 * except that the first step of a warm-up is not 0, which would be a step for nothing.
 */
export function learningRateAt(step: number, total: number, { learningRate, schedule, warmupSteps }: Schedule): number {
  const warmup = Math.min(warmupSteps, total);
  if (step < warmup) return (learningRate * (step + 1)) / (warmup + 1);
  const progress = total <= warmup ? 0 : Math.min(1, (step - warmup) / (total - warmup));
  switch (schedule) {
    case 'constant':
      return learningRate;
    case 'linear':
      return learningRate * (1 - progress);
    case 'cosine':
      return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
  }
}
