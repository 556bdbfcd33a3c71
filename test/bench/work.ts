import { createRng } from '../../src/base/rng';
import { createGenerator } from '../../src/models/generate';
import { parseModelConfig } from '../../src/models/config';
import { initParams } from '../../src/models/model';
import { languageModelTop } from '../../src/training/language-model';
import { trainingPasses } from '../../src/training/passes';
import { packRows } from '../../src/training/rows';
import { trainable } from '../../src/training/trainable';

/** One piece of work, small enough to hand to a child process, ours or PyTorch's. */
export interface Job {
  readonly work: 'train' | 'generate';
  readonly config: Record<string, unknown>;
  readonly batch: number;
  /** Tokens of a row to train on, or of a prompt. */
  readonly length: number;
  readonly newTokens: number;
  /** How long to measure after two warm-up passes. */
  readonly seconds: number;
  readonly threads: number;
  /** Train layer by layer. */
  readonly recompute?: boolean;
}

export interface Measured {
  /** Median over passes: tokens of the batch (train) or new tokens (generate). */
  readonly tokensPerSecond: number;
  /** Peak resident memory of the whole process. */
  readonly peakMB: number;
}

/** Does the work with the product's own code, in this process. */
export async function measure(job: Job): Promise<Measured> {
  const config = parseModelConfig({ model_type: 'llama', architectures: ['LlamaForCausalLM'], ...job.config }, 'bench');
  const rng = createRng(0);
  const params = initParams(config, 'lm', rng);
  const row = (): number[] => Array.from({ length: job.length }, () => 3 + rng.int(config.vocabSize - 3));
  const rows = Array.from({ length: job.batch }, row);

  if (job.work === 'train') {
    const model = trainable('bench', params, { learningRate: 1e-4, schedule: 'constant', warmupSteps: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, maxGradNorm: 1 });
    const packed = packRows(rows.map((ids) => ({ ids, start: 1 })));
    const passes = trainingPasses(config, { threads: job.threads, maxCells: Infinity, recompute: job.recompute === true, maxSlots: 256 });
    const session = await passes.get(languageModelTop(config, packed.shape));
    const slotWeights = new Float32Array(packed.shape[2]).fill(1 / packed.tokens, 0, packed.tokens);
    let step = 0;
    const pass = async (): Promise<void> => {
      await model.backward(session, { ids: packed.ids, index: packed.index, targets: packed.targets, slotWeights });
      model.update(step++, 1e6);
    };
    return timed(pass, job.batch * job.length, job.seconds);
  }

  const generator = createGenerator(config, params, { threads: job.threads, maxBatch: job.batch, maxLength: job.length + job.newTokens });
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: job.newTokens, stopIds: [] };
  let produced = 0;
  const pass = async (): Promise<void> => {
    const completions = await generator.generate(rows, sampling, rng);
    produced = completions.reduce((n, c) => n + c.ids.length, 0);
    if (produced !== job.batch * job.newTokens) throw new Error(`generated ${produced} tokens, not ${job.batch * job.newTokens}`);
  };
  return timed(pass, job.batch * job.newTokens, job.seconds);
}

async function timed(pass: () => Promise<void>, tokens: number, seconds: number): Promise<Measured> {
  await pass();
  await pass();
  const rates: number[] = [];
  const start = performance.now();
  while (rates.length < 3 || performance.now() - start < seconds * 1000) {
    const t = performance.now();
    await pass();
    rates.push(tokens / ((performance.now() - t) / 1000));
  }
  rates.sort((a, b) => a - b);
  return { tokensPerSecond: rates[rates.length >> 1]!, peakMB: process.resourceUsage().maxRSS / 1024 };
}
