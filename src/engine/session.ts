import { InferenceSession, Tensor } from 'onnxruntime-node';
import { size, type DType, type Graph, type Named, type TensorData } from './graph';
import { encodeModel, encodeOnnx, type EncodedModel, type OnnxModel } from './onnx';

/** Numbers that go in or come out, row-major. A view into a larger array is fine: its offset is respected, nothing is copied. */
export type Feed = TensorData;
export type Feeds = Readonly<Record<string, Feed>>;

export interface SessionOptions {
  /** Threads inside of an op. The same number gives the same bits at every run; another number may split sums differently. */
  readonly threads: number;
  /**
   * Give the memory of intermediate results back after each run, so that many sessions that take turns (one a batch shape) need no
   * more than the largest of them. Six training graphs of a 1.4M model: 230 instead of 790 MB resident, 3 % more time (2 threads).
   */
  readonly shareMemory?: boolean;
  /** Path prefix: writes a JSON trace with the time of every node when the session is released. */
  readonly profile?: string;
}

/** A compiled graph. */
export interface Session {
  /**
   * Runs the graph. Every input must be fed. Results are written into `into[name]` where that is given, else into arrays that belong to
   * the session and are overwritten by the next run: copy what must last.
   * Throws when an array's type or length does not fit.
   */
  run(feeds: Feeds, into?: Feeds): Promise<Record<string, Feed>>;
  release(): Promise<void>;
}

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

/** Compiles a graph for ONNX Runtime's CPU provider. This is the only file that knows ONNX Runtime. */
export async function createSession(g: Graph, options: SessionOptions): Promise<Session> {
  const session = await compile(encodeModel(g), options);
  const own = new Map<string, Feed>();

  return {
    async run(feeds, into = {}) {
      const fed: Record<string, Tensor> = {};
      for (const named of g.inputs) {
        const data = feeds[named.name];
        if (data === undefined) throw new Error(`input ${named.name} is not fed`);
        fed[named.name] = tensor(named, data);
      }
      const results: Record<string, Feed> = {};
      const fetched: Record<string, Tensor> = {};
      for (const named of g.outputs) {
        const data = into[named.name] ?? own.get(named.name) ?? new arrays[named.value.dtype](size(named.value.shape));
        if (!(named.name in into)) own.set(named.name, data);
        results[named.name] = data;
        fetched[named.name] = tensor(named, data);
      }
      await session.run(fed, fetched);
      return results;
    },
    async release() {
      if (options.profile !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

/** An array with its type and shape, ready to be fed any number of times; what the array holds may change between runs. */
export type Bound = Tensor;

/** Binds an array, which is not copied, to a shape. */
export function bind(dtype: 'float32' | 'int64', data: Float32Array | BigInt64Array, shape: readonly number[]): Bound {
  if (data.length !== size(shape)) throw new Error(`${data.length} elements were given for shape [${shape.join(', ')}]`);
  return new Tensor(dtype, data as Float32Array, shape);
}

/** A compiled model whose dimensions may differ between runs. */
export interface OpenSession {
  /** Runs the model. The results are the caller's own. */
  run(feeds: Readonly<Record<string, Bound>>): Promise<Readonly<Record<string, Float32Array>>>;
  release(): Promise<void>;
}

/** Compiles a model with dimensions given by name. Its bytes are made before this returns, so the weights may change afterwards. */
export function createOpenSession(model: OnnxModel, options: SessionOptions): Promise<OpenSession> {
  return compile(encodeOnnx(model), options).then((session) => ({
    async run(feeds) {
      const results = await session.run(feeds);
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, value.data as Float32Array]));
    },
    async release() {
      if (options.profile !== undefined) session.endProfiling();
      await session.release();
    },
  }));
}

function compile({ bytes, folder }: EncodedModel, options: SessionOptions): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(folder === undefined ? {} : { extra: { session: { model_external_initializers_file_folder_path: folder } } }),
    // Without an arena of its own a session allocates from the process; with memory patterns that would be one block a run, always fresh.
    // And where many sessions take turns, the threads of one must not wait in a loop for its next run while another runs.
    ...(options.shareMemory === true ? { enableCpuMemArena: false, enableMemPattern: false, extra: { session: { force_spinning_stop: '1' } } } : {}),
    ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
  });
}

function tensor({ name, value }: Named, data: Feed): Tensor {
  if (!(data instanceof arrays[value.dtype])) throw new Error(`${name} is ${value.dtype}, not what a ${data.constructor.name} holds`);
  if (data.length !== size(value.shape)) throw new Error(`${name} has shape [${value.shape.join(', ')}], but ${data.length} elements were given`);
  if (value.dtype === 'bfloat16') throw new Error(`${name}: bfloat16 can be a constant but not an input or output`);
  return new Tensor(value.dtype, data as Float32Array, value.shape);
}
