import { createRng } from '../../src/base/rng';
import { createSession } from '../../src/engine/session';
import { createGenerator } from '../../src/models/generate';
import { parseModelConfig } from '../../src/models/config';
import { initParams } from '../../src/models/model';
import type { Tokenizer } from '../../src/modelio/tokenizer';
import { ppoParamsSchema } from '../../src/protocol/run';
import type { Algorithm } from '../../src/training/algorithm';
import { languageModelTop } from '../../src/training/language-model';
import { cellsAtOnce } from '../../src/training/memory';
import { trainingPasses } from '../../src/training/passes';
import { createPpo } from '../../src/training/ppo';
import { packRows } from '../../src/training/rows';
import { wholeGraph } from '../../src/training/top';
import { trainable } from '../../src/training/trainable';

/** One piece of work, small enough to hand to a child process, ours or PyTorch's. */
export interface Job {
  readonly work: 'train' | 'generate' | 'ppo';
  readonly config: Record<string, unknown>;
  /** Rows of a batch, or prompts of a PPO iteration. */
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
  /** Median over passes: tokens of the batch (train) or new tokens (generate, PPO). */
  readonly tokensPerSecond: number;
  /** Peak resident memory of the whole process. */
  readonly peakMB: number;
}

/** A random model and random rows. */
function material(job: Job) {
  const config = parseModelConfig({ model_type: 'llama', ...job.config }, 'bench');
  const rng = createRng(0);
  const params = initParams(config, 'lm', rng);
  const row = (): number[] => Array.from({ length: job.length }, () => 3 + rng.int(config.vocabSize - 3));
  return { config, rng, params, rows: Array.from({ length: job.batch }, row) };
}

/** The two halves of a training step. @param profile path prefix of ONNX Runtime's trace, written by `release` */
export async function trainingStep(job: Job, profile?: string) {
  const { config, params, rows } = material(job);
  const model = trainable('bench', params, { learningRate: 1e-4, schedule: 'constant', warmupSteps: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, maxGradNorm: 1 }, { threads: job.threads });
  const packed = packRows(rows.map((ids) => ({ ids, start: 1 })));
  // With a trace: one session of the whole graph, as without it unless layers are computed again.
  const passes = trainingPasses(config, { threads: job.threads, maxCells: Infinity, recompute: job.recompute === true, maxSlots: 256 });
  const session = profile === undefined ? await passes.get(languageModelTop(config, packed.shape))
    : await createSession(wholeGraph(config, languageModelTop(config, packed.shape), true), { threads: job.threads, shareMemory: true, profile });
  const slotWeights = new Float32Array(packed.shape[2]).fill(1 / packed.tokens, 0, packed.tokens);
  let step = 0;
  return {
    backward: () => model.backward(session, { ids: packed.ids, index: packed.index, targets: packed.targets, slotWeights }),
    update: () => model.update(step++, 1e6),
    release: () => ('release' in session ? session.release() : passes.release()),
  };
}

/** PPO as lm-human-preferences sets it: four epochs of one mini-batch; answers that never end, so that both sides have as many tokens. */
function ppoOf(job: Job): Algorithm {
  const { config, rng, params, rows } = material(job);
  const tokenizer = { eosIds: [] as number[] } as unknown as Tokenizer;
  const optimizer = { learningRate: 1e-6, schedule: 'constant', warmupSteps: 0, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, maxGradNorm: 1 } as const;
  return createPpo(
    { config, params, tokenizer },
    { config, params: initParams(config, 'score', rng), tokenizer, mean: 0, std: 1 },
    { train: rows.map((ids, i) => ({ text: String(i), ids })), test: [] },
    {
      ...ppoParamsSchema.parse({ updates: 1000, batchSize: job.batch, miniBatches: 1, epochs: 4, evalEvery: 0, policyOptimizer: optimizer, valueOptimizer: optimizer }),
      sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: job.newTokens },
      seed: 0,
    },
    { threads: job.threads, maxCells: cellsAtOnce(config, job.length + job.newTokens) },
  );
}

/** Does the work with the product's own code, in this process. */
export async function measure(job: Job): Promise<Measured> {
  if (job.work === 'train') {
    const { backward, update } = await trainingStep(job);
    return timed(async () => {
      await backward();
      await update();
    }, job.batch * job.length, job.seconds);
  }

  if (job.work === 'ppo') {
    const ppo = ppoOf(job);
    const pass = async (): Promise<void> => {
      for await (const event of ppo.step()) if (event.type === 'warning') throw new Error(event.message);
    };
    return timed(pass, job.batch * job.newTokens, job.seconds);
  }

  const { config, rng, params, rows } = material(job);
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
