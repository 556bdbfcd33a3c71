import type { Covariate, PairColumns, RankingColumns } from '../../../../src/domain/ratings/columns';

export interface Comparison {
  readonly a: number;
  readonly b: number;
  readonly outcome: 0 | 0.5 | 1;
  readonly weight?: number;
  readonly cluster?: number;
  readonly order?: -1 | 0 | 1;
}

/** Columns of a list. Without clusters each comparison is one of its own. */
export function pairColumns(models: number, rows: readonly Comparison[], covariates: readonly Covariate[] = []): PairColumns {
  const cluster = Int32Array.from(rows, (r, i) => r.cluster ?? i);
  return {
    models,
    a: Int32Array.from(rows, (r) => r.a),
    b: Int32Array.from(rows, (r) => r.b),
    outcome: Float32Array.from(rows, (r) => r.outcome),
    weight: Float32Array.from(rows, (r) => r.weight ?? 1),
    cluster,
    clusters: clusterCount(cluster),
    order: Int8Array.from(rows, (r) => r.order ?? 0),
    covariates,
  };
}

export interface RankingRow {
  readonly model: readonly number[];
  /** 1 is best; 0 the rest of a top-k ranking. */
  readonly rank: readonly number[];
  readonly weight?: number;
  readonly cluster?: number;
}

/** Columns of a list of rankings. Without clusters each ranking is one of its own. */
export function rankingColumns(models: number, rows: readonly RankingRow[]): RankingColumns {
  const start = new Int32Array(rows.length + 1);
  rows.forEach((r, i) => (start[i + 1] = start[i]! + r.model.length));
  const cluster = Int32Array.from(rows, (r, i) => r.cluster ?? i);
  return {
    models,
    start,
    model: Int32Array.from(rows.flatMap((r) => r.model)),
    rank: Int32Array.from(rows.flatMap((r) => r.rank)),
    weight: Float32Array.from(rows, (r) => r.weight ?? 1),
    cluster,
    clusters: clusterCount(cluster),
  };
}

function clusterCount(cluster: Int32Array): number {
  return cluster.reduce((most, c) => Math.max(most, c + 1), 0);
}
