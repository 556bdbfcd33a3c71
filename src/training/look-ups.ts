import type { LookUp } from '../engine/autodiff';
import { output, type Graph } from '../engine/graph';
import type { Feed, Resident } from '../engine/session';

/**
 * The gradient of an embedding is a sum over the tokens of a batch. ONNX Runtime's `ScatterElements` works it out element by element, on one
 * thread (5 % of a small reward model's pass); whole rows in a typed array take a tenth of that. So a graph gives the rows, and here they are added.
 */

/** Begins the names of the outputs that are rows of a gradient, followed by the input that holds their ids, and the weight: neither name has a colon. */
const prefix = 'rows:';

/** Names the rows as results of the graph. @param nameOf of a table. */
export function outputLookUps(g: Graph, lookUps: readonly LookUp[], nameOf: (lookUp: LookUp) => string): void {
  for (const lookUp of lookUps) {
    const ids = g.inputs.find(({ value }) => value.id === lookUp.ids.id)!.name;
    output(g, `${prefix}${ids}:${nameOf(lookUp)}`, lookUp.rows);
  }
}

/** What a pass gave for a weight that it looked rows up of. */
interface Found {
  readonly weight: string;
  readonly ids: BigInt64Array;
  readonly rows: Float32Array;
}

export const isLookUp = (output: string): boolean => output.startsWith(prefix);

/** The rows among the outputs of a pass, with their ids from what it was fed. */
export function lookUpsIn(outputs: Readonly<Record<string, Feed>>, feeds: Readonly<Record<string, Feed | Resident>>): Found[] {
  return Object.entries(outputs).flatMap(([name, rows]) => {
    if (!isLookUp(name)) return [];
    const [, ids, weight] = name.split(':') as [string, string, string];
    return [{ weight, ids: feeds[ids] as BigInt64Array, rows: rows as Float32Array }];
  });
}

/** Adds rows [N, D] to the rows `ids` [N] of a gradient [V, D], in their order. */
export function addLookUp(gradient: Float32Array, { ids, rows }: Pick<Found, 'ids' | 'rows'>): void {
  const width = rows.length / ids.length;
  for (let n = 0, from = 0; n < ids.length; n++) {
    const to = Number(ids[n]!) * width;
    for (let d = 0; d < width; d++, from++) gradient[to + d]! += rows[from]!;
  }
}
