import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { size, type DType, type Graph, type Named, type TensorData } from './graph';
import { encodeModel, encodeOnnx, narrow, targetType, type EncodedModel, type OnnxModel } from './onnx';
import { keepsArrays, mustBeOnDevice, targetOf, type Provider } from './provider';

/** Numbers that go in or come out, row-major. A view into a larger array is fine: its offset is respected, nothing is copied. */
export type Feed = TensorData;

/** A float32 array that lives on the device and may be fed to any session of its provider: see `device.ts`. */
export interface Resident {
  readonly shape: readonly number[];
  /** The array as it is now; undefined before it is first needed, and after it was let go. */
  current: Tensor | undefined;
  /** Brings it to the device when it is not there. */
  load(): Promise<Tensor>;
}
export type Feeds = Readonly<Record<string, Feed | Resident>>;

export interface SessionOptions {
  /** Threads inside of an op. The same number gives the same bits at every run; another number may split sums differently. */
  readonly threads: number;
  /** Who computes; the CPU when left out. */
  readonly provider?: Provider | undefined;
  /** Names of results that stay on the device, in {@link Session.runKept}. Only where `keepsArrays(provider)`. */
  readonly keep?: ((output: string) => boolean) | undefined;
  /**
   * Give the memory of intermediate results back after each run, so that many sessions that take turns (one a batch shape) need no
   * more than the largest of them. Six training graphs of a 1.4M model: 230 instead of 790 MB resident, 3 % more time (2 threads).
   */
  readonly shareMemory?: boolean;
  /** Path prefix: writes a JSON trace with the time and the provider of every node when the session is released. */
  readonly profile?: string;
}

/** A compiled graph. */
export interface Session {
  /** Names of its results. */
  readonly outputs: readonly string[];
  /**
   * Runs the graph. Every input must be fed. Results are written into `into[name]` where that is given, else into arrays that belong to
   * the session and are overwritten by the next run: copy what must last.
   * Throws when an array's type or length does not fit.
   */
  run(feeds: Feeds, into?: Readonly<Record<string, Feed>>): Promise<Record<string, Feed>>;
  /** The same, with the results that stay on the device beside. They are the caller's, who must `dispose` them. */
  runKept(feeds: Feeds): Promise<{ readonly results: Record<string, Feed>; readonly kept: Record<string, Kept> }>;
  release(): Promise<void>;
}

/** A result on the device. */
export type Kept = Tensor;

const arrays = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  uint16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, new (length: number) => TensorData>;

