import type { Net } from '../models/lora';
import type { Assessment } from './ppo-assess';
import { criticTop, policyTop, type KlLoss, type ScoreScale } from './ppo-graphs';
import { languageModelTop } from './language-model';
import type { MiniBatchNumbers, Rollout } from './ppo-metrics';
import type { PpoSettings } from './ppo-settings';
import type { Passes } from './passes';
import { counted, fillSlots, packRows, passesOf, type PassLimits, type Row } from './rows';
import type { Trainable } from './trainable';

/** A model that learns, with its graphs. */
export interface Learner {
  readonly net: Net;
  readonly trained: Trainable;
  readonly passes: Passes;
}

/** One mini-batch of an update. */
export interface MiniBatch {
  readonly rollout: Rollout;
  /** Places of its episodes in the roll-out. */
  readonly members: readonly number[];
  /** Of its episodes, in the order of `members`. */
  readonly assessment: Pick<Assessment, 'advantages' | 'returns'>;
  /** Texts of the pretraining mix that go with it. */
  readonly ptx: readonly Row[];
}

export interface Step {
  /** Number of the update, from 0, of so many: what the learning rates depend on. */
  readonly update: number;
  readonly updates: number;
  /** The critic alone learns. */
  readonly actorFrozen: boolean;
}

/** The penalty that settings ask for in the loss. */
export const klLossOf = ({ lossCoef = 0, lossEstimator = 'k2' }: PpoSettings['kl']): KlLoss | undefined => (lossCoef > 0 ? { coef: lossCoef, estimator: lossEstimator } : undefined);

/**
 * One optimizer step of actor and critic on a mini-batch, in micro-batches that are normalised by the mini-batch's tokens. `look` is told the
 * largest |ratio − 1| before any weight moves.
 */
export async function improve(
  { rollout, members, assessment, ptx }: MiniBatch,
  { actor, critic, scale }: { readonly actor: Learner; readonly critic: Learner; readonly scale: ScoreScale },
  settings: PpoSettings,
  limits: PassLimits,
  step: Step,
  look: (maxRatioError: number) => Promise<void>,
): Promise<MiniBatchNumbers> {
  const policy = await policyGradients(rollout, members, assessment.advantages, actor, settings, limits);
  const value = await valueGradients(rollout, members, assessment.returns, critic, scale, settings, limits);
  const ptxLoss = ptx.length === 0 ? undefined : await ptxGradients(ptx, actor, settings.ptx!.coef, limits);
  await look(policy.maxRatioError);
  const { ratioSkip = 0 } = settings;
  const skipped = ratioSkip > 0 && policy.means.ratio > ratioSkip;
  if (skipped || step.actorFrozen) actor.trained.discard();
  if (skipped) critic.trained.discard();
  const policyGradNorm = skipped || step.actorFrozen ? 0 : (await actor.trained.update(step.update, step.updates)).gradNorm;
  const valueGradNorm = skipped ? 0 : (await critic.trained.update(step.update, step.updates)).gradNorm;
  return { ...policy.means, ...value, ...(ptxLoss === undefined ? {} : { ptxLoss }), policyGradNorm, valueGradNorm, skipped };
}

/** What the weights say before the step; means over the mini-batch's tokens. */
interface PolicyNumbers {
  readonly means: Pick<MiniBatchNumbers, 'approxKl' | 'clipFraction' | 'policyLoss' | 'entropy' | 'ratio' | 'klLoss'>;
  readonly maxRatioError: number;
}

