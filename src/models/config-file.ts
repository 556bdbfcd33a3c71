import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import type { Activation } from './family';
import type { RopeScaling } from './rope';

/** A `config.json` whose values are checked as they are read; errors name file, key and value. `null` counts as absent. */
export interface ConfigFile {
  readonly name: string;
  fail(message: string): never;
  get(key: string): unknown;
  /** A positive whole number, of at most `most` where it says how long a list is to be. */
  integer(key: string, fallback?: number, most?: number): number;
  positive(key: string, fallback: number, from?: unknown): number;
  flag(key: string, fallback?: boolean): boolean;
  /** Fails unless the value is absent or this one: for what is not built. */
  only(key: string, value: unknown): void;
  object(key: string): JsonObject | undefined;
  activation(key: string, fallback: string, supported: readonly string[]): Activation;
}

const activations: Readonly<Record<string, Activation>> = { silu: 'silu', swish: 'silu', gelu: 'gelu', gelu_new: 'gelu tanh', gelu_fast: 'gelu tanh', gelu_pytorch_tanh: 'gelu tanh' };

export function openConfig(json: JsonObject, name: string): ConfigFile {
  const fail = (message: string): never => {
    throw new UserError('model.config', `${name}: ${message}`);
  };
  const get = (key: string): unknown => json[key] ?? undefined;
  return {
    name,
    fail,
    get,
    integer(key, fallback, most = 2 ** 31 - 1) {
      const value = get(key) ?? fallback;
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > most) return fail(`${key} is ${show(value)}, expected a positive whole number${most < 2 ** 31 - 1 ? ` of at most ${most}` : ''}.`);
      return value;
    },
    positive(key, fallback, from = get(key)) {
      const value = from ?? fallback;
      if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return fail(`${key} is ${show(value)}, expected a positive number.`);
      return value;
    },
    flag(key, fallback = false) {
      const value = get(key) ?? fallback;
      return typeof value === 'boolean' ? value : fail(`${key} is ${show(value)}, expected true or false.`);
    },
    only(key, value) {
      const found = get(key) ?? value;
      if (found !== value) fail(`${key} ${show(found)} is not supported; supported: ${show(value)}. Choose another model.`);
    },
    object(key) {
      const value = get(key);
      if (value !== undefined && (typeof value !== 'object' || Array.isArray(value))) fail(`${key} is ${show(value)}, expected an object or null.`);
      return value as JsonObject | undefined;
    },
    activation(key, fallback, supported) {
      const value = get(key) ?? fallback;
      const found = typeof value === 'string' && supported.includes(value) ? activations[value] : undefined;
      return found ?? fail(`${key} ${show(value)} is not supported; supported: ${supported.join(', ')}. Choose another model.`);
    },
  };
}

/** More layers than any model has: what is made for each of them is made before the weights are looked at. */
export const maxLayers = 2000;

/** An object within an object of the file, empty where there is none. */
export function innerObject(file: ConfigFile, key: string, inner: string): JsonObject {
  const value = file.object(key)?.[inner] ?? {};
  return typeof value === 'object' && !Array.isArray(value) ? value : file.fail(`${key}.${inner} is ${show(value)}, expected an object or null.`);
}

/** What a file says about rotary embedding. */
export interface RopeSettings {
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling;
  /** Share of a head that turns. */
  readonly partial: number;
}

/**
 * Rotary embedding as transformers 4 has it (`rope_theta`, `rope_scaling`) or as version 5 does (`rope_parameters`, which may be
 * nested by kind of layer: `nested`). Dynamic, yarn and longrope are refused: reading such a model as unscaled would give answers
 * that are wrong only for longer texts.
 */
export function readRope(file: ConfigFile, defaults: { theta: number; partial?: number; thetaKey?: string; partialKey?: string; nested?: string }): RopeSettings {
  const thetaKey = defaults.thetaKey ?? 'rope_theta';
  const partialKey = defaults.partialKey ?? 'partial_rotary_factor';
  let [theta, partial] = [file.get(thetaKey), file.get(partialKey)];
  let ropeScaling: RopeScaling | undefined;
  for (const key of ['rope_scaling', 'rope_parameters']) {
    let rope = file.object(key);
    if (rope === undefined) continue;
    if (defaults.nested !== undefined && key === 'rope_parameters') rope = innerObject(file, key, defaults.nested);
    ropeScaling = readScaling(file, key, rope) ?? ropeScaling;
    theta = rope['rope_theta'] ?? theta;
    partial = rope['partial_rotary_factor'] ?? partial;
  }
  const share = file.positive(partialKey, defaults.partial ?? 1, partial);
  if (share > 1) file.fail(`${partialKey} is ${share}, expected at most 1.`);
  return { ropeTheta: file.positive(thetaKey, defaults.theta, theta), partial: share, ...(ropeScaling && { ropeScaling }) };
}

function readScaling(file: ConfigFile, key: string, rope: JsonObject): RopeScaling | undefined {
  const kind = rope['rope_type'] ?? rope['type'] ?? 'default';
  const number = (name: string, fallback?: number): number => {
    const value = rope[name] ?? fallback;
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : file.fail(`${key}.${name} is ${show(value)}, expected a positive number.`);
  };
  if (kind === 'default') return undefined;
  if (kind === 'linear') return { type: kind, factor: number('factor') };
  if (kind !== 'llama3') return file.fail(`${key} of type ${show(kind)} is not supported; supported: "default", "linear", "llama3". Choose another model.`);
  const [lowFreqFactor, highFreqFactor] = [number('low_freq_factor'), number('high_freq_factor')];
  if (lowFreqFactor >= highFreqFactor) file.fail(`${key}.low_freq_factor ${lowFreqFactor} is not below high_freq_factor ${highFreqFactor}.`);
  const whole = file.get('max_position_embeddings');
  return { type: kind, factor: number('factor'), lowFreqFactor, highFreqFactor, originalMaxPositions: number('original_max_position_embeddings', typeof whole === 'number' ? whole : undefined) };
}

/** Scaling as `rope_scaling` of a `config.json`. */
export function scalingJson(scaling: RopeScaling): JsonObject {
  if (scaling.type === 'linear') return { rope_type: 'linear', factor: scaling.factor };
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
  return { rope_type: 'llama3', factor, low_freq_factor: lowFreqFactor, high_freq_factor: highFreqFactor, original_max_position_embeddings: originalMaxPositions };
}

/** Which layers see only a window, from `layer_types`; by `otherwise` where the file does not say. */
export function readWindowed(file: ConfigFile, layers: number, otherwise: (layer: number) => boolean): boolean[] {
  const types = file.get('layer_types');
  if (types === undefined) return Array.from({ length: layers }, (_, i) => otherwise(i));
  if (!Array.isArray(types) || types.length < layers) return file.fail(`layer_types is ${show(types)}, expected a list of ${layers} kinds of attention.`);
  return types.slice(0, layers).map((type) => {
    if (type !== 'full_attention' && type !== 'sliding_attention') file.fail(`layer_types has ${show(type)}, which is not supported; supported: full_attention, sliding_attention. Choose another model.`);
    return type === 'sliding_attention';
  });
}

/** A value as it stands in the file, cut short. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
