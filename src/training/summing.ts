import { accumulate } from '../engine/optimizer';
import type { Feed, Resident, Session } from '../engine/session';
import { addLookUp, isLookUp, lookUpsIn } from './look-ups';
import { gradientName } from './sessions';

/** A training pass that can add what it finds to what is there. */
export interface SummingPass {
  /** Gradients go into `sums` by the names of their weights, or are added to them; other outputs are given back. */
  backward(feeds: Record<string, Feed | Resident>, sums: Record<string, Float32Array>, add: boolean): Promise<Record<string, Feed>>;
}

/**
 * One graph as such a pass. A first gradient is written where its sum is; later ones go to `scratch`, by the names of their weights, which
 * passes that take turns may share.
 */
export function summingPass(session: Session, scratch = new Map<string, Float32Array>()): SummingPass {
  const scratchOf = (name: string, length: number): Float32Array => {
    const found = scratch.get(name) ?? new Float32Array(length);
    scratch.set(name, found);
    return found;
  };
  return {
    async backward(feeds, sums, add) {
      const named = new Set(session.outputs);
      const places = Object.entries(sums).filter(([name]) => named.has(gradientName(name))).map(([name, sum]) => ({ name, sum, written: add ? scratchOf(name, sum.length) : sum }));
      const outputs = await session.run(feeds, Object.fromEntries(places.map(({ name, written }) => [gradientName(name), written])));
      // Where nothing but look-ups flows back to a weight, the graph has left its sum as it was.
      if (!add) for (const [name, sum] of Object.entries(sums)) if (!named.has(gradientName(name))) sum.fill(0);
      if (add) for (const { sum, written } of places) accumulate(sum, written);
      for (const lookUp of lookUpsIn(outputs, feeds)) addLookUp(sums[lookUp.weight]!, lookUp);
      return Object.fromEntries(Object.entries(outputs).filter(([name]) => !isLookUp(name) && !places.some((p) => gradientName(p.name) === name)));
    },
  };
}
