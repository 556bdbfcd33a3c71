import type { Rng } from '../base/rng';
import { estimateMetrics, meanByCluster, pairedByCluster, type Part } from '../domain/evaluation/bootstrap';
import { accuracy, accuracyChange, isRight, isRightByLength, type AnsweredChoice } from '../domain/evaluation/choices';
import type { Metrics } from './algorithm';
import type { ChoiceItem } from './choices';
import type { TokenSums } from './language-model';
import { perplexityMetrics, textBatches, type Reader } from './perplexity';
import type { Row } from './rows';

/** What is read, not answered: plain texts, desired answers, choices of questions. */
export interface ReadingData {
  readonly texts: readonly Row[];
  /** Rows whose answers count: what the model was fine-tuned on, or would be. */
  readonly sft?: readonly Row[] | undefined;
  readonly choices?: readonly ChoiceItem[] | undefined;
}

type What = 'texts' | 'sft' | 'choices';

/** One row, as the policy reads it and, with a reference, as that does. */
interface ReadRow {
  readonly what: What;
  /** The text, or the question. */
  readonly item: number;
  /** The choice. */
  readonly choice: number;
  readonly own: TokenSums;
  readonly other?: TokenSums;
}

/** Rows of all kinds in batches of like lengths. What was read so far is all the state there is. */
export interface Readings {
  readonly batches: number;
  read(batch: number, own: Reader, other: Reader | undefined): Promise<void>;
  /** Perplexity so far, for the step that is being told. */
  progress(): Metrics;
  metrics(rng: Rng): Metrics;
  state(): readonly ReadRow[];
  restore(rows: readonly ReadRow[]): void;
}

interface Place {
  readonly what: What;
  readonly item: number;
  readonly choice: number;
  readonly row: Row;
}

export function createReadings({ texts, sft = [], choices = [] }: ReadingData, maxCells: number, batchSize: number): Readings {
  const places = new Map<Row, Place>();
  const listed = (what: What, rows: readonly (readonly Row[])[]): readonly (readonly Row[])[] => {
    const own = rows.flatMap((list, item) => list.map((row, choice): Place => ({ what, item, choice, row: { ...row } })));
    for (const place of own) places.set(place.row, place);
    return textBatches(own.map((p) => p.row), maxCells, batchSize);
  };
  const batches = [...listed('texts', texts.map((t) => [t])), ...listed('sft', sft.map((t) => [t])), ...listed('choices', choices.map((c) => c.rows))];
  let done: ReadRow[] = [];

  function perplexities(what: 'texts' | 'sft', prefix: string, rng: Rng): Metrics {
    const rows = done.filter((r) => r.what === what).sort((a, b) => a.item - b.item);
    if (rows.length === 0) return {};
    const parts = (of: (r: ReadRow) => TokenSums): Part[] => rows.map((r) => ({ cluster: r.item, sum: of(r).loss, weight: of(r).tokens }));
    const named = (metrics: Metrics, suffix = ''): Metrics => Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${prefix}${name}${suffix}`, value]));
    const own = { ...perplexityMetrics(total(rows.map((r) => r.own))), ...estimateMetrics('perplexity', meanByCluster(parts((r) => r.own), rng, Math.exp)) };
    if (rows[0]!.other === undefined) return named(own);
    const other = { ...perplexityMetrics(total(rows.map((r) => r.other!))), ...estimateMetrics('perplexity', meanByCluster(parts((r) => r.other!), rng, Math.exp)) };
    // The alignment tax: perplexity after over perplexity before, of the same texts.
    const tax = pairedByCluster(parts((r) => r.other!), parts((r) => r.own), rng, (before, after) => Math.exp(after - before));
    return { ...named(own), ...named(other, '/reference'), ...named(estimateMetrics('perplexity_ratio', tax)) };
  }

  function answered(of: (r: ReadRow) => TokenSums | undefined): AnsweredChoice[] {
    const logProbs = choices.map((c) => c.rows.map(() => NaN));
    for (const r of done) if (r.what === 'choices') logProbs[r.item]![r.choice] = -(of(r)?.loss ?? NaN);
    return choices.map(({ task, answer, bytes }, i) => ({ task, answer, bytes, logProbs: logProbs[i]! }));
  }

  function choiceMetrics(rng: Rng): Metrics {
    if (choices.length === 0) return {};
    const compared = done.some((r) => r.what === 'choices' && r.other !== undefined);
    const [own, other] = [answered((r) => r.own), compared ? answered((r) => r.other) : undefined];
    const metrics: Metrics = { 'choices/questions': choices.length };
    const tasks = [...new Set(choices.map((c) => c.task))];
    for (const task of tasks.length > 1 ? [undefined, ...tasks.filter((t) => t !== undefined)] : [undefined]) {
      const mine = (all: readonly AnsweredChoice[]): AnsweredChoice[] => (task === undefined ? [...all] : all.filter((a) => a.task === task));
      for (const [name, right] of [['accuracy', isRight], ['accuracy_norm', isRightByLength]] as const) {
        const key = `choices/${task === undefined ? '' : `${task}/`}${name}`;
        for (const [suffix, all] of [['', own], ['/reference', other]] as const) {
          const share = all && accuracy(mine(all), right);
          if (share !== undefined) Object.assign(metrics, { [`${key}${suffix}`]: share.share, [`${key}_low${suffix}`]: share.low, [`${key}_high${suffix}`]: share.high });
        }
        if (other !== undefined) Object.assign(metrics, estimateMetrics(`${key}_change`, accuracyChange(mine(other), mine(own), rng, right)));
      }
    }
    return metrics;
  }

  return {
    batches: batches.length,
    async read(batch, own, other) {
      const rows = batches[batch]!;
      const [a, b] = [await own.each(rows), await other?.each(rows)];
      rows.forEach((row, i) => {
        const { what, item, choice } = places.get(row)!;
        done.push({ what, item, choice, own: a[i]!, ...(b === undefined ? {} : { other: b[i]! }) });
      });
    },
    progress() {
      const { what } = done.at(-1)!;
      if (what === 'choices') return { 'choices/read': done.filter((r) => r.what === what).length };
      const { tokens, loss } = total(done.filter((r) => r.what === what).map((r) => r.own));
      return { [what === 'sft' ? 'sft/perplexity' : 'perplexity']: Math.exp(loss / tokens), num_tokens: tokens };
    },
    metrics: (rng) => ({ ...perplexities('texts', '', rng), ...perplexities('sft', 'sft/', rng), ...choiceMetrics(rng) }),
    state: () => done,
    restore(rows) {
      done = [...rows];
    },
  };
}

function total(all: readonly TokenSums[]): TokenSums {
  const sums: TokenSums = { tokens: 0, loss: 0, right: 0 };
  for (const { tokens, loss, right } of all) {
    sums.tokens += tokens;
    sums.loss += loss;
    sums.right += right;
  }
  return sums;
}
