/**
 * Judgements of many units (comparisons, answers, items) by many raters, of whom any may be missing, as typed arrays.
 * The ratings of unit u stand at `start[u]` to `start[u + 1]`.
 */
export interface Ratings {
  /** The declared values, ascending, and any others that were given. A rating is an index in it. */
  readonly values: readonly number[];
  readonly raters: number;
  readonly start: Int32Array;
  readonly rater: Int32Array;
  readonly value: Int32Array;
  /** Rating → the label it comes from; −1 when it comes from none. */
  readonly label: Int32Array;
  /** Unit → cluster (prompt). */
  readonly cluster: Int32Array;
  readonly clusters: number;
}

/** Takes ratings in any order; units are numbers below `units`. */
export interface RatingsBuilder {
  add(unit: number, rater: number, value: number, label?: number): void;
  /** Units without a rating are left out. `clusterOf` gives a unit's cluster. */
  finish(clusterOf: (unit: number) => number, clusters: number, raters: number): Ratings;
}

/** @param declared the scale's values; others that turn up are added to it, never dropped */
export function buildRatings(units: number, declared: readonly number[]): RatingsBuilder {
  const unit: number[] = [];
  const rater: number[] = [];
  const value: number[] = [];
  const label: number[] = [];
  return {
    add(u, r, v, l = -1) {
      label.push(l);
      unit.push(u);
      rater.push(r);
      value.push(v);
    },
    finish(clusterOf, clusters, raters) {
      const values = [...new Set([...declared, ...value])].sort((a, b) => a - b);
      const index = new Map(values.map((v, i) => [v, i]));
      const next = new Int32Array(units + 1);
      for (const u of unit) next[u + 1]!++;
      const start = [0];
      const cluster: number[] = [];
      for (let u = 0; u < units; u++) {
        if (next[u + 1]! > 0) {
          cluster.push(clusterOf(u));
          start.push(start.at(-1)! + next[u + 1]!);
        }
        next[u + 1]! += next[u]!;
      }
      const ordered = { rater: new Int32Array(unit.length), value: new Int32Array(unit.length), label: new Int32Array(unit.length) };
      unit.forEach((u, i) => {
        const place = next[u]!++;
        ordered.rater[place] = rater[i]!;
        ordered.value[place] = index.get(value[i]!)!;
        ordered.label[place] = label[i]!;
      });
      return { values, raters, start: Int32Array.from(start), ...ordered, cluster: Int32Array.from(cluster), clusters };
    },
  };
}

/** Ratings of a matrix raters × units with null where nothing was said; each unit is a cluster of its own. */
export function ratingsOf(matrix: readonly (readonly (number | null)[])[], declared: readonly number[] = []): Ratings {
  const units = matrix[0]?.length ?? 0;
  const builder = buildRatings(units, declared);
  matrix.forEach((row, rater) => {
    row.forEach((value, unit) => {
      if (value !== null) builder.add(unit, rater, value);
    });
  });
  return builder.finish((unit) => unit, units, matrix.length);
}
