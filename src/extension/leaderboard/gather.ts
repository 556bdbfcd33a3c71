import { extractor } from '../../domain/ratings/extract';
import type { Extracted } from '../../domain/ratings/extract';
import { readyCriteria } from '../../domain/ready-made';
import type { Generation, Label } from '../../domain/records';
import { tasksOf } from '../../domain/tasks';
import { admissions, admittedWeights } from '../../jobs/admission';
import type { BoardOptions, LeaderboardView } from '../../protocol/panels-leaderboard';
import type { Data } from '../session';

export interface Gathered {
  readonly extracted: Extracted;
  readonly view: Pick<LeaderboardView, 'options' | 'tasks' | 'criteria' | 'anyAdjudication' | 'refused' | 'sources' | 'empty'>;
}

/** Milliseconds after which the editor gets its turn. */
const turn = 15;

/** The comparisons that the options ask for, and what there is to choose from. In slices: a million labels must not stop the editor. */
export async function gather(data: Data, wanted: BoardOptions): Promise<Gathered> {
  const { project, labels } = data;
  const found = await lookAround(labels);
  const standing = admissions(project, data.screening.flatMap((s) => s.records), labels, found.labelers);
  const titles = new Map([...readyCriteria, ...project.criteria].map((c) => [c.id, c.title ?? c.id]));
  const tasks = tasksOf(project).map((t) => ({ id: t.id, title: t.title ?? t.id, labels: found.tasks.get(t.id) ?? 0 }));
  for (const [id, count] of found.tasks) if (!tasks.some((t) => t.id === id)) tasks.push({ id, title: id, labels: count });
  const options: BoardOptions = {
    ...wanted,
    task: tasks.some((t) => t.id === wanted.task) ? wanted.task : '',
    criterion: found.criteria.has(wanted.criterion) ? wanted.criterion : '',
    style: wanted.style && (wanted.method === 'bradley-terry' || wanted.method === 'davidson'),
  };
  const texts = options.style ? textsOf(data) : undefined;
  const taking = extractor(labels, {
    ...(options.task === '' ? {} : { task: options.task }),
    ...(options.criterion === '' ? {} : { criterion: options.criterion }),
    admitted: options.everyone ? new Map(standing.map((a) => [a.labeler, a.weight])) : admittedWeights(standing),
    ...(texts === undefined ? {} : { text: (hash) => texts.get(hash) }),
    settled: options.settled,
  });
  await inSlices(labels, (label) => {
    taking.add(label);
  });
  const extracted = taking.finish();
  const sources = sourcesOf(data);
  const empty = extracted.pairs.models > 1 ? undefined : sources.length === 0 ? 'no-answers' : sources.length === 1 ? 'one-source' : labels.length === 0 ? 'no-labels' : 'no-order';
  return {
    extracted,
    view: {
      options,
      tasks,
      criteria: [...found.criteria].sort().map((id) => ({ id, title: titles.get(id) ?? id })),
      anyAdjudication: found.anyAdjudication,
      refused: standing.filter((a) => !a.admitted).map((a) => a.labeler),
      sources,
      ...(empty === undefined ? {} : { empty }),
    },
  };
}

async function lookAround(labels: readonly Label[]): Promise<{ tasks: Map<string, number>; criteria: Set<string>; labelers: Set<string>; anyAdjudication: boolean }> {
  const tasks = new Map<string, number>();
  const criteria = new Set<string>();
  const labelers = new Set<string>();
  let anyAdjudication = false;
  await inSlices(labels, (label) => {
    labelers.add(label.labeler);
    if (label.kind === 'adjudication') anyAdjudication = true;
    if (label.kind !== undefined) return;
    tasks.set(label.task, (tasks.get(label.task) ?? 0) + 1);
    for (const criterion in label.criteriaRanks) criteria.add(criterion);
  });
  return { tasks, criteria, labelers, anyAdjudication };
}

async function inSlices(labels: readonly Label[], each: (label: Label) => void): Promise<void> {
  let since = performance.now();
  for (const [n, label] of labels.entries()) {
    each(label);
    if (n % 256 !== 255 || performance.now() - since < turn) continue;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}

function* generationsOf(data: Data): Generator<Generation> {
  for (const set of data.generations) yield* set.records;
}

function textsOf(data: Data): Map<string, string> {
  const texts = new Map<string, string>();
  for (const g of generationsOf(data)) for (const r of g.responses) texts.set(r.hash, r.text);
  return texts;
}

function sourcesOf(data: Data): string[] {
  const sources = new Set<string>();
  for (const g of generationsOf(data)) for (const r of g.responses) sources.add(r.source);
  return [...sources].sort();
}
