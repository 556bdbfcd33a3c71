import type { Problem } from '../base/problems';
import { keyOfGeneration } from '../domain/content';
import type { LabelIndex } from '../domain/label-index';
import { createLabelIndex } from '../domain/label-index';
import type { LabelBatch } from '../domain/label-rows';
import type { Generation, Label, LabelLine, PromptRecord, ScreeningItem } from '../domain/records';
import { tasksOf } from '../domain/tasks';
import type { Project } from '../protocol/project';
import type { DataSet } from './data-files';
import { generationReader, promptReader, screeningReader } from './data-files';
import { appendLabels } from './label-files';
import type { SnapshotPlace } from './label-reader';
import { labelReader } from './label-reader';
import type { LabelThreads } from './label-threads';
import { readProject } from './project-file';
import { turn } from './turn';
import type { Workspace } from './workspace';

/** What the files of a workspace amount to. */
export interface LiveData {
  readonly project: Project;
  readonly prompts: readonly DataSet<PromptRecord>[];
  readonly generations: readonly DataSet<Generation>[];
  /** Items with the researchers' answers. */
  readonly screening: readonly DataSet<ScreeningItem>[];
  /** All label lines, folded as they come. Another index after a merge: hold the data, not the index. */
  readonly index: LabelIndex;
  /** Standing labels of all labelers, of every task and kind: `index.current()`. */
  readonly labels: readonly Label[];
  /** Generations by their item keys under a task; of two with the same answers the first. */
  readonly byKey: (task: string) => ReadonlyMap<string, Generation>;
  readonly problems: readonly Problem[];
}

/** A workspace's data, held in memory. */
export interface Live {
  /** Looks at the files, and reads what has changed. One at a time. */
  read(): Promise<LiveData>;
  /** What is known now; read before. */
  data(): LiveData;
  /** On disk (fsync) and in the index when the promise resolves; not read again from the disk. */
  append(lines: readonly LabelLine[]): Promise<void>;
  /** Resolves when nothing is being written behind the caller's back. */
  settled(): Promise<void>;
}

/** Of so many tasks the items are looked up before anybody asks: most projects have no more. */
const prepared = 2;

/**
 * Opens nothing yet; see `read`.
 * @param snapshot see `labelReader`
 * @param threads see `labelReader`
 */
export function openLiveData(workspace: Workspace, snapshot?: SnapshotPlace, threads?: LabelThreads): Live {
  const labels = labelReader(workspace, snapshot, threads);
  const prompts = promptReader(workspace);
  const generations = generationReader(workspace);
  const screening = screeningReader(workspace);
  let index = createLabelIndex();
  let keys = keyed([]);
  let known: LiveData | undefined;
  /** Own lines of the time of a read, which may have looked at the file before them. */
  let meanwhile: LabelLine[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  async function look(): Promise<LiveData> {
    meanwhile = [];
    let next = index;
    const sink = {
      anew: () => void (next = createLabelIndex()),
      add: (lines: LabelBatch<LabelLine>) => {
        next.addRows(lines);
      },
    };
    const [project, p, g, s, wrong] = await Promise.all([readProject(workspace), prompts.read(), generations.read(), screening.read(), labels.read(sink)]);
    if (next !== index) next.add(meanwhile);
    index = next;
    const ofFiles = [...project.problems, ...p.problems, ...g.problems, ...s.problems, ...wrong];
    if (known?.generations !== g.records) keys = keyed(g.records);
    for (const { id } of tasksOf(project.project).slice(0, prepared)) await keys.prepare(id);
    const { byKey } = keys;
    const [now] = [index];
    known = {
      project: project.project,
      prompts: p.records,
      generations: g.records,
      screening: s.records,
      index: now,
      get labels() {
        return now.current();
      },
      byKey,
      get problems() {
        return [...ofFiles, ...now.problems];
      },
    };
    return known;
  }

  return {
    settled: () => labels.settled(),
    read() {
      const next = turn.then(look);
      turn = next.catch(() => undefined);
      return next;
    },
    data() {
      if (known === undefined) throw new Error('nothing was read yet');
      return known;
    },
    async append(lines) {
      const appended = await appendLabels(workspace, lines);
      for (const one of appended) labels.wrote(one);
      index.add(lines);
      meanwhile.push(...lines);
    },
  };
}

interface Keyed {
  readonly byKey: (task: string) => ReadonlyMap<string, Generation>;
  /** Makes a task's map little by little, so that it is there when it is asked for. */
  prepare(task: string): Promise<void>;
}

function keyed(sets: readonly DataSet<Generation>[]): Keyed {
  const all = sets.flatMap((s) => s.records);
  const tasks = new Map<string, { readonly map: Map<string, Generation>; next: number }>();
  const work = (task: string, most: number): { readonly map: Map<string, Generation>; next: number } => {
    let made = tasks.get(task);
    if (made === undefined) tasks.set(task, (made = { map: new Map<string, Generation>(), next: 0 }));
    for (const end = Math.min(all.length, made.next + most); made.next < end; made.next++) {
      const g = all[made.next]!;
      const key = keyOfGeneration(g, task);
      if (!made.map.has(key)) made.map.set(key, g);
    }
    return made;
  };
  return {
    byKey: (task) => work(task, Infinity).map,
    async prepare(task) {
      while (work(task, 1000).next < all.length) await turn();
    },
  };
}
