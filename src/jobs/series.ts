import type { Columns } from '../base/series';
import { placeOf } from '../base/series';
import { scalarsOf } from '../protocol/events';
import type { RunEventOf } from '../protocol/events';
import { parseEvent, tailLines } from './tail';

export type SampleEvent = RunEventOf<'sample'>;

/** The curves and answers of one run, read as far as the file goes and from there on only what is new. */
export interface RunSeries {
  /** Reads what was appended. Resolves to whether there was anything. */
  refresh(): Promise<boolean>;
  /** Every metric there are values of; see {@link scalarsOf} for their names. */
  metrics(): string[];
  /** The values of a metric by step; empty for one that there is not. Grows in place. */
  column(metric: string): Columns;
  /** Steps at which answers were written down, ascending. */
  sampleSteps(): number[];
  /** The answers of a step by their index. */
  samples(step: number): SampleEvent[];
}

/** Opens the curves of a run folder; nothing is read yet. */
export function openSeries(folder: string): RunSeries {
  const tail = tailLines(folder);
  const columns = new Map<string, { x: number[]; y: number[] }>();
  const samples = new Map<number, Map<number, SampleEvent>>();

  function clear(after: number): void {
    for (const { x, y } of columns.values()) {
      x.length = y.length = placeOf(x, after) + 1;
    }
    for (const step of samples.keys()) if (step > after) samples.delete(step);
  }

  function put(name: string, step: number, value: number): void {
    let column = columns.get(name);
    if (column === undefined) columns.set(name, (column = { x: [], y: [] }));
    const { x, y } = column;
    if (x.length === 0 || step > x.at(-1)!) {
      x.push(step);
      y.push(value);
      return;
    }
    // Computed twice after a resume: the last counts.
    const at = placeOf(x, step);
    if (x[at] === step) y[at] = value;
    else {
      x.splice(at + 1, 0, step);
      y.splice(at + 1, 0, value);
    }
  }

  return {
    async refresh() {
      let read = 0;
      const { reset } = await tail.next(({ text }) => {
        const event = quickStep(text) ?? parseEvent(text);
        // What cannot be read is told by whoever follows the run.
        if (event === undefined || typeof event === 'string') return;
        read++;
        if (event.type === 'step' || event.type === 'eval') for (const [name, value] of Object.entries(scalarsOf(event))) put(name, event.step, value);
        else if (event.type === 'sample') {
          const at = samples.get(event.step);
          if (at === undefined) samples.set(event.step, new Map([[event.index, event]]));
          else at.set(event.index, event);
        } else if (event.type === 'started') clear(event.resumedFrom ?? (columns.size > 0 ? -1 : Infinity));
      });
      return read > 0 || reset;
    },
    metrics: () => [...columns].filter(([, c]) => c.x.length > 0).map(([name]) => name).sort(),
    column: (metric) => columns.get(metric) ?? { x: [], y: [] },
    sampleSteps: () => [...samples.keys()].sort((a, b) => a - b),
    samples: (step) => [...(samples.get(step)?.values() ?? [])].sort((a, b) => a.index - b.index),
  };
}

/** A step by a check of its own, a third of the schema's time: there are thousands. Undefined for all else, which the schema then looks at. */
function quickStep(text: string): Pick<RunEventOf<'step'>, 'type' | 'step' | 'metrics'> | undefined {
  if (!text.startsWith('{"type":"step"')) return undefined;
  let value: { step?: unknown; metrics?: unknown };
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  const { step, metrics } = value;
  if (!Number.isSafeInteger(step) || typeof metrics !== 'object' || metrics === null) return undefined;
  for (const name in metrics) if (!Number.isFinite((metrics as Record<string, unknown>)[name])) return undefined;
  return { type: 'step', step: step as number, metrics: metrics as Record<string, number> };
}
