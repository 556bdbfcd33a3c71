/** What a reward or rule model is worth, measured on held-out answers: `report.json` of its run folder. */

/** A share with its 95 % Wilson interval; `n` is what it is a share of. */
export interface Proportion {
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Predictions of like confidence: how sure they were on average, and how often they came true. */
export interface CalibrationBin {
  /** Ends of the bin. */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  readonly predicted: number;
  readonly observed: number;
}

export interface Calibration {
  /** Expected calibration error: |predicted − observed|, averaged over predictions. */
  readonly ece: number;
  /** Those that hold predictions. */
  readonly bins: readonly CalibrationBin[];
}

/** One rule of a rule model. */
export interface RuleReport {
  readonly rule: string;
  /** Marks that were learned from, and those of them that say broken. */
  readonly trained: { readonly marks: number; readonly broken: number };
  /** Held-out marks; what follows is null without them. */
  readonly marks: number;
  /** How often the rule is broken. */
  readonly baseRate: number | null;
  /** Of saying broken where the probability is above one half. */
  readonly accuracy: Proportion | null;
  /** Of always saying what is more frequent. */
  readonly majority: number | null;
  /** How often a broken answer has the higher probability than a kept one; null unless there are both. */
  readonly auc: number | null;
  /** After calibration; each half of the answers is measured with the temperature of the other. */
  readonly ece: number | null;
  readonly calibration: Calibration | null;
  /** Before calibration. */
  readonly rawEce: number | null;
  /** What log-odds are divided by; 1 where there were too few marks to tell. */
  readonly temperature: number;
  /** What limits these numbers, in words. */
  readonly note?: string;
}

/** `report.json` of a rule run. */
export interface RuleModelReport {
  readonly v: 1;
  readonly kind: 'rule';
  readonly rules: readonly RuleReport[];
}

/** Accuracy of a reward model on some of the held-out comparisons. */
export interface AccuracyGroup {
  readonly name: string;
  readonly accuracy: Proportion;
}

/** Ways in which held-out comparisons are divided. `length`: how much longer the preferred answer is; `agreement`: of the labelers who judged the same two answers. */
export const groupings = ['labeler', 'task', 'criterion', 'length', 'agreement', 'strength'] as const;
export type Grouping = (typeof groupings)[number];

/** `report.json` of a reward run. Ties are left out throughout; where scores are equal, half is right. */
export interface RewardModelReport {
  readonly v: 1;
  readonly kind: 'reward';
  /** Null when nothing was held out. */
  readonly accuracy: Proportion | null;
  readonly groups: Readonly<Partial<Record<Grouping, readonly AccuracyGroup[]>>>;
  readonly calibration: Calibration | null;
  /** Pearson's, of score and tokens of an answer. */
  readonly lengthCorrelation: number | null;
  readonly baselines: {
    /** Of preferring the longer answer. */
    readonly length: Proportion | null;
    /** Of preferring the answer on the side that wins more often. */
    readonly majority: Proportion | null;
  };
  /** How well the other labelers' majority foretells a labeler on the same comparisons; null when no two judged the same. */
  readonly ceiling: Proportion | null;
  /** Of several models that were trained alike. */
  readonly ensemble?: {
    /** Accuracy of each. */
    readonly members: readonly number[];
    /** Mean deviation of the members' normalised scores of an answer. */
    readonly uncertainty: number;
    /** Accuracy where members disagree least, in the middle, and most: thirds of the comparisons by deviation of the difference of scores. */
    readonly byUncertainty: readonly AccuracyGroup[];
  };
}

export type ModelReport = RewardModelReport | RuleModelReport;
