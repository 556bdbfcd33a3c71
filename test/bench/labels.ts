import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRng } from '../../src/base/rng';
import { generation, labelItems, response } from '../../src/domain/content';
import type { Generation, Label } from '../../src/domain/records';
import { rankingTask, resolveTask } from '../../src/domain/tasks';
import { openRanking } from '../../src/extension/ranking-session';
import { createMasker } from '../../src/jobs/mask-texts';
import { writeSet } from '../../src/store/data-files';
import { openDrafts } from '../../src/store/drafts';
import { newLabel } from '../../src/store/label-files';
import { openLiveData } from '../../src/store/live-data';
import { createWorkspace, workspaceAt } from '../../src/store/workspace';
import { writeLabelFiles } from './label-files';

/**
 * Labels at scale, each measurement in a process of its own that holds what it has read: loading and folding a million label
 * lines, a workspace of 100,000 items of four answers, saving. Beside each the plain thing that it cannot be faster than.
 */
export interface StoreFigures {
  /** Of the whole process, at its highest. */
  readonly peakMB: number;
  readonly [name: string]: number;
}

/** What a child process measures: `job` names it, `root` is the workspace. */
export async function measureStore(job: string, root: string): Promise<StoreFigures> {
  const figures = await jobs[job]!(root);
  return { peakMB: peakMB(), ...figures };
}

const peakMB = (): number => (process.resourceUsage().maxRSS * 1024) / 1e6;

const snapshotIn = (root: string): string => path.join(root, 'labels.snapshot');

const ms = async (work: () => unknown): Promise<number> => {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
};

const jobs: Record<string, (root: string) => Promise<Record<string, number>>> = {
  /** As the extension does for the first time: read and fold, and leave a snapshot. */
  async first(root) {
    rmSync(snapshotIn(root), { force: true });
    return jobs['load']!(root);
  },
  /** As the extension does ever after. Then, measured apart, all that stands by time as objects, as training takes it. */
  async load(root) {
    const failed = (error: unknown): void => { throw error; };
    const live = openLiveData(workspaceAt(root), { file: snapshotIn(root), failed }, { script: path.join(__dirname, 'labels.js'), failed });
    const stop = longestPause();
    const seconds = (await ms(() => live.read())) / 1000;
    const loaded = { seconds, peakMB: peakMB(), cpuSeconds: process.cpuUsage().user / 1e6, pauseMs: stop() };
    const all = (await ms(() => live.data().labels)) / 1000;
    const { size } = live.data().index;
    if (live.data().labels.length !== size || live.data().problems.length > 0) throw new Error('labels are missing');
    await live.settled();
    return { lines: size, ...loaded, objectsSeconds: all, objectsPeakMB: peakMB() };
  },
  /** The baseline: JSON.parse of every line, and nothing kept. */
  parse(root) {
    const begin = performance.now();
    let lines = 0;
    for (const name of readdirSync(path.join(root, '.plumbline', 'labels'))) {
      for (const line of readFileSync(path.join(root, '.plumbline', 'labels', name), 'latin1').split('\n')) {
        if (line !== '') lines += (JSON.parse(line) as { v: number }).v;
      }
    }
    return Promise.resolve({ lines, seconds: (performance.now() - begin) / 1000 });
  },
  async items(root) {
    const live = openLiveData(workspaceAt(root));
    const stop = longestPause();
    const cold = (await ms(() => live.read())) / 1000;
    const pause = stop();
    const warm = (await ms(() => live.read())) / 1000;
    const data = live.data();
    const { form } = resolveTask(data.project, rankingTask);
    const opened = await ms(() =>
      openRanking({
        labeler: 'anna',
        task: rankingTask,
        form,
        mode: 'label',
        data,
        append: (lines) => live.append(lines),
        masker: createMasker(undefined),
        drafts: openDrafts(path.join(root, 'drafts')),
        now: () => new Date(),
      }).view(),
    );
    return { items: data.byKey('ranking').size, coldSeconds: cold, warmSeconds: warm, panelMs: opened, pauseMs: pause };
  },
  /** 2,000 labels one after another through the path that the panel takes, the same bytes written and synced plainly in turns with them. */
  async save(root) {
    const live = openLiveData(await createWorkspace(root));
    await live.read();
    const plain = await open(path.join(root, 'plain.jsonl'), 'a');
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let n = 0; n < 2000; n++) {
      const label = labelFor(n);
      const line = Buffer.from(`${JSON.stringify(label)}\n`);
      ours.push(await ms(() => live.append([label])));
      theirs.push(await ms(async () => {
        await plain.write(line);
        await plain.sync();
      }));
    }
    await plain.close();
    const at = (list: number[], q: number): number => list.toSorted((a, b) => a - b)[Math.floor(q * (list.length - 1))]!;
    return { p50Ms: at(ours, 0.5), p99Ms: at(ours, 0.99), plainP50Ms: at(theirs, 0.5), plainP99Ms: at(theirs, 0.99) };
  },
};

