import { createRng } from '../base/rng';
import { messageOf } from '../base/errors';
import { createDevice, supportedProviders, type Provider } from '../training/device';
import { parseModelConfig } from '../models/config';
import { initParams } from '../models/model';
import { languageModelGraph } from '../training/language-model';
import { packRows } from '../training/rows';
import { sessionCache } from '../training/sessions';
import { trainable } from '../training/trainable';

/** What the probing process says, a JSON line each; it ends when there is nothing more to say. */
export type ProbeLine =
  /** The provider cannot be had, or computes wrongly. */
  | { readonly stage: 'out'; readonly why: string }
  /** A training step gave the CPU's numbers. */
  | { readonly stage: 'right' }
  /** Milliseconds of a training step of {@link measured}, the quickest of three, on the CPU and there. */
  | { readonly stage: 'measured'; readonly cpu: number; readonly device: number };

interface Reference {
  readonly layers: number;
  readonly hidden: number;
  readonly vocabulary: number;
  readonly rows: number;
  readonly length: number;
}

/** Small enough for a software renderer to compile in seconds; all ops of a training step are in it. */
const tiny: Reference = { layers: 1, hidden: 16, vocabulary: 32, rows: 2, length: 8 };
/** 3.4M weights: what the speed of a device is measured with. */
export const measured: Reference = { layers: 3, hidden: 256, vocabulary: 4096, rows: 4, length: 128 };

/** Relative difference of weights and gradient norms that float32 sums in another order explain. */
const tolerance = 1e-3;

/**
 * `trainer.js probe <provider> <threads> [measure]`, a process of its own that may crash or hang: compiles a training step there, runs
 * it, compares it with the CPU's, and measures.
 */
export async function probe(provider: Provider, threads: number, measure: boolean): Promise<void> {
  try {
    const supported = supportedProviders();
    if (!supported.includes(provider)) {
      say({ stage: 'out', why: `ONNX Runtime for ${process.platform}-${process.arch} has no ${provider}; it has ${supported.join(', ')}` });
      return;
    }
    const [here, there] = [await steps(tiny, 'cpu', 1, 1), await steps(tiny, provider, 1, 1)];
    const difference = Math.max(...here.numbers.map((x, i) => Math.abs(x - there.numbers[i]!) / Math.max(1e-2, Math.abs(x))));
    if (!(difference <= tolerance)) {
      say({ stage: 'out', why: `it computes a training step wrongly: it differs from the CPU's by ${difference.toExponential(1)}` });
      return;
    }
    say({ stage: 'right' });
    if (!measure) return;
    const cpu = (await steps(measured, 'cpu', threads, 4)).milliseconds;
    say({ stage: 'measured', cpu, device: (await steps(measured, provider, threads, 4)).milliseconds });
  } catch (error) {
    say({ stage: 'out', why: reasonOf(messageOf(error)) });
  }
}

/** The first is not timed when there are more. `numbers`: gradient norms and some weights afterwards. */
async function steps(reference: Reference, provider: Provider, threads: number, count: number): Promise<{ numbers: number[]; milliseconds: number }> {
  const { layers, hidden, vocabulary, rows, length } = reference;
  const config = parseModelConfig(
    { model_type: 'llama', vocab_size: vocabulary, hidden_size: hidden, intermediate_size: Math.round(2.75 * hidden), num_hidden_layers: layers, num_attention_heads: Math.max(2, hidden / 64), num_key_value_heads: Math.max(1, hidden / 128), max_position_embeddings: length, initializer_range: 0.05, tie_word_embeddings: true },
    'the probe',
  );
  const rng = createRng(1);
  const params = initParams(config, 'lm', rng);
  const packed = packRows(Array.from({ length: rows }, () => ({ ids: Array.from({ length }, () => rng.int(vocabulary)), start: 1 })));
  const device = createDevice(provider, threads);
  const resources = { threads, device };
  const model = trainable('probe', params, { learningRate: 1e-2, schedule: 'constant', warmupSteps: 0, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.01, maxGradNorm: 1 }, resources);
  const sessions = sessionCache(resources);
  const session = await sessions.get(packed.key, () => languageModelGraph(config, packed.shape, true));
  const slotWeights = new Float32Array(packed.shape[2]).fill(1 / packed.tokens, 0, packed.tokens);
  const numbers: number[] = [];
  let milliseconds = Infinity;
  for (let step = 0; step < count; step++) {
    const begin = performance.now();
    await model.backward(session, { ids: packed.ids, index: packed.index, targets: packed.targets, slotWeights });
    numbers.push((await model.update(step, count)).gradNorm);
    if (step > 0 || count === 1) milliseconds = Math.min(milliseconds, performance.now() - begin);
  }
  await model.sync();
  for (let i = 0; i < params.data.length; i += 37) numbers.push(params.data[i]!);
  await sessions.release();
  await model.release();
  await device.release();
  return { numbers, milliseconds };
}

function say(line: ProbeLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** ONNX Runtime's messages begin with a place in its source. */
function reasonOf(message: string): string {
  if (message.includes('Failed to get a WebGPU adapter')) return 'no graphics processor with a driver for it was found';
  if (message.includes('Failed to load shared library')) return "ONNX Runtime's libraries for it (libonnxruntime_providers_shared and its like) are not there: they are too large to come with the extension";
  return message.replace(/^\S*onnxruntime\S*:\d+ .*? was false\. /s, '').trim().split('\n')[0]!.slice(0, 300);
}
