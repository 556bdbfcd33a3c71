import type { Device } from '../engine/device';
import type { OnnxNode, OnnxPort } from '../engine/onnx';
import { bind, createOpenSession, type Bound, type Kept, type OpenSession } from '../engine/session';
import type { ModelConfig } from './config';
import { cacheNames, forbidden, type Masks } from './decode-graph';
import { maxScores, promptMask, type Decoder, type Predicted } from './decoder';

/** Keys and values of earlier tokens by the name of their input, [rows, kvHeads, slots, headDim] each, on the device. */
type Cache = Readonly<Record<string, Kept>>;

/** What happens to a cache on the device between tokens. What goes in is used up. */
export interface CacheRooms {
  /** The rows with these numbers, in this order. */
  take(cache: Cache, rows: readonly number[]): Promise<Cache>;
  /** The rows of `a` and below them those of `b`, with `slots` slots, more than either has. */
  merge(a: Cache, b: Cache, slots: number): Promise<Cache>;
  /** For each row the slots with these numbers, as many of each. */
  pick(cache: Cache, slotsOf: readonly (readonly number[])[]): Promise<Cache>;
  release(): Promise<void>;
}

export function createCacheRooms({ layers, kvHeads, headDim }: ModelConfig, device: Device, threads: number): CacheRooms {
  const names = cacheNames(layers);
  const sessions = new Map<string, Promise<OpenSession>>();
  const port = (name: string, shape: (number | string)[], dtype: 'float32' | 'int64' = 'float32'): OnnxPort => ({ name, dtype, shape });
  const node = (type: string, inputs: string[], output: string, axis: number): OnnxNode => ({ type, inputs, outputs: [output], attributes: { axis: { int: axis } }, domain: '' });
  const cachePort = (name: string, n = ''): OnnxPort => port(name, [`B${n}`, kvHeads, `C${n}`, headDim]);

  const session = (name: string, inputs: () => OnnxPort[], nodes: () => OnnxNode[]): Promise<OpenSession> => {
    const made =
      sessions.get(name) ??
      createOpenSession({ nodes: nodes(), tensors: [], inputs: inputs(), outputs: names.map((n) => cachePort(`${n}.next`, 'n')) }, { threads, provider: device.provider, keep: () => true });
    sessions.set(name, made);
    return made;
  };
  const run = async (s: OpenSession, feeds: Record<string, Bound>, used: readonly Cache[]): Promise<Cache> => {
    const next = nextOf((await s.runKept(feeds)).kept);
    used.forEach(dispose);
    return next;
  };

  return {
    async take(cache, rows) {
      const s = await session('take', () => [...names.map((n) => cachePort(n)), port('rows', ['R'], 'int64')], () => names.map((n) => node('Gather', [n, 'rows'], `${n}.next`, 0)));
      return run(s, { ...cache, rows: bind('int64', BigInt64Array.from(rows, BigInt), [rows.length]) }, [cache]);
    },
    async merge(a, b, slots) {
      const s = await session(
        'merge',
        () => [...names.flatMap((n) => [cachePort(`a.${n}`, 'a'), cachePort(`b.${n}`, 'b')]), port('a.room', ['Ba', kvHeads, 'Ra', headDim]), port('b.room', ['Bb', kvHeads, 'Rb', headDim])],
        () => names.flatMap((n) => [node('Concat', [`a.${n}`, 'a.room'], `a.${n}.wide`, 2), node('Concat', [`b.${n}`, 'b.room'], `b.${n}.wide`, 2), node('Concat', [`a.${n}.wide`, `b.${n}.wide`], `${n}.next`, 0)]),
      );
      const room = (of: Cache): Bound => {
        const [rows, , have] = of[names[0]!]!.dims as [number, number, number];
        return bind('float32', new Float32Array(rows * kvHeads * (slots - have) * headDim), [rows, kvHeads, slots - have, headDim]);
      };
      const feeds = Object.fromEntries(names.flatMap((n) => [[`a.${n}`, a[n]!], [`b.${n}`, b[n]!]]));
      return run(s, { ...feeds, 'a.room': room(a), 'b.room': room(b) }, [a, b]);
    },
    async pick(cache, slotsOf) {
      const s = await session('pick', () => [...names.map((n) => cachePort(n)), port('slots', ['B', kvHeads, 'S', headDim], 'int64')], () => names.map((n) => node('GatherElements', [n, 'slots'], `${n}.next`, 2)));
      const [rows, count] = [slotsOf.length, slotsOf[0]!.length];
      const slots = new BigInt64Array(rows * kvHeads * count * headDim);
      for (let i = 0; i < slots.length; i++) slots[i] = BigInt(slotsOf[Math.floor(i / (kvHeads * count * headDim))]![Math.floor(i / headDim) % count]!);
      return run(s, { ...cache, slots: bind('int64', slots, [rows, kvHeads, count, headDim]) }, [cache]);
    },
    async release() {
      for (const made of sessions.values()) await (await made).release();
      sessions.clear();
    },
  };
}

/**
 * A decoder whose cache stays on the device: probabilities come back, tokens, positions and masks go there. All rows write their next
 * token into the same new slot, so a row's tokens lie in slots that the masks know, with gaps where others wrote before it came.
 * `session` runs the graph of `decodeModel` for a device.
 */
