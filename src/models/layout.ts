import { constant, type Graph, type Value } from '../engine/graph';
import { add, cast, less, mul, reshape, sub, where } from '../engine/ops';

/**
 * Several texts in a row. Tokens of segment 0 are seen by all that come after them in their row, those of another segment by that segment only: a
 * prompt (0) with its answers (1, 2 …), or texts that have nothing in common (1, 2 …). Each text counts its own positions. Padding is last.
 */
export interface Layout {
  /** int64 [B, T]: the place of a token in its own text, from 0; below T. */
  readonly positions: Value;
  /** int64 [B, T]. */
  readonly segments: Value;
}

/** What must not be seen. Its exponential is exactly 0, and nothing overflows. */
const forbidden = -1e30;

/** float32 [B, T, T]: 0 where token t (row) sees token u (column), else −1e30. `window`: it sees no more than so many tokens of its text, its own among them. */
export function maskOf(g: Graph, { positions, segments }: Layout, window?: number): Value {
  const [batch, length] = segments.shape as [number, number];
  const [row, column] = [[batch, length, 1], [batch, 1, length]] as const;
  // Small whole numbers: exact as float32.
  const [s, p] = [cast(g, segments, 'float32'), cast(g, positions, 'float32')];
  const [ownSegment, otherSegment] = [reshape(g, s, row), reshape(g, s, column)];
  const foreign = mul(g, sub(g, ownSegment, otherSegment), otherSegment);
  const places = Float32Array.from({ length }, (_, t) => t);
  const after = cast(g, less(g, constant(g, places, 'float32', [1, length, 1]), constant(g, places, 'float32', [1, 1, length])), 'float32');
  let mask = where(g, less(g, 0, add(g, mul(g, foreign, foreign), after)), forbidden, 0);
  if (window !== undefined && window < length) mask = where(g, less(g, window - 1, sub(g, reshape(g, p, row), reshape(g, p, column))), forbidden, mask);
  return mask;
}
