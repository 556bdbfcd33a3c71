import { size, type DType, type Graph, type Node, type OpName, type Value } from './graph';
import { partElements } from './table/stored';

const width: Readonly<Record<DType, number>> = { float32: 4, float16: 2, bfloat16: 2, uint16: 2, int64: 8, int32: 4, uint8: 1, bool: 1 };
const bytesOf = (v: Value): number => size(v.shape) * width[v.dtype];

/** The result lies in the memory of the input. */
const views = new Set<OpName>(['reshape', 'stopGradient']);
/** The result may overwrite an input that nobody needs any more. */
const inPlace = new Set<OpName>(['add', 'sub', 'mul', 'div', 'max', 'min', 'neg', 'exp', 'log', 'sqrt', 'abs', 'sigmoid', 'tanh', 'softplus', 'silu', 'erf', 'gelu', 'clip', 'softmax', 'logSoftmax', 'scatterAddElements', 'scatterAddRows']);

/**
 * The most bytes that ONNX Runtime takes at once to run a graph: nodes in its order, each value from the node that makes it to the last that
 * reads it. Inputs and constants are the caller's and not counted. Outputs are, all the time, although they have a place of their own: that is
 * what is measured. So is what is computed from constants alone: it becomes a constant when the graph is compiled.
 */
export function peakBytes(g: Graph): number {
  const order = executionOrder(g);
  const root = new Map<number, number>();
  const rootOf = (v: Value): number => root.get(v.id) ?? v.id;
  for (const node of g.nodes) if (views.has(node.op)) root.set(node.outputs[0]!.id, rootOf(node.inputs[0]!));
  const constant = new Set(g.constants.map(({ value }) => value.id));
  const lastRead = new Map<number, number>();
  order.forEach((node, at) => { node.inputs.forEach((v) => lastRead.set(rootOf(v), at)); });
  const outputs = new Set(g.outputs.map(({ value }) => rootOf(value)));

  const held = new Map<number, number>();
  let live = 0;
  let peak = 0;
  let folded = 0;
  order.forEach((node, at) => {
    if (node.inputs.every((v) => constant.has(v.id))) {
      node.outputs.forEach((v) => constant.add(v.id));
      if (!views.has(node.op)) folded += bytesIn(node.outputs);
      return;
    }
    const dying = [...new Set(node.inputs.map(rootOf))].filter((id) => held.has(id) && lastRead.get(id) === at);
    const fresh = views.has(node.op) ? [] : node.outputs.filter((v) => lastRead.has(v.id) && !outputs.has(v.id));
    const made = bytesIn(fresh);
    const reused = inPlace.has(node.op) && dying.some((id) => held.get(id) === made);
    peak = Math.max(peak, live + (reused ? 0 : made) + inside(node, fresh));
    for (const v of fresh) held.set(v.id, bytesOf(v));
    live += made;
    for (const id of dying) {
      live -= held.get(id)!;
      held.delete(id);
    }
  });
  return peak + folded + bytesIn(g.outputs.map(({ value }) => value));
}

/** A stored matrix that is multiplied is cut into parts, a copy, of which one at a time is widened. */
const partsOf = (stored: Value): number => (size(stored.shape) > partElements ? bytesOf(stored) : 0) + 4 * Math.min(partElements, size(stored.shape));

const bytesIn = (values: readonly Value[]): number => values.reduce((n, v) => n + bytesOf(v), 0);

/** What a node that is several in ONNX needs besides its results. */
function inside({ op, inputs, outputs }: Node, kept: readonly Value[]): number {
  // The parts before they are joined.
  if (op === 'causalAttention') return bytesOf(outputs[0]!);
  if (op === 'storedMatmul') return bytesOf(outputs[0]!) + partsOf(inputs[1]!);
  if (op !== 'linearLogProb') return 0;
  // Logits and probabilities are there in any case; the difference from what was to be overwrites the probabilities where nobody else reads them.
  const [difference, logits, probs] = [outputs[1]!, outputs[3]!, outputs[4]!];
  const weight = inputs[1]!;
  return (weight.dtype === 'float32' ? 0 : partsOf(weight)) + bytesIn([...(kept.includes(logits) ? [] : [logits]), ...(kept.includes(probs) || kept.includes(difference) ? [] : [probs])]);
}

/**
 * ONNX Runtime's default order: from the last node that nobody reads, depth first through its inputs, those made last first; a node runs when all
 * it reads is there. Nodes that no output needs are left out.
 */
export function executionOrder(g: Graph): Node[] {
  const maker = new Map<number, number>();
  g.nodes.forEach((node, i) => { node.outputs.forEach((v) => maker.set(v.id, i)); });
  const needed = new Set<number>(g.outputs.flatMap(({ value }) => maker.get(value.id) ?? []));
  const read = new Set<number>();
  for (let i = g.nodes.length - 1; i >= 0; i--) {
    if (!needed.has(i)) continue;
    for (const v of g.nodes[i]!.inputs) {
      const from = maker.get(v.id);
      if (from === undefined) continue;
      needed.add(from);
      read.add(from);
    }
  }
  const stack: { index: number; leave: boolean }[] = [...needed].filter((i) => !read.has(i)).sort((a, b) => a - b).map((index) => ({ index, leave: false }));
  const seen = new Set<number>();
  const order: Node[] = [];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const node = g.nodes[top.index]!;
    if (top.leave) {
      order.push(node);
      continue;
    }
    if (seen.has(top.index)) continue;
    seen.add(top.index);
    stack.push({ index: top.index, leave: true });
    const inputs = [...new Set(node.inputs.flatMap((v) => maker.get(v.id) ?? []))].sort((a, b) => a - b);
    for (const index of inputs) if (!seen.has(index)) stack.push({ index, leave: false });
  }
  return order;
}
