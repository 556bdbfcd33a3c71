import { keyOfLabel } from '../content';
import type { Label, Source, Verdict } from '../records';
import type { PairColumns, RankingColumns } from './columns';
import { growing } from './growing';
import type { Style } from './style';
import { scaledCovariates, styleDifference, styleNames, styleOf } from './style';

export interface ExtractOptions {
  /** Of this task alone; of all when absent. */
  readonly task?: string;
  /** The preference by this criterion in place of the whole one. */
  readonly criterion?: string;
  /** The adjudications of admitted labelers count in place of the labels of the same item, as in training. */
  readonly settled?: boolean;
  /** Labeler → weight; who is not in it is left out. Absent: everybody, alike. */
  readonly admitted?: ReadonlyMap<string, number>;
  /** The text of an answer, to hold its style constant. Absent: there are no covariates. */
  readonly text?: (hash: string) => string | undefined;
}

/** What labels amount to as comparisons among the sources of the answers, and what was left out. */
export interface Extracted {
  /** Names of the models of the columns, in order of their names. */
  readonly sources: readonly Source[];
  readonly pairs: PairColumns;
  readonly rankings: RankingColumns;
  /** Who said it → labels that count. */
  readonly labelers: ReadonlyMap<string, number>;
  /** Labels that count. */
  readonly labels: number;
  readonly ties: number;
  readonly leftOut: LeftOut;
}

export interface LeftOut {
  /** Labels without an order, by what they say instead. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** Labels without a preference by the criterion. */
  readonly noCriterion: number;
  /** Repeats, gold and screening, which measure labelers. */
  readonly checks: number;
  /** Settled by an adjudication. */
  readonly settled: number;
  readonly notAdmitted: number;
  /** Pairs of answers of one source. */
  readonly sameSource: number;
  /** Pairs of answers with the same text. */
  readonly sameText: number;
}

/**
 * Standing labels (see `foldLabels`) as comparisons. A judgement of K answers gives a pair for every two of them whose order
 * it says, each of weight 1 (times the labeler's), and one ranking. `all_bad`, `unsure`, `skipped` and `answered` say
 * nothing about an order and are no ties. Every prompt is a cluster. Labels may come in slices: see {@link extractor}.
 */
export function extract(labels: readonly Label[], options: ExtractOptions = {}): Extracted {
  const taking = extractor(labels, options);
  for (const label of labels) taking.add(label);
  return taking.finish();
}

/** As {@link extract}, label by label, so that a caller can pause between them. @param all every label that will be added: adjudications among them take the place of others */
export function extractor(all: Iterable<Label>, options: ExtractOptions = {}): { add(label: Label): void; finish(): Extracted } {
  const { task, criterion, settled = false, admitted, text } = options;
  const replaced = settled ? settledItems(all, admitted) : undefined;
  const sources = indexer();
  const prompts = indexer();
  const verdicts: Partial<Record<Verdict, number>> = {};
  const left = { noCriterion: 0, checks: 0, settled: 0, notAdmitted: 0, sameSource: 0, sameText: 0 };
  const labelers = new Map<string, number>();
  const pair = { a: growing(Int32Array), b: growing(Int32Array), outcome: growing(Float32Array), weight: growing(Float32Array), cluster: growing(Int32Array), order: growing(Int8Array) };
  const ranking = { start: growing(Int32Array), model: growing(Int32Array), rank: growing(Int32Array), weight: growing(Float32Array), cluster: growing(Int32Array) };
  const differences = styleNames.map((name) => ({ name, values: growing(Float64Array) }));
  const styles = new Map<string, Style | undefined>();
  let ties = 0;
  ranking.start.push(0);

  function styleOfItem(hash: string): Style | undefined {
    if (!styles.has(hash)) {
      const known = text!(hash);
      styles.set(hash, known === undefined ? undefined : styleOf(known));
    }
    return styles.get(hash);
  }

  function addPair(label: Label, i: number, j: number, outcome: 0 | 0.5 | 1, weight: number): void {
    const [x, y] = [label.items[i]!, label.items[j]!];
    pair.a.push(sources.of(x.source));
    pair.b.push(sources.of(y.source));
    pair.outcome.push(outcome);
    pair.weight.push(weight);
    pair.cluster.push(prompts.of(label.promptHash));
    pair.order.push(label.shown === undefined ? 0 : label.shown.indexOf(i) < label.shown.indexOf(j) ? 1 : -1);
    if (outcome === 0.5) ties++;
    if (text === undefined) return;
    const [sx, sy] = [styleOfItem(x.hash), styleOfItem(y.hash)];
    for (const { name, values } of differences) values.push(sx && sy ? styleDifference(sx[name], sy[name]) : 0);
  }

  function add(label: Label): void {
    if (task !== undefined && label.task !== task) return;
    const adjudicates = settled && label.kind === 'adjudication';
    if (label.kind !== undefined && !adjudicates) {
      // Without being asked for, an adjudication is no label more: it repeats what others have said.
      if (label.kind !== 'adjudication') left.checks++;
      return;
    }
    if (label.kind === undefined && replaced !== undefined && replaced.size > 0 && replaced.has(keyOfLabel(label))) {
      left.settled++;
      return;
    }
    const weight = admitted === undefined ? 1 : admitted.get(label.labeler);
    if (weight === undefined) {
      left.notAdmitted++;
      return;
    }
    const said = orderOf(label, criterion);
    if (said === 'no-criterion') left.noCriterion++;
    if (said === 'no-order') verdicts[label.verdict] = (verdicts[label.verdict] ?? 0) + 1;
    if (typeof said === 'string') return;
    let used = 0;
    const { items } = label;
    for (let i = 0; i < items.length; i++) {
      for (let j = i + 1; j < items.length; j++) {
        const outcome = outcomeOf(said.ranks[i] ?? null, said.ranks[j] ?? null, said.rest);
        if (outcome === undefined) continue;
        if (items[i]!.source === items[j]!.source) left.sameSource++;
        else if (items[i]!.hash === items[j]!.hash) left.sameText++;
        else {
          addPair(label, i, j, outcome, weight);
          used++;
        }
      }
    }
    if (used === 0) return;
    labelers.set(label.labeler, (labelers.get(label.labeler) ?? 0) + 1);
    label.items.forEach(({ source }, i) => {
      const rank = said.ranks[i] ?? 0;
      if (rank === 0 && !said.rest) return;
      ranking.model.push(sources.of(source));
      ranking.rank.push(rank);
    });
    ranking.start.push(ranking.model.length());
    ranking.weight.push(weight);
    ranking.cluster.push(prompts.of(label.promptHash));
  }

  function finish(): Extracted {
    // By name, so that the numbers do not depend on which label was read first.
    const names = sources.names.map((name, was) => ({ name, was })).sort((x, y) => (x.name < y.name ? -1 : 1));
    const now = new Int32Array(names.length);
    names.forEach(({ was }, i) => (now[was] = i));
    const renumber = (column: Int32Array): Int32Array => column.map((was) => now[was]!);
    const models = names.length;
    const clusters = prompts.names.length;
    const covariates = text === undefined ? [] : scaledCovariates(differences.map(({ name, values }) => ({ name, values: values.done() })));
    return {
      sources: names.map(({ name }) => name),
      pairs: { models, clusters, covariates, a: renumber(pair.a.done()), b: renumber(pair.b.done()), outcome: pair.outcome.done(), weight: pair.weight.done(), cluster: pair.cluster.done(), order: pair.order.done() },
      rankings: { models, clusters, start: ranking.start.done(), model: renumber(ranking.model.done()), rank: ranking.rank.done(), weight: ranking.weight.done(), cluster: ranking.cluster.done() },
      labelers,
      labels: [...labelers.values()].reduce((s, n) => s + n, 0),
      ties,
      leftOut: { verdicts, ...left },
    };
  }
  return { add, finish };
}

