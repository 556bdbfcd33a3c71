import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { messageOf, stackOf, UserError } from '../base/errors';
import { formatSeconds, oneLine } from '../base/text';
import { createDevice } from '../training/device';
import type { RunSpec } from '../protocol/run';
import type { Algorithm, Outcome, TrainingEvent } from '../training/algorithm';
import { accept } from './accept';
import { checkpointName, checkpointOwner, resumeFrom, writeCheckpoint } from './checkpoints';
import { lastEnd, lastProvider, openEventLog, openLines, type EventLog } from './event-log';
import { chooseDevice } from './device';
import { takeFolder } from './lock';
import { isOutOfMemory } from './memory-plan';
import { gigabytes, threadsOf } from './plan';
import { prepare, type Prepared } from './prepare';
import { readRun } from './run-folder';
import { watchForStop, type StopRequest } from './stop';
import { stopwatch } from './stopwatch';
import { openScalars, type ScalarLog } from './tensorboard';
import { writeTrainerState } from './trainer-state';

export const exitCodes = { finished: 0, bug: 1, userError: 2, stopped: 3 } as const;

/** Runs or resumes the run of a folder to its end. Errors end up in the folder's events and on stderr. @returns the exit code. */
export async function runTrainer(folder: string): Promise<number> {
  let leave: () => void;
  try {
    leave = takeFolder(folder);
  } catch (error) {
    // Nothing is written into the folder: it is another process's, or there is none.
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    console.error(missing ? `there is no run folder ${folder}` : messageOf(error));
    return missing || error instanceof UserError ? exitCodes.userError : exitCodes.bug;
  }
  const stop = watchForStop(folder);
  const events = openEventLog(folder);
  try {
    return await run(folder, events, stop);
  } catch (thrown) {
    const error = isOutOfMemory(thrown) && !(thrown instanceof UserError) ? new UserError('run.outOfMemory', 'The memory ran out before the first step. Close other programs and resume the run, or choose a smaller model, shorter texts or smaller batches.') : thrown;
    const known = error instanceof UserError;
    console.error(known ? `failed: ${error.message}` : stackOf(error));
    events.emit({ type: 'failed', message: messageOf(error), ...(known ? { code: error.code } : {}) });
    return known ? exitCodes.userError : exitCodes.bug;
  } finally {
    events.close();
    stop.clear();
    leave();
  }
}

async function run(folder: string, events: EventLog, stop: StopRequest): Promise<number> {
  if (lastEnd(folder) === 'finished') throw new UserError('run.finished', `${folder} is finished. Start a new run to train more.`);
  const spec = await readRun(folder);
  console.log(`${spec.kind} run ${spec.id}${spec.name === spec.id ? '' : ` (${oneLine(spec.name, 60)})`}, process ${process.pid}`);
  const threads = threadsOf(spec);
  const choice = await chooseDevice(spec.device, threads, lastProvider(folder));
  console.log(`device: ${choice.provider} (${choice.why})`);
  const device = createDevice(choice.provider, threads);
  let prepared = await prepare(folder, spec, device);
  let scalars: ScalarLog | undefined;
  try {
    const warnings: string[] = [];
    const algorithm = { touched: false };
    const checkpoint = await resumeFrom(
      folder,
      checkpointOwner(spec),
      (found) => {
        algorithm.touched = true;
        accept(folder, prepared, found);
      },
      (message) => warnings.push(message),
    );
    if (checkpoint === undefined && algorithm.touched) {
      // One that did not fit may have been copied in part.
      await prepared.algorithm.release();
      prepared = await prepare(folder, spec, device);
    }
    if (checkpoint === undefined && warnings.length > 0) warnings.push('no checkpoint is left; starting from the beginning.');
    warnings.unshift(...prepared.warnings);
    const plan = `${prepared.plan} Device: ${choice.provider} (${choice.why}).`;
    scalars = openScalars(folder, checkpoint?.step, Date.now());
    events.follow(scalars.add);
    events.emit({ type: 'started', pid: process.pid, total: prepared.algorithm.total, plan, device: choice, ...(checkpoint === undefined ? {} : { resumedFrom: checkpoint.step }) });
    console.log(plan);
    if (checkpoint !== undefined) console.log(`going on from step ${checkpoint.step}`);
    for (const message of warnings) report(events, undefined, { type: 'warning', message });
    return await drive(folder, spec, prepared, events, stop, Number(checkpoint?.snapshot.state['records'] ?? 0));
  } finally {
    scalars?.close();
    await prepared.algorithm.release();
    await device.release();
  }
}

