import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Claims } from './label-claims';
import { claim, giveBack, newClaims } from './label-claims';
import { chunkSpace } from './chunks';
import type { LabelLines } from './label-line';
import type { LabelMerger } from './label-merge';
import { labelMerger } from './label-merge';
import type { ParsedLabels } from './label-parser';
import type { LabelPart, PartRead } from './label-parts';
import { readPart } from './label-parts';
import type { ThreadReply, ThreadSpace, ThreadTask } from './label-thread';
import { turn } from './turn';

/** Threads that help to read. */
export interface LabelThreads {
  /** Path of the built `labels.js`. */
  readonly script: string;
  /** Hears why a thread cannot help; what it should have read is then read by the calling thread. */
  readonly failed: (error: unknown) => void;
  /** How many at most, besides the calling one; else as many as there are cores for, and no more than two. */
  readonly most?: number;
  /** Bytes from which on they are started, and about how long a part is: for tests. */
  readonly worth?: number;
  readonly partSize?: number;
}

/** About 25,000 labels: fewer are read before a thread has started. */
const worthThreads = 1 << 24;
/** A third one has nothing to do: lines are folded by the calling thread alone, which takes a third of the time. */
const mostThreads = 2;
/** Lines that are taken over between two turns of others. */
const portion = 1500;
const ours = 1;

/** How many threads shall help to read so many bytes. */
export function threadsFor(bytes: number, { most = Math.min(mostThreads, availableParallelism() - 1), worth = worthThreads }: LabelThreads): number {
  return bytes < worth ? 0 : most;
}

interface Team {
  /** What another has read; undefined when it is not there yet. */
  take(part: number): { readonly read: PartRead; readonly give: (sink: (lines: ParsedLabels) => void) => Promise<void> } | undefined;
  /** Resolves when something has changed. */
  changed(): Promise<void>;
  end(): Promise<void>;
}

/**
 * Reads parts, together with threads where there are some, and gives their lines in the order of the parts. Who is free takes the
 * next part; this thread takes over what others have read before it reads more itself.
 */
export async function readParts(parts: readonly LabelPart[], lines: LabelLines, give: (read: ParsedLabels) => void, threads?: LabelThreads, count = 0): Promise<PartRead[]> {
  const claims = newClaims(parts.length);
  const team = threads && count > 0 ? startTeam(threads, count, parts, claims, lines) : undefined;
  const reads: PartRead[] = [];
  /** What this thread has read before its turn. */
  const early = new Map<number, { readonly read: PartRead; readonly given: readonly ParsedLabels[] }>();
  const space = chunkSpace();
  try {
    while (reads.length < parts.length) {
      const next = reads.length;
      const [own, other] = [early.get(next), team?.take(next)];
      if (own !== undefined) {
        for (const read of own.given) {
          give(read);
          await turn();
        }
        early.delete(next);
        reads.push(own.read);
      } else if (other !== undefined) {
        await other.give(give);
        reads.push(other.read);
      } else {
        const part = claim(claims, next, ours);
        if (part === next) reads.push(await readPart(parts[next]!, lines, space, give));
        else if (part >= 0) {
          const given: ParsedLabels[] = [];
          early.set(part, { read: await readPart(parts[part]!, lines, space, (read) => void given.push(read)), given });
        } else await team!.changed();
      }
    }
  } finally {
    await team?.end();
  }
  return reads;
}

function startTeam({ script, failed }: LabelThreads, count: number, parts: readonly LabelPart[], claims: Claims, lines: LabelLines): Team {
  const replies = new Map<number, { readonly reply: Exclude<ThreadReply, { failed: string }>; readonly worker: Worker; readonly merger: LabelMerger }>();
  const taken = new Set<number>();
  const workers = new Set<Worker>();
  let wake: (() => void) | undefined;

  function start(reader: number): void {
    const worker = new Worker(script, { workerData: { parts, claims, reader } satisfies ThreadTask });
    const merger = labelMerger(lines);
    workers.add(worker);
    const lose = (error: unknown): void => {
      if (!workers.delete(worker)) return;
      for (const part of parts.keys()) if (Atomics.load(claims, part) === reader && !replies.has(part) && !taken.has(part)) giveBack(claims, part);
      void worker.terminate();
      failed(error);
      wake?.();
    };
    worker.on('message', (reply: ThreadReply) => {
      if ('failed' in reply) lose(new Error(reply.failed));
      else if (workers.has(worker)) replies.set(reply.part, { reply, worker, merger });
      wake?.();
    });
    worker.on('messageerror', lose);
    worker.on('error', lose);
    worker.on('exit', (code) => {
      lose(new Error(`a thread that reads labels has ended with ${code}`));
    });
  }

  for (let n = 0; n < count; n++) {
    try {
      start(ours + 1 + n);
    } catch (error) {
      failed(error);
    }
  }
  return {
    take(part) {
      const found = replies.get(part);
      if (found === undefined) return undefined;
      replies.delete(part);
      taken.add(part);
      const { reply: { read, packed }, worker, merger } = found;
      return {
        read,
        async give(sink) {
          for (const portionOfIt of merger.take(packed, portion)) {
            sink(portionOfIt);
            await turn();
          }
          const space = [packed.rows.buffer, packed.texts.buffer];
          worker.postMessage({ space } satisfies ThreadSpace, space);
        },
      };
    },
    changed: () => new Promise((resolve) => (wake = resolve)),
    async end() {
      const all = [...workers];
      workers.clear();
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}