/** The buffers of the columns, to be given to another thread. */
export function buffersOf({ pairs, rankings }: Pick<Extracted, 'pairs' | 'rankings'>): ArrayBuffer[] {
  const columns = [pairs.a, pairs.b, pairs.outcome, pairs.weight, pairs.cluster, pairs.order, ...pairs.covariates.map((c) => c.values), rankings.start, rankings.model, rankings.rank, rankings.weight, rankings.cluster];
  return columns.map((c) => c.buffer as ArrayBuffer);
}

interface Said {
  readonly ranks: readonly (number | null)[];
  /** Whether items without a rank are worse than all others; else nothing is known of them. */
  readonly rest: boolean;
}

/** The order that a label says, on the whole or by a criterion. */
function orderOf(label: Label, criterion: string | undefined): Said | 'no-order' | 'no-criterion' {
  if (criterion !== undefined) {
    // What was said by criterion holds whatever was said on the whole, except that one did not judge.
    if (label.verdict === 'skipped' || label.verdict === 'unsure') return 'no-order';
    const ranks = label.criteriaRanks?.[criterion];
    return ranks === undefined ? 'no-criterion' : { ranks, rest: true };
  }
  if (label.verdict === 'tie') return { ranks: label.items.map(() => 1), rest: false };
  if (label.verdict !== 'ranked') return 'no-order';
  return { ranks: label.ranks ?? [], rest: label.unranked === 'top_k' };
}

/** Of the first of two; the same facts as `rankedPairs`, without its lists. Undefined when nothing is known. */
function outcomeOf(a: number | null, b: number | null, rest: boolean): 0 | 0.5 | 1 | undefined {
  if (a === null || b === null) return a === b || !rest ? undefined : a === null ? 0 : 1;
  return a === b ? 0.5 : a < b ? 1 : 0;
}

function settledItems(labels: Iterable<Label>, admitted: ExtractOptions['admitted']): Set<string> {
  const keys = new Set<string>();
  for (const label of labels) if (label.kind === 'adjudication' && (admitted?.has(label.labeler) ?? true)) keys.add(keyOfLabel(label));
  return keys;
}

function indexer(): { of(name: string): number; readonly names: string[] } {
  const index = new Map<string, number>();
  const names: string[] = [];
  return {
    names,
    of(name) {
      const known = index.get(name);
      if (known !== undefined) return known;
      index.set(name, names.length);
      return names.push(name) - 1;
    },
  };
}
