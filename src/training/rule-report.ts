import { wilson } from '../domain/agreement';
import type { RuleReport } from '../domain/model-report';
import { areaUnderCurve, calibrationOf } from './statistics';

/** What is said of one answer and one rule: the model's log-odds that it is broken, and the weights of those who say broken and kept. */
export interface Judgement {
  readonly z: number;
  readonly broken: number;
  readonly kept: number;
}

/** Fewer marks of either kind say nothing about a temperature. */
const fewest = 5;
/** Where all marks are told apart the likelihood has no maximum. */
const [coldest, hottest] = [0.25, 8];

/**
 * The temperature T that makes σ(z/T) most likely (Guo et al. 2017, arXiv 1706.04599, §4.2), within bounds; 1 when there are too few marks of
 * either kind. The logarithm of the likelihood is concave in 1/T: its slope is halved between the bounds.
 */
export function temperatureOf(judgements: readonly Judgement[]): number {
  if (judgements.filter((j) => j.broken > 0).length < fewest || judgements.filter((j) => j.kept > 0).length < fewest) return 1;
  // d/da Σ b·log σ(az) + k·log(1 − σ(az)) = Σ z·(b − (b + k)·σ(az))
  const slope = (a: number): number => judgements.reduce((s, { z, broken, kept }) => s + z * (broken - (broken + kept) / (1 + Math.exp(-a * z))), 0);
  let [low, high] = [1 / hottest, 1 / coldest];
  if (slope(low) <= 0) return hottest;
  if (slope(high) >= 0) return coldest;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}

/** The report on one rule. @param train marks that were learned from @param held marks of held-out answers, with outputs as they are before calibration */
export function ruleReport(rule: string, train: readonly Judgement[], held: readonly Judgement[]): RuleReport {
  const sum = (of: (j: Judgement) => number, over = held): number => over.reduce((s, j) => s + of(j), 0);
  const trained = { marks: train.length, broken: train.filter((j) => j.broken > j.kept).length };
  const temperature = temperatureOf(held);
  const note = [
    ...(trained.broken === 0 ? ['no answer that breaks it was learned from'] : []),
    ...(held.length === 0 ? ['no mark was held out: how good the model is at it is not known'] : temperature === 1 ? ['too few held-out marks for a calibration'] : []),
  ].join('; ');
  const said = { rule, trained, marks: held.length, temperature, ...(note === '' ? {} : { note }) };
  if (held.length === 0) return { ...said, baseRate: null, accuracy: null, majority: null, auc: null, ece: null, rawEce: null, calibration: null };
  const weight = sum((j) => j.broken + j.kept);
  const baseRate = sum((j) => j.broken) / weight;
  const right = sum(({ z, broken, kept }) => (z > 0 ? broken : z < 0 ? kept : (broken + kept) / 2) / (broken + kept));
  const calibration = calibrationOf(crossFitted(held), 0, 1);
  return {
    ...said,
    baseRate,
    // An answer counts once, however many people have marked it: their marks are not independent.
    accuracy: wilson(right, held.length)!,
    majority: Math.max(baseRate, 1 - baseRate),
    auc: areaUnderCurve(held.map(({ z, broken, kept }) => ({ score: z, positive: broken, negative: kept }))),
    ece: calibration.ece,
    calibration,
    rawEce: calibrationOf(predictions(held, 1), 0, 1).ece,
  };
}

/** Probabilities of each half of the judgements with the temperature of the other half: the same marks do not calibrate and measure. */
function crossFitted(held: readonly Judgement[]): ReturnType<typeof predictions> {
  const halves = [0, 1].map((side) => held.filter((_, i) => i % 2 === side));
  return halves.flatMap((half, side) => predictions(half, temperatureOf(halves[1 - side]!)));
}

function predictions(judgements: readonly Judgement[], temperature: number): { confidence: number; right: number }[] {
  return judgements.map(({ z, broken, kept }) => ({ confidence: 1 / (1 + Math.exp(-z / temperature)), right: broken / (broken + kept) }));
}
