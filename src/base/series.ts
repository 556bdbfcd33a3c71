/** Values over steps as two columns of the same length; steps ascend. */
export interface Columns {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * At most `most` points that look the same when drawn: of each of `most / 2` equal stretches of places the lowest and the highest value, in
 * their order, so that no peak is lost (min/max decimation). The first and the last point stay.
 */
export function decimate({ x, y }: Columns, most: number): Columns {
  const n = x.length;
  if (n <= most || most < 4) return { x, y };
  const buckets = Math.floor(most / 2) - 1;
  const keep: number[] = [0];
  for (let b = 0; b < buckets; b++) {
    const from = 1 + Math.floor((b * (n - 2)) / buckets);
    const to = 1 + Math.floor(((b + 1) * (n - 2)) / buckets);
    let low = from;
    let high = from;
    for (let i = from + 1; i < to; i++) {
      if (y[i]! < y[low]!) low = i;
      if (y[i]! > y[high]!) high = i;
    }
    keep.push(Math.min(low, high));
    if (low !== high) keep.push(Math.max(low, high));
  }
  keep.push(n - 1);
  return { x: keep.map((i) => x[i]!), y: keep.map((i) => y[i]!) };
}

/**
 * Exponential moving average with the weight of the past `a` in [0, 1), freed from the bias of its start as TensorBoard does it:
 * m ← a·m + (1 − a)·y, shown as m / (1 − aⁿ). 0 gives the values themselves.
 */
export function smooth(y: readonly number[], a: number): number[] {
  if (a <= 0) return [...y];
  let m = 0;
  let weight = 1;
  return y.map((value) => {
    m = a * m + (1 - a) * value;
    weight *= a;
    return m / (1 - weight);
  });
}

/** Of points of cost `x` and gain `y` those that none beats in both: cheaper and better. Their places, by cost. */
export function frontier(points: readonly (readonly [x: number, y: number])[]): number[] {
  const order = points.map((_, i) => i).sort((a, b) => points[a]![0] - points[b]![0] || points[b]![1] - points[a]![1]);
  let best = -Infinity;
  return order.filter((i) => {
    const gain = points[i]![1];
    if (!(gain > best)) return false;
    best = gain;
    return true;
  });
}

/** The place of the last step that is not after `at`; −1 when there is none. */
export function placeOf(x: readonly number[], at: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
