import type { Graph } from '../engine/graph';
import { accumulate } from '../engine/optimizer';
import type { Feed, Resident } from '../engine/session';
import type { ModelConfig } from '../models/config';
import { layerOf } from '../models/model';
import type { Resources } from './algorithm';
import type { Passes } from './passes';
import { backwardEmbedding, backwardLayer, forwardEmbedding, forwardLayer, topSegment, type Segment } from './segments';
import { sessionCache } from './sessions';
import { fewerSlots, joinSlots, slotsPart } from './slots';
import type { Top } from './top';

/** What is run for a batch of one shape, besides the top. A layer without `backward` has nothing to learn, nor has any below it. */
interface Trunk {
  readonly embedding: Segment;
  readonly layers: readonly { readonly forward: Segment; readonly backward?: Segment }[];
  readonly embeddingBackward?: Segment;
}

/**
 * Training with activation recomputation (Chen et al. 2016, arXiv 1604.06174): on the way forth only the input of each layer is kept; on the
 * way back a layer is computed again from it, and its gradients are finished before the next layer's turn. Every layer runs in a session of its
 * own, and layers that are alike share one, so that what is in memory does not depend on the order in which a runtime walks through a large
 * graph. Gradients are those of one whole graph up to rounding, and the same at every run.
 */
export function layeredPasses(config: ModelConfig, { threads, device, maxSlots = Infinity }: Resources): Passes {
  // A shape has five sessions and more.
  const sessions = sessionCache({ threads, device }, 256);
  const graphs = new Map<string, Graph>();
  const trunks = new Map<string, Trunk>();
  const tops = new Map<string, Segment>();
  const buffers = new Map<string, Float32Array>();

  /** Memory that is used again from pass to pass; it grows to the largest need. */
  const buffer = (name: string, size: number): Float32Array => {
    let found = buffers.get(name);
    if (found === undefined || found.length < size) {
      buffers.delete(name); // So that it may go before its successor comes.
      buffers.set(name, (found = new Float32Array(size)));
    }
    return found.subarray(0, size);
  };
  /** Equal graphs are kept once. */
  const shared = (s: Segment): Segment => {
    const graph = graphs.get(s.key) ?? s.graph;
    graphs.set(s.key, graph);
    return { ...s, graph };
  };

  function trunkOf({ head, shape }: Top): Trunk {
    const key = `${head} ${shape.join('x')}`;
    const known = trunks.get(key);
    if (known !== undefined) return known;
    const { lora } = config;
    const lowest = lora === undefined ? 0 : Math.min(...lora.modules.map((m) => layerOf(`${m}.weight`) ?? 0));
    const made: Trunk = {
      embedding: shared(forwardEmbedding(config, head, shape)),
      layers: Array.from({ length: config.layers }, (_, i) => ({
        forward: shared(forwardLayer(config, head, shape, i)),
        ...(i >= lowest && { backward: shared(backwardLayer(config, head, shape, i, lora === undefined || i > lowest)) }),
      })),
      ...(lora === undefined && { embeddingBackward: shared(backwardEmbedding(config, head, shape)) }),
    };
    trunks.set(key, made);
    return made;
  }
  function topOf(top: Top, slots: number): Segment {
    const key = `${top.key} ${slots}`;
    const known = tops.get(key);
    const made = known ?? shared(topSegment(config, top, slots));
    tops.set(key, made);
    return made;
  }

  async function backward(top: Top, feeds: Record<string, Feed | Resident>, sums: Record<string, Float32Array>, add: boolean): Promise<Record<string, Feed>> {
    const trunk = trunkOf(top);
    const size = top.shape[0] * top.shape[1] * config.hiddenSize;
    const all = buffer('states', size * (config.layers + 1));
    const states = Array.from({ length: config.layers + 1 }, (_, i) => all.subarray(i * size, (i + 1) * size));
    const begun = new Set(add ? Object.keys(sums) : []);

    /** The first gradient of a weight is written in its place, unless there is a sum already; others are added. */
    async function run({ key, graph, weights, gradients }: Segment, own: Record<string, Feed>, into: Record<string, Feed>): Promise<Record<string, Feed>> {
      const session = await sessions.get(key, () => graph);
      const places = Object.entries(gradients).map(([name, as]) => {
        const sum = sums[name]!;
        return { name, as, sum, written: begun.has(name) ? buffer(as, sum.length) : sum };
      });
      const weightsIn = Object.fromEntries(Object.entries(weights).map(([name, as]) => [as, feeds[name]!]));
      const results = await session.run({ ...weightsIn, ...own }, { ...into, ...Object.fromEntries(places.map(({ as, written }) => [as, written])) });
      for (const { name, sum, written } of places) {
        if (written !== sum) accumulate(sum, written);
        begun.add(name);
      }
      return results;
    }

    // Weights may lie on a device; tokens and what the loss takes come from the host.
    const given = feeds as Record<string, Feed>;
    const ids = { ids: given['ids']! };
    await run(trunk.embedding, ids, { y: states[0]! });
    for (const [i, { forward }] of trunk.layers.entries()) await run(forward, { x: states[i]! }, { y: states[i + 1]! });

    let [dy, other] = [buffer('dy', size), buffer('dx', size)];
    const slots = top.slots === undefined ? 1 : fewerSlots(top.slots, maxSlots);
    const parts: Record<string, Feed>[] = [];
    for (let at = 0; at < (top.slots ?? 1); at += slots) {
      const segment = topOf(top, slots);
      const names = segment.graph.inputs.map((i) => i.name).filter((n) => n in feeds);
      const own = Object.fromEntries(names.map((n) => [n, top.slots === undefined ? given[n]! : slotsPart(given[n]!, at, slots)]));
      const { dx, ...results } = await run(segment, { ...own, x: states.at(-1)! }, { dx: at === 0 ? dy : other });
      if (at > 0) accumulate(dy, dx as Float32Array);
      const outputs = Object.entries(results).filter(([name]) => !Object.values(segment.gradients).includes(name));
      parts.push(Object.fromEntries(outputs.map(([name, data]) => [name, data.slice()])));
    }

    for (const [i, { backward: back }] of [...trunk.layers.entries()].reverse()) {
      if (back === undefined) break;
      await run(back, { x: states[i]!, dy }, { dx: other });
      [dy, other] = [other, dy];
    }
    if (trunk.embeddingBackward !== undefined) await run(trunk.embeddingBackward, { ...ids, dy }, {});
    // A weight that the loss does not depend on has no gradient.
    for (const [name, sum] of Object.entries(sums)) if (!begun.has(name)) sum.fill(0);
    return top.slots === undefined ? parts[0]! : joinSlots(parts, top.slots);
  }
  return { get: (top) => Promise.resolve({ backward: (feeds, sums, add) => backward(top, feeds, sums, add) }), release: () => sessions.release() };
}