export function createDeviceDecoder(config: ModelConfig, session: OpenSession, rooms: CacheRooms, masks: Masks, maxRows: number, temperature: number): Decoder {
  const { layers, heads, kvHeads, headDim } = config;
  const names = cacheNames(layers);
  const scale = bind('float32', Float32Array.of(temperature === 0 ? 1 : 1 / temperature), [1]);
  const kinds = [...(masks.full ? [{ name: 'mask', window: Infinity }] : []), ...(masks.window !== undefined ? [{ name: 'window_mask', window: masks.window }] : [])];
  let cache: Cache | undefined;
  /** Slots of the cache. */
  let width = 0;
  /** For each row, where it is in the cache and in which slot each of its tokens is. */
  let rows: { at: number; slots: number[] }[] = [];

  /** The cache with the rows that there are, in their order, and without more than so many unused slots. */
  async function settled(): Promise<Cache> {
    const inOrder = rows.every((row, i) => row.at === i) && cache![names[0]!]!.dims[0] === rows.length;
    if (!inOrder) cache = await rooms.take(cache!, rows.map((row) => row.at));
    rows = rows.map(({ slots }, at) => ({ at, slots }));
    const longest = Math.max(...rows.map((row) => row.slots.length));
    if (width > 2 * longest + 64) {
      cache = await rooms.pick(cache!, rows.map(({ slots }) => Array.from({ length: longest }, (_, i) => slots[i] ?? 0)));
      rows = rows.map(({ at, slots }) => ({ at, slots: slots.map((_, i) => i) }));
      width = longest;
    }
    return cache!;
  }

  /** What each row may see as it writes: its own tokens, the last `window` of them with the new one, and the new slot. */
  function writingMask(window: number): Bound {
    const data = new Float32Array(rows.length * (width + 1)).fill(forbidden);
    rows.forEach(({ slots }, b) => {
      for (const slot of slots.slice(Math.max(0, slots.length - window + 1))) data[b * (width + 1) + slot] = 0;
      data[b * (width + 1) + width] = 0;
    });
    return bind('float32', data, [rows.length, 1, 1, width + 1]);
  }

  return {
    maxRows,
    roomFor(all) {
      let count = 0;
      let longest = 0;
      while (count < all.length && rows.length + count < maxRows) {
        longest = Math.max(longest, all[count]!);
        if (count > 0 && (count + 1) * heads * longest * (longest + 1) > maxScores) break;
        count++;
      }
      return count;
    },

    async read(prompts) {
      const count = prompts.length;
      const tokens = Math.max(...prompts.map((p) => p.length));
      const ids = new BigInt64Array(count * tokens);
      prompts.forEach((p, b) => {
        p.forEach((id, t) => (ids[b * tokens + t] = BigInt(id)));
      });
      // One slot that nothing may see: a cache without any would have no place in a product.
      const none = bind('float32', new Float32Array(count * kvHeads * headDim), [count, kvHeads, 1, headDim]);
      const { results, kept } = await session.runKept({
        ids: bind('int64', ids, [count, tokens]),
        positions: bind('int64', BigInt64Array.from(ids, (_, i) => BigInt(i % tokens)), [count, tokens]),
        ...Object.fromEntries(kinds.map(({ name, window }) => [name, bind('float32', promptMask(count, heads / kvHeads, tokens, window), [count, 1, (heads / kvHeads) * tokens, 1 + tokens])])),
        last: bind('int64', BigInt64Array.from(prompts, (p, b) => BigInt(b * tokens + p.length - 1)), [count]),
        scale,
        ...Object.fromEntries(names.map((name) => [name, none])),
      });
      const fresh = nextOf(kept);
      const before = rows.length;
      if (before === 0) {
        if (cache !== undefined) dispose(cache);
        [cache, width] = [fresh, 1 + tokens];
      } else {
        const own = await settled();
        width = Math.max(width, 1 + tokens) + 1;
        cache = await rooms.merge(own, fresh, width);
      }
      prompts.forEach((p, b) => rows.push({ at: before + b, slots: p.map((_, t) => 1 + t) }));
      return predicted(results);
    },

    async write(ids) {
      const own = await settled();
      const count = rows.length;
      const { results, kept } = await session.runKept({
        ids: bind('int64', BigInt64Array.from(ids.slice(0, count), BigInt), [count, 1]),
        positions: bind('int64', BigInt64Array.from(rows, ({ slots }) => BigInt(slots.length)), [count, 1]),
        ...Object.fromEntries(kinds.map(({ name, window }) => [name, writingMask(window)])),
        last: bind('int64', BigInt64Array.from(rows, (_, b) => BigInt(b)), [count]),
        scale,
        ...own,
      });
      dispose(own);
      cache = nextOf(kept);
      for (const row of rows) row.slots.push(width);
      width++;
      return predicted(results);
    },

    dropRow(row) {
      const last = rows.pop()!;
      if (row < rows.length) rows[row] = last;
    },

    release() {
      if (cache !== undefined) dispose(cache);
      cache = undefined;
      rows = [];
    },
  };
}

const predicted = ({ probabilities, blocks }: Readonly<Record<string, Float32Array>>): Predicted => ({ values: probabilities!, blocks: blocks! });

/** Results of a run as the cache of the next. */
function nextOf(kept: Readonly<Record<string, Kept>>): Cache {
  return Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name.replace(/\.next$/, ''), tensor]));
}

function dispose(cache: Cache): void {
  for (const tensor of Object.values(cache)) tensor.dispose();
}