/** The steps that are left, checkpoints between them, and what the run makes of its end. */
async function drive(folder: string, spec: RunSpec, prepared: Prepared, events: EventLog, stop: StopRequest, recordsDone: number): Promise<number> {
  const { algorithm, records } = prepared;
  const clock = stopwatch(algorithm.total - algorithm.done());
  const started = Date.now();
  const log = records === undefined ? undefined : openLines(join(folder, records.file), recordsDone);
  let lines = recordsDone;
  let saved = algorithm.done() > 0 ? algorithm.done() : -1;

  const onEvent = (event: TrainingEvent): void => {
    if (event.type === 'record') {
      log!.append(event.value);
      lines++;
    } else report(events, clock.secondsLeft(), event, algorithm.total);
  };
  const checkpoint = async (): Promise<void> => {
    if (saved === algorithm.done()) return;
    log?.sync();
    const { tensors, state } = await algorithm.snapshot();
    await writeCheckpoint(folder, checkpointOwner(spec), algorithm.done(), { tensors, state: { ...state, records: lines } });
    saved = algorithm.done();
    events.emit({ type: 'checkpoint', step: saved, folder: checkpointName(saved) });
    events.sync();
  };

  try {
    while (algorithm.done() < algorithm.total) {
      // A step keeps the event loop busy; signals and output get their turn between steps.
      await setImmediate();
      if (stop.requested()) {
        await checkpoint();
        await writeTrainerState(folder, spec, algorithm.done(), algorithm.total);
        events.emit({ type: 'stopped', step: algorithm.done() });
        console.log(`stopped after step ${algorithm.done()} of ${algorithm.total}`);
        return exitCodes.stopped;
      }
      clock.begin();
      for await (const event of algorithm.step()) onEvent(event);
      clock.end();
      const done = algorithm.done();
      if (done % prepared.checkpointEvery === 0 || done === algorithm.total) await checkpoint();
    }
    const outcome = await drain(algorithm, onEvent);
    log?.close();
    const outputs = await prepared.write(outcome);
    await writeTrainerState(folder, spec, algorithm.total, algorithm.total);
    const seconds = (Date.now() - started) / 1000;
    const summary = { ...outcome.summary, ...prepared.measured };
    events.emit({ type: 'finished', step: algorithm.total, seconds, outputs, summary });
    console.log(`finished after ${formatSeconds(seconds)}, with at most ${gigabytes(process.resourceUsage().maxRSS * 1024)} of memory: ${spec.name}\n${JSON.stringify(summary)}`);
    return exitCodes.finished;
  } catch (error) {
    if (error instanceof UserError && error.code.startsWith('guard.')) throw await keepLastGood(folder, spec, prepared, error);
    if (prepared.memory !== undefined && isOutOfMemory(error)) throw new UserError('run.outOfMemory', prepared.memory.ranOut());
    throw error;
  } finally {
    log?.close();
  }
}

async function drain(algorithm: Algorithm, onEvent: (event: TrainingEvent) => void): Promise<Outcome> {
  const end = algorithm.finish();
  for (;;) {
    const next = await end.next();
    if (next.done === true) return next.value;
    onEvent(next.value);
  }
}

/** A guard ended the run: the model of the last checkpoint, from before things went wrong, is kept as its result. */
async function keepLastGood(folder: string, spec: RunSpec, prepared: Prepared, error: UserError): Promise<UserError> {
  const checkpoint = await resumeFrom(
    folder,
    checkpointOwner(spec),
    (found) => {
      accept(folder, prepared, found);
    },
    (message) => {
      console.error(message);
    },
  );
  if (checkpoint === undefined || checkpoint.step === 0) return new UserError(error.code, `${error.message} There was no checkpoint yet, so the run has no model.`);
  const params = prepared.algorithm.params?.();
  if (params === undefined) return error;
  await prepared.write({ summary: {}, params });
  return new UserError(error.code, `${error.message} The model of step ${checkpoint.step} is kept.`);
}

let lastPrinted = 0;

/** One event into the log, and a line for people: steps at most once a second. */
function report(events: EventLog, secondsLeft: number | undefined, event: Exclude<TrainingEvent, { type: 'record' }>, total = 0): void {
  if ('metrics' in event) {
    const bad = Object.entries(event.metrics).find(([, x]) => !Number.isFinite(x));
    if (bad !== undefined) throw new UserError('guard.nonFinite', `${bad[0]} is ${bad[1]} at step ${event.step}: the numbers have grown without bound. Lower the learning rate.`);
  }
  if (event.type === 'step') {
    events.emit({ ...event, total, ...(secondsLeft === undefined ? {} : { secondsLeft }) });
    if (Date.now() - lastPrinted < 1000) return;
    lastPrinted = Date.now();
    console.log(`step ${event.step}/${total}${secondsLeft === undefined ? '' : `, ${formatSeconds(secondsLeft)} left`}: ${numbers(event.metrics)}`);
    return;
  }
  events.emit(event);
  if (event.type === 'eval') console.log(`eval at step ${event.step}: ${numbers(event.metrics)}`);
  else if (event.type === 'warning') console.log(`warning: ${event.message}`);
}

const numbers = (metrics: Record<string, number>): string => Object.entries(metrics).map(([name, x]) => `${name} ${Number(x.toPrecision(4))}`).join(', ');
