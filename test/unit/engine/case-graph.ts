import { createRng } from '../../../src/base/rng';
import { gradients } from '../../../src/engine/autodiff';
import { constant, input, newGraph, output, size, type Graph, type OpName } from '../../../src/engine/graph';
import { mul, reduceSum } from '../../../src/engine/ops';
import type { Feed } from '../../../src/engine/session';
import { cases, type Case } from './cases';
import type { Plain } from './plain';

/** A case as a graph: outputs `y`, and `d0`, `d1`, … of Σ weights · y for every float input. */
export interface CaseGraph {
  readonly graph: Graph;
  readonly feeds: Record<string, Feed>;
  readonly inputs: Plain[];
  readonly weights: Plain;
}

export const casesOf = (op: OpName): readonly Case[] => [cases[op]].flat();

export function caseGraph(c: Case, big: boolean): CaseGraph {
  const rng = createRng(7);
  const [lo, hi] = c.range ?? [-1, 1];
  const g = newGraph();
  const feeds: Record<string, Feed> = {};
  const inputs: Plain[] = [];
  const values = c.shapes(big).map((shape, i) => {
    const ids = c.ids?.[i];
    const data = ids === undefined
      ? Float32Array.from({ length: size(shape) }, () => lo + (hi - lo) * rng.next())
      : BigInt64Array.from({ length: size(shape) }, () => BigInt(rng.int(ids(big))));
    feeds[`x${i}`] = data;
    inputs.push({ shape, data: Float64Array.from(data, Number) });
    return input(g, `x${i}`, ids === undefined ? 'float32' : 'int64', shape);
  });
  const y = c.build(g, values);
  const weights = Float32Array.from({ length: size(y.shape) }, () => 2 * rng.next() - 1);
  const loss = reduceSum(g, mul(g, y, constant(g, weights, 'float32', y.shape)));
  output(g, 'y', y);
  const floats = values.filter((v) => v.dtype === 'float32');
  gradients(g, loss, floats).forEach((d, i) => { output(g, `d${i}`, d); });
  return { graph: g, feeds, inputs, weights: { shape: y.shape, data: Float64Array.from(weights) } };
}
