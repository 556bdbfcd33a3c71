import { scalar, type Graph, type Node, type NodeOf, type OpName, type Value } from './graph';
import { add, reshape, scatterAddElements, scatterAddRows } from './ops';
import type { Op } from './op';
import { table } from './table';
import { isZeros, zeros } from './rules';
import { sameShape } from './shapes';

/**
 * Reverse mode: appends to the graph what computes d `loss` / d w for every w of `wrt`, and returns those values, shaped like
 * their w. `loss` is a float32 scalar (shape []). A w that the loss does not depend on gets zeros. Call it once; contributions
 * are added in a fixed order, so the result is the same at every run.
 */
export function gradients(g: Graph, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length > 0 || loss.dtype !== 'float32') throw new Error(`a loss is a float32 scalar, not ${loss.dtype}[${loss.shape.join(', ')}]`);
  return pullback(g, loss, scalar(g, 1), wrt);
}

/** Rows `ids` [N] of a table were read: their part of its gradient, still apart, [N, D]. A row may come any number of times. */
export interface LookUp {
  readonly table: Value;
  readonly ids: Value;
  readonly rows: Value;
}

/**
 * As {@link gradients}, but what flows back to rows of `wrt` through look-ups with ids that are fed stays apart, for a caller who adds it up
 * faster than ONNX Runtime does. A w that nothing else flows back to has no gradient besides.
 */
export function gradientsApart(g: Graph, loss: Value, wrt: readonly Value[]): { gradients: (Value | undefined)[]; lookUps: LookUp[] } {
  const lookUps: LookUp[] = [];
  const found = pulledBack(g, loss, scalar(g, 1), wrt, lookUps);
  return { gradients: wrt.map((v) => found.get(v.id) ?? (lookUps.some(({ table: t }) => t.id === v.id) ? undefined : zeros(g, v.shape))), lookUps };
}

/**
 * As {@link gradients}, for a part of a computation: appends the products of `dy`, the cotangent of `y` (of its type), with d `y` / d w for every w
 * of `wrt`. The loss is elsewhere.
 */
export function pullback(g: Graph, y: Value, dy: Value, wrt: readonly Value[]): Value[] {
  const found = pulledBack(g, y, dy, wrt);
  return wrt.map((v) => found.get(v.id) ?? zeros(g, v.shape));
}

/** Cotangents by the ids of their values. With `lookUps` those of rows of `wrt` go there. */
function pulledBack(g: Graph, y: Value, dy: Value, wrt: readonly Value[], lookUps?: LookUp[]): ReadonlyMap<number, Value> {
  if (!sameShape(y.shape, dy.shape)) throw new Error(`a cotangent [${dy.shape.join(', ')}] for a value [${y.shape.join(', ')}]`);
  const forward = g.nodes.slice();
  const depends = new Set(wrt.map((v) => v.id));
  for (const node of forward) {
    if (table[node.op].vjp !== 'none' && node.inputs.some((v) => depends.has(v.id))) node.outputs.forEach((v) => depends.add(v.id));
  }

  const cotangents = new Map<number, Value>([[y.id, dy]]);
  for (const node of forward.reverse()) {
    const cotangent = cotangents.get(node.outputs[0]!.id);
    for (const extra of node.outputs.slice(1)) {
      if (cotangents.has(extra.id)) throw new Error(`no gradient is defined through output ${node.outputs.indexOf(extra)} of ${node.op}`);
    }
    if (cotangent === undefined || !depends.has(node.outputs[0]!.id)) continue;
    const lookUp = lookUps === undefined ? undefined : lookUpOf(g, node, cotangent, wrt);
    if (lookUp !== undefined) {
      lookUps!.push(lookUp);
      continue;
    }
    const parts = applyVjp(g, cotangent, node);
    node.inputs.forEach((v, i) => {
      const part = parts[i];
      if (part === undefined || !depends.has(v.id)) return;
      const before = cotangents.get(v.id);
      cotangents.set(v.id, before === undefined ? part : sum(g, before, part));
    });
  }
  return cotangents;
}

/** What flows back through a node that reads rows of a table of `wrt`, both table and ids fed, if it is one. */
function lookUpOf(g: Graph, node: Node, dy: Value, wrt: readonly Value[]): LookUp | undefined {
  if (node.op !== 'gather' || node.attributes.axis !== 0 || node.attributes.once) return undefined;
  const [table, at] = node.inputs as [Value, Value];
  const isFed = (v: Value): boolean => g.inputs.some(({ value }) => value.id === v.id);
  if (table.shape.length !== 2 || !isFed(table) || !wrt.some((v) => v.id === table.id)) return undefined;
  const maker = g.nodes.find((n) => n.outputs[0]!.id === at.id);
  const ids = maker?.op === 'reshape' ? maker.inputs[0]! : at;
  return isFed(ids) ? { table, ids, rows: reshape(g, dy, [-1, table.shape[1]!]) } : undefined;
}

/** Of two contributions; the entries of a look-up are added to the other one where it lies, without an array of zeros between. */
function sum(g: Graph, before: Value, part: Value): Value {
  return scattered(g, before, part) ?? scattered(g, part, before) ?? add(g, before, part);
}

/** `to` with what `from` scatters into zeros, if that is what it does. */
function scattered(g: Graph, to: Value, from: Value): Value | undefined {
  const maker = g.nodes.findLast((node) => node.outputs[0]!.id === from.id);
  if (maker?.op !== 'scatterAddElements' && maker?.op !== 'scatterAddRows') return undefined;
  const [into, at, updates] = maker.inputs as [Value, Value, Value];
  if (!isZeros(g, into)) return undefined;
  return maker.op === 'scatterAddRows' ? scatterAddRows(g, to, at, updates, maker.attributes.once) : scatterAddElements(g, to, at, updates, maker.attributes.axis);
}

function applyVjp<K extends OpName>(g: Graph, dy: Value, node: NodeOf<K>): readonly (Value | undefined)[] {
  const { vjp } = table[node.op] as Op<K>;
  return vjp === 'none' ? [] : vjp(g, dy, node);
}
