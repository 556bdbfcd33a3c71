/** Rotary position embedding (Su et al. 2021): pairs (i, i + size/2) of a head's first `size` elements turn by t · θ^(−2i/size). */
export interface Rope {
  readonly theta: number;
  /** Even; at most the width of a head. */
  readonly size: number;
  readonly scaling?: RopeScaling;
}

/** `linear`: positions are divided by `factor`. `llama3`: only slow turns are, with a ramp between. */
export type RopeScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | { readonly type: 'llama3'; readonly factor: number; readonly lowFreqFactor: number; readonly highFreqFactor: number; readonly originalMaxPositions: number };

/** Angle per position of each pair, in radians, in double precision. */
export function frequencies({ theta, size, scaling }: Rope): number[] {
  const half = size / 2;
  const plain = Array.from({ length: half }, (_, i) => theta ** (-i / half));
  if (scaling === undefined) return plain;
  if (scaling.type === 'linear') return plain.map((f) => f / scaling.factor);
  const { factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositions } = scaling;
  // transformers' `_compute_llama3_parameters`: turns within the original context, from `low` (all scaled) to `high` (none).
  return plain.map((f) => {
    const turns = (originalMaxPositions * f) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return f * (kept + (1 - kept) / factor);
  });
}

/** cos and sin of the angles at positions 0 … length − 1, [length, size / 2] each. */
export function ropeTables(rope: Rope, length: number): { cos: Float32Array; sin: Float32Array } {
  const f = frequencies(rope);
  const table = (of: (x: number) => number): Float32Array => Float32Array.from({ length: length * f.length }, (_, i) => of(Math.floor(i / f.length) * f[i % f.length]!));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Equal for ropes that turn alike: tables are made once. */
export const ropeKey = (rope: Rope): string => JSON.stringify(rope);