/** Compiles a graph. This is the only file that knows ONNX Runtime. */
export async function createSession(g: Graph, options: SessionOptions): Promise<Session> {
  const target = targetOf(options.provider ?? 'cpu');
  const kept = g.outputs.map((o) => o.name).filter((name) => options.keep?.(name) === true);
  const session = await compile(encodeModel(g, target), target === 'cpu' && isSmall(g) ? { ...options, level: 'disabled' } : options, mustBeOnDevice(g), Object.fromEntries(kept.map((name) => [name, 'gpu-buffer'])));
  const own = new Map<string, Feed>();
  /** On a device: positions as int32, by the name of the input or output. */
  const narrowed = new Map<string, Int32Array<ArrayBuffer>>();
  const narrowedOf = (name: string, length: number): Int32Array<ArrayBuffer> => {
    const array = narrowed.get(name) ?? new Int32Array(length);
    narrowed.set(name, array);
    return array;
  };

  async function run(feeds: Feeds, into: Readonly<Record<string, Feed>>): Promise<{ results: Record<string, Feed>; kept: Record<string, Kept> }> {
    const fed: Record<string, Tensor> = {};
    for (const named of g.inputs) {
      const data = feeds[named.name];
      if (data === undefined) throw new Error(`input ${named.name} is not fed`);
      if (isResident(data)) fed[named.name] = await residentTensor(named, data);
      else {
        const checked = tensor(named, data);
        fed[named.name] = targetType(named.value.dtype, target) === named.value.dtype ? checked : new Tensor('int32', narrow(data as BigInt64Array, named.name, narrowedOf(named.name, data.length)), named.value.shape);
      }
    }
    const results: Record<string, Feed> = {};
    const fetched: Record<string, Tensor | null> = {};
    const wide: string[] = [];
    for (const named of g.outputs) {
      if (kept.includes(named.name)) {
        fetched[named.name] = null;
        continue;
      }
      const data = into[named.name] ?? own.get(named.name) ?? new arrays[named.value.dtype](size(named.value.shape));
      if (!(named.name in into)) own.set(named.name, data);
      results[named.name] = data;
      fetched[named.name] = tensor(named, data);
      if (targetType(named.value.dtype, target) === named.value.dtype) continue;
      fetched[named.name] = new Tensor('int32', narrowedOf(`result ${named.name}`, data.length), named.value.shape);
      wide.push(named.name);
    }
    const made = await session.run(fed, fetched);
    const copies: ArrayBuffer[] = [];
    for (const [name, data] of Object.entries(results)) {
      const found = made[name]!.data as TensorData;
      if (wide.includes(name)) (found as Int32Array).forEach((x, i) => ((data as BigInt64Array)[i] = BigInt(x)));
      // Where some results stay on the device, ONNX Runtime gives the others arrays of their own instead of writing into those it was given.
      else if (kept.length > 0) (data as Float32Array).set(found as Float32Array);
      if (target === 'cpu' && found.buffer !== data.buffer) copies.push(found.buffer as ArrayBuffer);
    }
    letGo(copies);
    return { results, kept: Object.fromEntries(kept.map((name) => [name, made[name] as Kept])) };
  }

  return {
    outputs: g.outputs.map((o) => o.name),
    run: async (feeds, into = {}) => (await run(feeds, into)).results,
    runKept: (feeds) => run(feeds, {}),
    async release() {
      if (options.profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** An array with its type and shape, ready to be fed any number of times; what the array holds may change between runs. */
export type Bound = Tensor;

/** Binds an array, which is not copied, to a shape. */
export function bind(dtype: 'float32' | 'int64' | 'float16' | 'uint16', data: Float32Array | BigInt64Array | Uint16Array, shape: readonly number[]): Bound {
  if (data.length !== size(shape)) throw new Error(`${data.length} elements were given for shape [${shape.join(', ')}]`);
  return new Tensor(dtype, data as Float32Array, shape);
}

/** A compiled model whose dimensions may differ between runs. */
export interface OpenSession {
  /** Runs the model. The results are the caller's own: arrays, or on the device what {@link SessionOptions.keep} named. */
  run(feeds: Readonly<Record<string, Bound>>): Promise<Readonly<Record<string, Float32Array>>>;
  /** The same, with the results that stay on the device beside. They are the caller's, who must `dispose` them. */
  runKept(feeds: Readonly<Record<string, Bound>>): Promise<{ readonly results: Readonly<Record<string, Float32Array>>; readonly kept: Readonly<Record<string, Kept>> }>;
  release(): Promise<void>;
}

/**
 * Compiles a model with dimensions given by name. Its bytes are made before this returns, so the weights may change afterwards. `always`: what is fed
 * besides at every run.
 */
export function createOpenSession(model: OnnxModel, options: SessionOptions, always: Readonly<Record<string, Bound>> = {}): Promise<OpenSession> {
  const encoded = encodeOnnx(model);
  const kept = model.outputs.map((o) => o.name).filter((name) => options.keep?.(name) === true);
  return compile(encoded, options, true, Object.fromEntries(kept.map((name) => [name, 'gpu-buffer']))).then((session) => {
    async function runKept(feeds: Readonly<Record<string, Bound>>): ReturnType<OpenSession['runKept']> {
      const made = Object.entries(await session.run({ ...always, ...feeds }));
      return {
        results: Object.fromEntries(made.filter(([name]) => !kept.includes(name)).map(([name, value]) => [name, value.data as Float32Array])),
        kept: Object.fromEntries(made.filter(([name]) => kept.includes(name))),
      };
    }
    return {
      run: async (feeds) => (await runKept(feeds)).results,
      runKept,
      async release() {
        if (options.profile !== undefined) session.endProfiling();
        await session.release();
      },
    };
  });
}

/** The providers that ONNX Runtime was built with for this platform; some need libraries or drivers besides. */
export function supportedProviders(): string[] {
  return listSupportedBackends().map(({ name }) => name);
}

/**
 * Whether a graph's weights are so few that a run takes less time than ONNX Runtime's rewriting of the graph would: 35 of 70 ms a shape of batch. The kernels
 * that it would put in are in the graph already, so that runs are as fast without (measured from 0.66M to 15M parameters; an epoch of a
 * reward model of 0.66M over 400 pairs, 25 shapes: 7.6 instead of 9.0 s).
 */
const isSmall = (g: Graph): boolean => g.inputs.reduce((n, { value }) => n + (value.dtype === 'float32' ? size(value.shape) : 0), 0) < 4e6;

/** @param strict on a device: no node may be computed by the CPU instead. */
function compile({ bytes, folder }: EncodedModel, options: SessionOptions & { readonly level?: 'disabled' }, strict: boolean, keptOutputs: Record<string, 'gpu-buffer'>): Promise<InferenceSession> {
  const provider = options.provider ?? 'cpu';
  const keeps = Object.keys(keptOutputs).length > 0;
  if (keeps && !keepsArrays(provider)) throw new Error(`results cannot stay on ${provider}`);
  return InferenceSession.create(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: options.level ?? 'all',
    logSeverityLevel: 3,
    ...(keeps ? { preferredOutputLocation: keptOutputs } : {}),
    // Without an arena of its own a session allocates from the process; with memory patterns that would be one block a run, always fresh.
    // And where many sessions take turns, the threads of one must not wait in a loop for its next run while another runs.
    ...(options.shareMemory === true ? { enableCpuMemArena: false, enableMemPattern: false } : {}),
    extra: {
      session: {
        ...(options.shareMemory === true ? { force_spinning_stop: '1' } : {}),
        ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
        ...(provider !== 'cpu' && strict ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
    ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
  });
}

/**
 * Frees arrays that nobody reads any more. onnxruntime-node gives a copy of every result, also of one that it has written where it was told to; left to
 * the collector, the gradients of several steps lie about (124M parameters: 0.5 GB each). What is sent to a closed port is freed at once.
 */
function letGo(buffers: readonly ArrayBuffer[]): void {
  // Small ones would leave holes in the heap, which costs more than they do (656k parameters: 480 instead of 420 MB).
  if (buffers.reduce((n, b) => n + b.byteLength, 0) < 32e6) return;
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(undefined, [...buffers]);
  port1.close();
  port2.close();
}

const isResident = (feed: Feed | Resident): feed is Resident => 'load' in feed;

async function residentTensor({ name, value }: Named, resident: Resident): Promise<Tensor> {
  if (value.dtype !== 'float32' || resident.shape.join() !== value.shape.join()) throw new Error(`${name} is ${value.dtype}[${value.shape.join(', ')}], the array on the device float32[${resident.shape.join(', ')}]`);
  return resident.current ?? resident.load();
}

function tensor({ name, value }: Named, data: Feed): Tensor {
  if (!(data instanceof arrays[value.dtype])) throw new Error(`${name} is ${value.dtype}, not what a ${data.constructor.name} holds`);
  if (data.length !== size(value.shape)) throw new Error(`${name} has shape [${value.shape.join(', ')}], but ${data.length} elements were given`);
  if (value.dtype === 'bfloat16') throw new Error(`${name}: bfloat16 can be a constant but not an input or output`);
  return new Tensor(value.dtype, data as Float32Array, value.shape);
}
