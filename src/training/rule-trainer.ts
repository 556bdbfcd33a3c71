import { UserError } from '../base/errors';
import type { RuleModelReport, RuleReport } from '../domain/model-report';
import { input, output } from '../engine/graph';
import { add, mul, neg, reduceSum, softplus } from '../engine/ops';
import type { ModelConfig } from '../models/config';
import { outputCount, scaleOutputs } from '../models/outputs';
import type { Algorithm, Metrics, Model, Resources } from './algorithm';
import { evenChunks } from './batching';
import { trainingPasses } from './passes';
import { paddedLength } from './rows';
import { ruleReport, temperatureOf, type Judgement } from './rule-report';
import { createScorer, packTexts, scoresOn, type PackedTexts } from './score-model';
import { supervised } from './supervised';
import type { Top } from './top';
import { checkLoss, trainable, type OptimizerSettings } from './trainable';

/**
 * A rule model (Glaese et al. 2022, arXiv 2209.14375, §2.5): the trunk of a language model with one output a rule, whose σ is the probability
 * that an answer breaks it, learned by binary cross-entropy from marks of labelers and calibrated on answers to held-out prompts.
 */
export interface RuleSettings {
  readonly epochs: number;
  readonly maxSteps?: number | undefined;
  /** Answers per optimizer step. */
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
  /** Ids, in the order of the outputs. */
  readonly rules: readonly string[];
  /** Held-out numbers every so many steps; 0: only at the end. */
  readonly evalEvery: number;
  readonly earlyStop?: { readonly patience: number } | undefined;
  readonly seed: number;
}

/** An answer with what labelers say of it: weights by rule, 0 where nobody says anything. */
export interface RuleExample {
  /** Ids of prompt, answer and end. */
  readonly ids: readonly number[];
  readonly broken: readonly number[];
  readonly kept: readonly number[];
}

export interface RuleData {
  readonly train: readonly RuleExample[];
  /** Held out; may be empty. */
  readonly test: readonly RuleExample[];
}

/** Trains `model.params`, which have a score head of one output a rule, in place. @throws UserError when there is nothing to learn from. */
export function createRuleTrainer(model: Pick<Model, 'config' | 'params'>, data: RuleData, settings: RuleSettings, resources: Resources): Algorithm {
  const { config, params } = model;
  const { rules } = settings;
  if (data.train.length === 0) throw new UserError('rule.data', 'no marked answer is left to train on. Mark more answers, or raise maxLength.');
  if (outputCount(config) !== rules.length) throw new Error(`${rules.length} rules for ${outputCount(config)} outputs`);
  const trained = trainable('rule', params, settings.optimizer, resources);
  const passes = trainingPasses(config, resources);
  const scorer = createScorer(config, params, resources);

  async function train(batch: readonly RuleExample[], step: number, total: number): Promise<{ metrics: Metrics; tokens: number }> {
    const begin = performance.now();
    // Every mark of the batch weighs the same, whichever micro-batch it is in.
    const totalWeight = batch.reduce((sum, e) => sum + marked(e), 0);
    const logits: Float64Array[] = [];
    let loss = 0;
    for (const chunk of evenChunks(batch, (e) => paddedLength(e.ids.length), resources.maxCells)) {
      const texts = packTexts(chunk.map((e) => e.ids));
      const out = await trained.backward(await passes.get(ruleTop(config, texts.shape)), { ids: texts.ids, ends: texts.ends, ...packMarks(chunk, texts.shape[0] * rules.length, totalWeight) });
      loss += (out['loss'] as Float32Array)[0]!;
      const found = out['scores'] as Float32Array;
      chunk.forEach((_, r) => logits.push(Float64Array.from(found.subarray(r * rules.length, (r + 1) * rules.length))));
    }
    checkLoss(loss, step);
    const { gradNorm, learningRate } = await trained.update(step, total);
    const tokens = batch.reduce((n, e) => n + e.ids.length, 0);
    const metrics = { loss, accuracy: accuracyOf(batch, logits), grad_norm: gradNorm, learning_rate: learningRate, tokens_per_second: tokens / ((performance.now() - begin) / 1000) };
    return { metrics, tokens };
  }

  const read = (examples: readonly RuleExample[]): Promise<Float64Array[]> => scorer.outputs(examples.map((e) => e.ids));

  async function evaluate(): Promise<Metrics> {
    const logits = await read(data.test);
    return { eval_loss: crossEntropy(data.test, logits), eval_accuracy: accuracyOf(data.test, logits) };
  }

  return supervised(
    {
      ...{ examples: data.train, lengthOf: (e: RuleExample) => e.ids.length, holdsOut: data.test.length > 0, trained, params, train, evaluate },
      async *finish({ last, total }) {
        if (data.test.length > 0) yield { type: 'eval', step: total, metrics: await evaluate() };
        const logits = await read(data.test);
        const reports: RuleReport[] = rules.map((rule, k) => ruleReport(rule, judgementsOf(data.train, undefined, k), judgementsOf(data.test, logits, k)));
        for (const r of reports) if (r.note !== undefined) yield { type: 'warning', message: `${r.rule}: ${r.note}` };
        await trained.sync();
        scaleOutputs(params, rules.map((_, k) => 1 / temperatureOf(judgementsOf(data.test, logits, k))));
        const summary: Metrics = { steps: total, train_loss: last['loss']!, train_answers: data.train.length, answers: data.test.length };
        for (const { rule, baseRate, accuracy, auc, ece } of reports) {
          if (accuracy !== null) summary[`accuracy/${rule}`] = accuracy.share;
          for (const [name, x] of [['base_rate', baseRate], ['auc', auc], ['ece', ece]] as const) if (x !== null) summary[`${name}/${rule}`] = x;
        }
        return { summary, params, report: { v: 1, kind: 'rule', rules: reports } satisfies RuleModelReport };
      },
      async release() {
        await passes.release();
        await scorer.release();
        await trained.release();
      },
    },
    settings,
  );
}

