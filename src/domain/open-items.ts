import type { Rng } from '../base/rng';

/** What a label of an item would be worth (≥ 0). */
export interface ItemWorth {
  /** Undefined where nobody knows. Without `group` it never changes. */
  readonly of: (key: string) => number | undefined;
  /** Items of one group are always worth the same, which may change with every label. */
  readonly group?: (key: string) => string;
}

/**
 * The items that can still be drawn. Taking one out or putting it back costs the logarithm of the items, a draw that and the
 * number of groups, and what is drawn depends on what is open alone, not on how it came to be: a reload draws the same.
 */
export interface OpenItems {
  set(key: string, open: boolean): void;
  readonly count: number;
  /** One of the open items with probability `p`: ε/n + (1 − ε) w/Σw for n of them with worths w, 1/n without any. An unknown worth counts as the mean. */
  draw(rng: Rng, floor: number): { readonly key: string; readonly p: number };
}

export function createOpenItems(items: readonly string[], isOpen: (key: string) => boolean, worth?: ItemWorth): OpenItems {
  const groups = worth?.group && groupsOf(items, worth.group);
  /** Items of a group stand together. */
  const keys = groups?.keys ?? items;
  const single = worth !== undefined && groups === undefined;
  const values = single ? keys.map((key) => usable(worth.of(key))) : undefined;
  const open = sumTree(keys, (_, i) => Number(isOpen(keys[i]!)));
  const isThere = (i: number): number => open.at(i);
  const known = values && sumTree(keys, (_, i) => (isThere(i) > 0 ? (values[i] ?? 0) : 0));
  const unknown = values && sumTree(keys, (_, i) => (isThere(i) > 0 && values[i] === undefined ? 1 : 0));
  const sizes = groups?.starts.slice(0, -1).map((start, g) => open.before(groups.starts[g + 1]!) - open.before(start));
  /** Of what was drawn, which is nearly always what is taken out; a map of all takes its time, and is made for any other. */
  const drawn = new Map<string, number>();
  let places: Map<string, number> | undefined;
  function placeOf(key: string): number | undefined {
    const known = drawn.get(key);
    if (known !== undefined) return known;
    places ??= new Map(keys.map((k, i) => [k, i]));
    return places.get(key);
  }

  function one(i: number, p: number): { key: string; p: number } {
    const key = keys[i]!;
    drawn.set(key, i);
    return { key, p };
  }
  const any = (rng: Rng): number => open.find(rng.int(open.total()));

  function drawSingle(rng: Rng, floor: number): { key: string; p: number } {
    const n = open.total();
    const [sum, without] = [known!.total(), unknown!.total()];
    const mean = n > without ? sum / (n - without) : 0;
    const all = sum + without * mean;
    if (!(all > 0)) return one(any(rng), 1 / n);
    const [u, v] = [rng.next(), rng.next() * all];
    const i = u < floor ? any(rng) : v < sum || without === 0 ? known!.find(Math.min(v, sum)) : unknown!.find(Math.min(without - 1, Math.floor((v - sum) / mean)));
    return one(i, floor / n + (1 - floor) * ((values![i] ?? mean) / all));
  }

  function drawGrouped(rng: Rng, floor: number, starts: readonly number[], sizes: readonly number[]): { key: string; p: number } {
    const n = open.total();
    const each = sizes.map((size, g) => (size > 0 ? usable(worth!.of(keys[starts[g]!]!)) : undefined));
    let [sum, count] = [0, 0];
    each.forEach((w, g) => {
      if (w !== undefined) [sum, count] = [sum + w * sizes[g]!, count + sizes[g]!];
    });
    const mean = count > 0 ? sum / count : 0;
    const all = sum + (n - count) * mean;
    if (!(all > 0)) return one(any(rng), 1 / n);
    const p = (g: number): number => floor / n + (1 - floor) * ((each[g] ?? mean) / all);
    const [u, of] = [rng.next(), rng.next()];
    let left = of;
    let chosen = -1;
    for (let g = 0; g < sizes.length && left >= 0; g++) {
      if (sizes[g] === 0 || (each[g] ?? mean) <= 0) continue;
      chosen = g;
      left -= (sizes[g]! * (each[g] ?? mean)) / all;
    }
    const i = u < floor ? any(rng) : open.find(open.before(starts[chosen]!) + rng.int(sizes[chosen]!));
    return one(i, p(starts.findLastIndex((start) => start <= i)));
  }

  return {
    get count() {
      return open.total();
    },
    set(key, now) {
      const i = placeOf(key);
      if (i === undefined || isThere(i) === Number(now)) return;
      open.set(i, Number(now));
      if (groups) sizes![groups.starts.findLastIndex((start) => start <= i)]! += now ? 1 : -1;
      known?.set(i, now ? (values![i] ?? 0) : 0);
      unknown?.set(i, now && values![i] === undefined ? 1 : 0);
    },
    draw(rng, floor) {
      if (groups) return drawGrouped(rng, floor, groups.starts, sizes!);
      return single ? drawSingle(rng, floor) : one(any(rng), 1 / open.total());
    },
  };
}

/** Next to nothing is nothing: sums and shares of the smallest numbers are all rounding. */
const usable = (w: number | undefined): number | undefined => (w !== undefined && Number.isFinite(w) && w >= 0 ? (w < 1e-200 ? 0 : w) : undefined);

/** The items by group, in the order in which the groups come up first; `starts` has one more entry: their number. */
function groupsOf(items: readonly string[], group: (key: string) => string): { readonly keys: string[]; readonly starts: number[] } {
  const byGroup = new Map<string, string[]>();
  for (const key of items) {
    const name = group(key);
    const list = byGroup.get(name);
    if (list) list.push(key);
    else byGroup.set(name, [key]);
  }
  const starts = [0];
  for (const list of byGroup.values()) starts.push(starts.at(-1)! + list.length);
  return { keys: [...byGroup.values()].flat(), starts };
}

/**
 * Numbers with the sums of all their halves, quarters and so on. Each sum is made anew of its two parts when one changes, so that
 * rounding does not depend on the history.
 */
function sumTree<T>(list: readonly T[], value: (x: T, i: number) => number): { total(): number; at(i: number): number; set(i: number, v: number): void; before(i: number): number; find(sum: number): number } {
  let size = 1;
  while (size < list.length) size *= 2;
  const sums = new Float64Array(2 * size);
  list.forEach((x, i) => {
    sums[size + i] = value(x, i);
  });
  for (let i = size - 1; i > 0; i--) sums[i] = sums[2 * i]! + sums[2 * i + 1]!;
  return {
    total: () => sums[1]!,
    at: (i) => sums[size + i]!,
    set(i, v) {
      sums[size + i] = v;
      for (let at = (size + i) >> 1; at > 0; at >>= 1) sums[at] = sums[2 * at]! + sums[2 * at + 1]!;
    },
    /** The sum of the first i. */
    before(i) {
      if (i >= size) return sums[1]!;
      let sum = 0;
      for (let at = size + i; at > 1; at >>= 1) if (at % 2 === 1) sum += sums[at - 1]!;
      return sum;
    },
    /** The place of the number in whose stretch a sum falls; never one that is 0. */
    find(sum) {
      let at = 1;
      let rest = sum;
      while (at < size) {
        const left = sums[2 * at]!;
        if (left > 0 && (rest < left || sums[2 * at + 1]! <= 0)) at = 2 * at;
        else {
          rest -= left;
          at = 2 * at + 1;
        }
      }
      return at - size;
    },
  };
}
