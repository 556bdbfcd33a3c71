/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna 2018, https://prng.di.unimi.it/xoshiro128starstar.c),
 * seeded by splitmix32. The state is four 32-bit words, small enough to live in every checkpoint, and the same
 * seed gives the same numbers on every machine.
 */
export interface Rng {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** Standard normal (Box–Muller, no cached second value, so that the state is the four words alone). */
  normal(): number;
  /** A new array in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** An independent generator for a named purpose; does not advance this one. */
  fork(label: string): Rng;
  state(): RngState;
}

export type RngState = [number, number, number, number];

/** A generator from a seed (any number or text) or from a saved state. */
export function createRng(seed: number | string | RngState): Rng {
  const s = Array.isArray(seed) ? Uint32Array.from(seed) : seedState(typeof seed === 'number' ? `#${seed}` : seed);

  function word(): number {
    const s1 = s[1]!;
    const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotl(s[3]!, 11);
    return result;
  }

  const rng: Rng = {
    next: () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 9007199254740992,
    int(n) {
      if (!(n >= 1)) throw new RangeError(`int(${n})`);
      return Math.floor(rng.next() * n);
    },
    normal() {
      const u = 1 - rng.next();
      return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * rng.next());
    },
    shuffle(items) {
      const a = items.slice();
      for (let i = a.length - 1; i > 0; i--) {
        const j = rng.int(i + 1);
        [a[i], a[j]] = [a[j]!, a[i]!];
      }
      return a;
    },
    pick(items) {
      if (items.length === 0) throw new RangeError('pick from nothing');
      return items[rng.int(items.length)]!;
    },
    fork: (label) => createRng(`${[...s].join(',')}/${label}`),
    state: () => [s[0]!, s[1]!, s[2]!, s[3]!],
  };
  return rng;
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** FNV-1a of the text, spread over four words by splitmix32. */
function seedState(text: string): Uint32Array {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return Uint32Array.from({ length: 4 }, () => {
    h = (h + 0x9e3779b9) | 0;
    let z = h ^ (h >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  });
}