const marked = ({ broken, kept }: RuleExample): number => broken.reduce((a, b) => a + b, 0) + kept.reduce((a, b) => a + b, 0);

/** Weights of both answers a place [rows · rules], over that of the whole batch; filler has none. */
function packMarks(chunk: readonly RuleExample[], size: number, totalWeight: number): { weightBroken: Float32Array; weightKept: Float32Array } {
  const flat = (of: (e: RuleExample) => readonly number[]): Float32Array => {
    const out = new Float32Array(size);
    out.set(chunk.flatMap((e) => of(e).map((w) => w / totalWeight)));
    return out;
  };
  return { weightBroken: flat((e) => e.broken), weightKept: flat((e) => e.kept) };
}

/** Σ w_broken·(−log σ(z)) + w_kept·(−log(1 − σ(z))) over the outputs z of all rows, with `scores` [rows · rules] beside. */
export function ruleTop(config: ModelConfig, [rows, length]: PackedTexts['shape']): Top {
  const size = rows * outputCount(config);
  return {
    ...{ key: `rule ${rows}x${length}`, head: 'score', shape: [rows, length] },
    build(g, trunk) {
      const z = scoresOn(g, config, trunk, rows);
      const broken = mul(g, input(g, 'weightBroken', 'float32', [size]), softplus(g, neg(g, z)));
      const kept = mul(g, input(g, 'weightKept', 'float32', [size]), softplus(g, z));
      const loss = reduceSum(g, add(g, broken, kept));
      output(g, 'loss', loss);
      output(g, 'scores', z);
      return loss;
    },
  };
}

/** All that is said of one rule, with the output for it; 0 where it has not been read. */
function judgementsOf(examples: readonly RuleExample[], logits: readonly Float64Array[] | undefined, k: number): Judgement[] {
  return examples.flatMap((e, i) => (e.broken[k]! + e.kept[k]! > 0 ? [{ z: logits?.[i]![k] ?? 0, broken: e.broken[k]!, kept: e.kept[k]! }] : []));
}

function accuracyOf(examples: readonly RuleExample[], logits: readonly Float64Array[]): number {
  const right = examples.reduce((sum, e, i) => sum + e.broken.reduce((s, b, k) => s + (logits[i]![k]! > 0 ? b : logits[i]![k]! < 0 ? e.kept[k]! : (b + e.kept[k]!) / 2), 0), 0);
  return right / examples.reduce((sum, e) => sum + marked(e), 0);
}

function crossEntropy(examples: readonly RuleExample[], logits: readonly Float64Array[]): number {
  const soft = (x: number): number => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
  const sum = examples.reduce((s, e, i) => s + e.broken.reduce((t, b, k) => t + b * soft(-logits[i]![k]!) + e.kept[k]! * soft(logits[i]![k]!), 0), 0);
  return sum / examples.reduce((s, e) => s + marked(e), 0);
}
