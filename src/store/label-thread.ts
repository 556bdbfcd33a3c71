import { parentPort, workerData } from 'node:worker_threads';
import { stackOf } from '../base/errors';
import { chunkSpace, chunksNow } from './chunks';
import type { Claims } from './label-claims';
import { claim } from './label-claims';
import type { PackedLabels } from './label-merge';
import { labelPacker, memoryOf } from './label-merge';
import type { LabelPart, PartRead } from './label-parts';
import { readPart } from './label-parts';
import { turn } from './turn';

/** What the thread is given. */
export interface ThreadTask {
  readonly parts: readonly LabelPart[];
  readonly claims: Claims;
  /** Its number as a reader. */
  readonly reader: number;
}

/** What it says: a part that it has read, or why it cannot go on. */
export type ThreadReply = { readonly part: number; readonly read: PartRead; readonly packed: PackedLabels } | { readonly failed: string };

/** Memory of a reply that was taken over. */
export interface ThreadSpace {
  readonly space: readonly ArrayBuffer[];
}

/** Replies that nobody has taken over, at most. */
const ahead = 8;

/** The thread: reads one part after another until there are no more. */
const port = parentPort!;

async function work({ parts, claims, reader }: ThreadTask): Promise<void> {
  const packer = labelPacker();
  const space = chunkSpace();
  const used: ArrayBuffer[] = [];
  let open = 0;
  let wake: (() => void) | undefined;
  port.on('message', ({ space: back }: ThreadSpace) => {
    used.push(...back);
    open--;
    wake?.();
  });
  for (let part = claim(claims, 0, reader); part >= 0; part = claim(claims, part, reader)) {
    const read = await readPart(parts[part]!, packer.lines, space, (lines) => {
      packer.add(lines);
    }, chunksNow);
    const packed = packer.pack(used);
    used.splice(0, used.length - 2 * ahead);
    port.postMessage({ part, read, packed } satisfies ThreadReply, memoryOf(packed));
    open++;
    await turn(); // for memory to come back
    while (open >= ahead) await new Promise<void>((resolve) => (wake = resolve));
  }
}

work(workerData as ThreadTask).catch((error: unknown) => {
  port.postMessage({ failed: stackOf(error) } satisfies ThreadReply);
});