/** The longest time for which nobody else had a turn. */
function longestPause(): () => number {
  let [longest, last] = [0, performance.now()];
  const beat = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(beat);
    return longest;
  };
}

function labelFor(n: number): Label {
  const g = generation(`prompt ${n}`, [response(`one ${n}`, 'base'), response(`two ${n}`, 'policy@20261101-080000-generate-first-answers')]);
  return newLabel({ task: 'ranking', labeler: 'anna', promptHash: g.promptHash, items: labelItems(g), shown: [1, 0], touched: true, verdict: 'ranked', ranks: [1, 2], ms: 3000 + n, select: { policy: 'in-order', p: 1 }, generation: g.id }, new Date());
}

async function writeItems(root: string, count: number): Promise<void> {
  const rng = createRng('bench items');
  const words = 'the a garden seed plant water sun tea bread how to make with and for rain bees little green pot soil'.split(' ');
  const text = (n: number): string => Array.from({ length: n }, () => rng.pick(words)).join(' ');
  const workspace = await createWorkspace(root);
  const items = Array.from({ length: count }, (_, n): Generation => generation(`${n} ${text(20)}`, Array.from({ length: 4 }, (_, k) => response(`${text(40)} ${k}`, k % 2 === 0 ? 'base' : 'policy@20261101-080000-generate-first-answers'))));
  await writeSet(workspace, 'generations', 'items', items);
}

/** Makes the files, measures, prints. `share` of the full size (1: a million lines, 100,000 items). */
export async function benchStore(program: string, share: number, rounds: number): Promise<void> {
  const home = mkdtempSync(path.join(tmpdir(), 'plumbline-labels-'));
  const child = (job: string, root: string): StoreFigures => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--store', job, '--root', root], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`${job} ended with ${String(status)}:\n${stderr}`);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as StoreFigures;
  };
  const best = (job: string, root: string, by: string): StoreFigures => Array.from({ length: rounds }, () => child(job, root)).sort((a, b) => a[by]! - b[by]!)[0]!;
  /** The best of each, measured in turns: what else the machine does meets all of them. */
  const inTurns = (names: readonly string[], root: string): StoreFigures[] => {
    const all = Array.from({ length: rounds }, () => names.map((name) => child(name, root)));
    return names.map((_, n) => all.map((round) => round[n]!).sort((a, b) => a['seconds']! - b['seconds']!)[0]!);
  };
  try {
    const items = Math.round(100_000 * share);
    console.log(`\n| labels (best of ${rounds}) | first load and fold s | peak MB | longest pause ms | later load s | peak MB | longest pause ms | all as objects s | peak MB | JSON.parse alone s | ratio of the first | ratio of the later |\n|---|---|---|---|---|---|---|---|---|---|---|---|`);
    for (const answers of [2, 4]) {
      const root = path.join(home, `of-${answers}`);
      await writeLabelFiles(root, { labelers: 10, items, answers });
      const [first, load, parse] = inTurns(['first', 'load', 'parse'], root) as [StoreFigures, StoreFigures, StoreFigures];
      console.log(`| ${load['lines']} of ${answers} answers | ${[first['seconds']!.toFixed(2), first['peakMB'].toFixed(0), first['pauseMs']!.toFixed(0), load['seconds']!.toFixed(2), load['peakMB'].toFixed(0), load['pauseMs']!.toFixed(0), load['objectsSeconds']!.toFixed(2), load['objectsPeakMB']!.toFixed(0), parse['seconds']!.toFixed(2), (first['seconds']! / parse['seconds']!).toFixed(2), (load['seconds']! / parse['seconds']!).toFixed(2)].join(' | ')} |`);
      rmSync(root, { recursive: true, force: true });
    }
    await writeItems(path.join(home, 'items'), items);
    const of = best('items', path.join(home, 'items'), 'coldSeconds');
    console.log(`\n${of['items']} items of 4 answers: read in ${of['coldSeconds']!.toFixed(2)} s (again, unchanged: ${(1000 * of['warmSeconds']!).toFixed(0)} ms), panel's session opened in ${of['panelMs']!.toFixed(0)} ms, peak ${of.peakMB.toFixed(0)} MB, longest pause ${of['pauseMs']!.toFixed(0)} ms`);
    const save = best('save', path.join(home, 'save'), 'p99Ms');
    console.log(`Save, fsync included, 2000 times: median ${save['p50Ms']!.toFixed(2)} ms, p99 ${save['p99Ms']!.toFixed(2)} ms; plain write and fsync of the same in turns: ${save['plainP50Ms']!.toFixed(2)}, ${save['plainP99Ms']!.toFixed(2)} ms (ratio of p99 ${(save['p99Ms']! / save['plainP99Ms']!).toFixed(2)})`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
