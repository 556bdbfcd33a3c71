import { closeSync, openSync, writeSync } from 'node:fs';
import { createRng } from '../../src/base/rng';
import type { Rng } from '../../src/base/rng';
import { competitionRanks } from '../../src/domain/ranks';
import type { Generation, Label } from '../../src/domain/records';
import { sealLine } from '../../src/store/checksum';
import { labelFile } from '../../src/store/label-files';
import { createWorkspace } from '../../src/store/workspace';
import type { Workspace } from '../../src/store/workspace';

/** How much is made. */
export interface Amount {
  readonly labelers: number;
  readonly items: number;
  readonly answers: number;
}

/** A hash as any text has one; nobody reads the texts here. */
const hash = (rng: Rng): string => `sha256:${Array.from({ length: 8 }, () => Math.floor(rng.next() * 2 ** 32).toString(16).padStart(8, '0')).join('')}`;

const guideline = 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const begin = Date.UTC(2026, 10, 1, 8);

/** A workspace whose labelers have judged every item, each in an own order, as the panel writes it. */
export async function writeLabelFiles(root: string, { labelers, items, answers }: Amount): Promise<Workspace> {
  const workspace = await createWorkspace(root);
  const rng = createRng('bench labels');
  const all = Array.from({ length: items }, (_, n): Pick<Generation, 'id' | 'promptHash'> & { items: Label['items'] } => ({
    id: `g-${n.toString(16).padStart(16, '0')}`,
    promptHash: hash(rng),
    items: Array.from({ length: answers }, (_, i) => ({ hash: hash(rng), source: i % 2 === 0 ? 'policy@20261101-080000-generate-first-answers' : 'base' })),
  }));
  for (let who = 0; who < labelers; who++) {
    const labeler = `labeler-${who}`;
    const file = openSync(labelFile(workspace, labeler), 'w');
    let at = begin + who * 1000;
    let lines: string[] = [];
    const write = (): void => {
      writeSync(file, lines.join(''));
      lines = [];
    };
    for (const item of rng.shuffle(all)) {
      const ms = 2000 + rng.int(20_000);
      at += ms;
      lines.push(`${sealLine(labelOf(item, labeler, at, ms, rng))}\n`);
      if (lines.length === 5000) write();
    }
    write();
    closeSync(file);
  }
  return workspace;
}

function labelOf(item: { id: string; promptHash: string; items: Label['items'] }, labeler: string, at: number, ms: number, rng: Rng): Label {
  const k = item.items.length;
  const tie = rng.next() < 0.05;
  const ranks = competitionRanks(Array.from({ length: k }, () => (tie ? 1 : rng.next())));
  return {
    v: 1,
    id: `${at.toString(36).padStart(10, '0')}${Math.floor(rng.next() * 2 ** 40).toString(36).padStart(16, '0')}`.toUpperCase(),
    op: 'label',
    at: new Date(at).toISOString(),
    task: 'ranking',
    labeler,
    promptHash: item.promptHash,
    items: item.items,
    shown: rng.shuffle(Array.from({ length: k }, (_, i) => i)),
    touched: true,
    verdict: tie ? 'tie' : 'ranked',
    ranks,
    ...(k === 2 && !tie ? { strength: (1 + rng.int(4)) as 1 | 2 | 3 | 4 } : {}),
    confidence: 1 + rng.int(5),
    ms,
    select: { policy: 'random', p: 1 / (1 + rng.int(1000)) },
    guideline,
    generation: item.id,
  };
}
