import { bind, createOpenSession, type Kept, type OpenSession, type Resident } from './session';
import { keepsArrays, type Provider } from './provider';

/** Who computes, and the arrays that live there. One a process. */
export interface Device {
  readonly provider: Provider;
  /** Weights, moments and gradients stay there between runs; otherwise they are fed from the host at every run. */
  readonly keeps: boolean;
  /**
   * The copy on the device of an array of the host, made when it is first fed; one copy, whoever asks. It does not follow the array:
   * `replace` it, or `forget` it and it is made anew. Only where {@link keeps}.
   */
  resident(data: Float32Array, shape: readonly number[]): Resident;
  /** Takes a result over as what `resident` now holds. */
  replace(resident: Resident, by: Kept): void;
  /** Lets the copy go. */
  forget(resident: Resident): void;
  /** Copies from the device into an array of the host. */
  download(from: Kept, into: Float32Array): Promise<void>;
  release(): Promise<void>;
}

/**
 * A device. Arrays cross by a graph that does nothing, because onnxruntime-node has no call for it: `Tensor.getData()` of an array on the
 * device ends the process (1.30), and a result cannot be written into an array that is already there.
 */
export function createDevice(provider: Provider, threads: number): Device {
  const copiers = new Map<string, Promise<OpenSession>>();
  const known = new WeakMap<ArrayBufferLike, Map<string, Resident>>();
  const living = new Set<Resident>();

  function copier(rank: number, up: boolean): Promise<OpenSession> {
    const key = `${up ? 'up' : 'down'} ${rank}`;
    const port = (name: string) => ({ name, dtype: 'float32' as const, shape: Array.from({ length: rank }, (_, i) => `d${i}`) });
    const made =
      copiers.get(key) ??
      createOpenSession(
        { nodes: [{ type: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {}, domain: '' }], tensors: [], inputs: [port('x')], outputs: [port('y')] },
        { threads, provider, ...(up ? { keep: () => true } : {}) },
      );
    copiers.set(key, made);
    return made;
  }

  function newResident(data: Float32Array, shape: readonly number[]): Resident {
    const resident: Resident = {
      shape,
      current: undefined,
      async load() {
        const { kept } = await (await copier(shape.length, true)).runKept({ x: bind('float32', data, shape) });
        living.add(resident);
        return (resident.current = kept['y']!);
      },
    };
    return resident;
  }

  const forget = (resident: Resident): void => {
    resident.current?.dispose();
    resident.current = undefined;
    living.delete(resident);
  };

  return {
    provider,
    keeps: keepsArrays(provider),
    resident(data, shape) {
      if (!keepsArrays(provider)) throw new Error(`arrays cannot stay on ${provider}`);
      const key = `${data.byteOffset} ${shape.join('x')}`;
      const ofBuffer = known.get(data.buffer) ?? new Map<string, Resident>();
      known.set(data.buffer, ofBuffer);
      const resident = ofBuffer.get(key) ?? newResident(data, shape);
      ofBuffer.set(key, resident);
      return resident;
    },
    replace(resident, by) {
      resident.current?.dispose();
      resident.current = by;
      living.add(resident);
    },
    forget,
    async download(from, into) {
      const { y } = await (await copier(from.dims.length, false)).run({ x: from });
      into.set(y!);
    },
    async release() {
      for (const resident of [...living]) forget(resident);
      for (const session of copiers.values()) await (await session).release();
      copiers.clear();
    },
  };
}