async function policyGradients(rollout: Rollout, members: readonly number[], advantages: readonly Float64Array[], { net, trained, passes }: Learner, settings: PpoSettings, limits: PassLimits): Promise<PolicyNumbers> {
  const { clipRange, sampling } = settings;
  const rows = members.map((e) => rollout.rows[e]!);
  const tokens = rows.reduce((n, row) => n + counted(row), 0);
  const klLoss = klLossOf(settings.kl);
  const totals = { approxKl: 0, clipped: 0, loss: 0, entropy: 0, ratio: 0, klLoss: 0 };
  let maxRatioError = 0;
  for (const pass of passesOf(rows, limits)) {
    const packed = packRows(pass.map((i) => rows[i]!));
    const slots = packed.shape[2];
    const advantage = fillSlots(pass.map((i) => advantages[i]!), slots);
    const oldLogProb = fillSlots(pass.map((i) => rollout.logProbs[members[i]!]!), slots);
    const refLogProb = fillSlots(pass.map((i) => rollout.refLogProbs[members[i]!]!), slots);
    const slotWeights = new Float32Array(slots).fill(1 / tokens, 0, packed.tokens);
    const graph = await passes.get(policyTop(net.config, packed.shape, sampling.temperature, clipRange, klLoss));
    const { ids, index, targets } = packed;
    const found = await trained.backward(graph, { ids, index, targets, slotWeights, advantages: advantage, oldLogProb, ...(klLoss === undefined ? {} : { refLogProb }) });
    const [logProb, entropy] = [found['logProb'] as Float32Array, found['entropy'] as Float32Array];
    for (let n = 0; n < packed.tokens; n++) {
      const delta = logProb[n]! - oldLogProb[n]!;
      const ratio = Math.exp(delta);
      const bounded = Math.min(1 + clipRange, Math.max(1 - clipRange, ratio));
      const [loss, clippedLoss] = [-advantage[n]! * ratio, -advantage[n]! * bounded];
      const away = logProb[n]! - refLogProb[n]!;
      totals.approxKl += (delta * delta) / 2;
      totals.clipped += clippedLoss > loss ? 1 : 0;
      totals.loss += Math.max(loss, clippedLoss);
      totals.entropy += entropy[n]!;
      totals.ratio += ratio;
      totals.klLoss += klLoss?.estimator === 'k3' ? Math.exp(-away) - 1 + away : (away * away) / 2;
      maxRatioError = Math.max(maxRatioError, Math.abs(ratio - 1));
    }
  }
  return {
    means: {
      approxKl: totals.approxKl / tokens,
      clipFraction: totals.clipped / tokens,
      policyLoss: totals.loss / tokens,
      entropy: totals.entropy / tokens,
      ratio: totals.ratio / tokens,
      ...(klLoss === undefined ? {} : { klLoss: totals.klLoss / tokens }),
    },
    maxRatioError,
  };
}

async function valueGradients(
  rollout: Rollout,
  members: readonly number[],
  returns: readonly Float64Array[],
  { net, trained, passes }: Learner,
  scale: ScoreScale,
  { valueClipRange, valueCoef }: PpoSettings,
  limits: PassLimits,
): Promise<Pick<MiniBatchNumbers, 'valueLoss' | 'valueClipFraction'>> {
  const rows = members.map((e) => rollout.criticRows[e]!);
  const tokens = rows.reduce((n, row) => n + counted(row), 0);
  const totals = { loss: 0, clipped: 0 };
  for (const pass of passesOf(rows, limits)) {
    const packed = packRows(pass.map((i) => rows[i]!));
    const slots = packed.shape[2];
    const target = fillSlots(pass.map((i) => returns[i]!), slots);
    const oldValues = fillSlots(pass.map((i) => rollout.values[members[i]!]!), slots);
    const slotWeights = new Float32Array(slots).fill(1 / tokens, 0, packed.tokens);
    const graph = await passes.get(criticTop(net.config, packed.shape, scale, valueClipRange, valueCoef));
    const found = await trained.backward(graph, { ids: packed.ids, index: packed.index, slotWeights, returns: target, oldValues });
    const values = found['values'] as Float32Array;
    for (let n = 0; n < packed.tokens; n++) {
      const v = values[n]!;
      const bounded = oldValues[n]! + Math.min(valueClipRange, Math.max(-valueClipRange, v - oldValues[n]!));
      const [error, clippedError] = [(v - target[n]!) ** 2, (bounded - target[n]!) ** 2];
      totals.loss += Math.max(error, clippedError) / 2;
      totals.clipped += clippedError > error ? 1 : 0;
    }
  }
  return { valueLoss: totals.loss / tokens, valueClipFraction: totals.clipped / tokens };
}

/** Adds γ_ptx × the language model's loss to the actor's gradients. @returns the mean −log p of a token, at temperature 1. */
async function ptxGradients(texts: readonly Row[], { net, trained, passes }: Learner, coef: number, limits: PassLimits): Promise<number> {
  const tokens = texts.reduce((n, row) => n + counted(row), 0);
  let loss = 0;
  for (const pass of passesOf(texts, limits)) {
    const packed = packRows(pass.map((i) => texts[i]!));
    const slotWeights = new Float32Array(packed.shape[2]).fill(coef / tokens, 0, packed.tokens);
    const graph = await passes.get(languageModelTop(net.config, packed.shape));
    const { logProb } = await trained.backward(graph, { ids: packed.ids, index: packed.index, targets: packed.targets, slotWeights });
    for (let n = 0; n < packed.tokens; n++) loss -= (logProb as Float32Array)[n]!;
  }
  return loss / tokens;
}
