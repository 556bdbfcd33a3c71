import type { PairColumns } from './columns';

/** Counts between every two models: models × models, rows against columns. */
export interface WinMatrix {
  /** Weighted wins of the row's model over the column's, a tie as half a win. */
  readonly wins: Float64Array;
  /** Comparisons of the two, unweighted; symmetric. */
  readonly counts: Int32Array;
  /** Ties of the two, unweighted; symmetric. */
  readonly ties: Int32Array;
}

/** Who won against whom. */
export function winMatrix({ models, a, b, outcome, weight }: PairColumns): WinMatrix {
  const wins = new Float64Array(models * models);
  const counts = new Int32Array(models * models);
  const ties = new Int32Array(models * models);
  for (let c = 0; c < a.length; c++) {
    const ab = a[c]! * models + b[c]!;
    const ba = b[c]! * models + a[c]!;
    const share = outcome[c]!;
    wins[ab]! += weight[c]! * share;
    wins[ba]! += weight[c]! * (1 - share);
    counts[ab]!++;
    counts[ba]!++;
    if (share === 0.5) {
      ties[ab]!++;
      ties[ba]!++;
    }
  }
  return { wins, counts, ties };
}
