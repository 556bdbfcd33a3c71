import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastEnd, openEventLog, openLines } from '../../../src/trainer/event-log';

describe('event log', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-events-'));
    path = join(folder, 'events.jsonl');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('appends whole lines and cuts off a torn one', () => {
    writeFileSync(path, '{"a":1}\n{"b":2}\n{"c');
    const log = openLines(path);
    log.append({ d: 'ü' });
    log.close();
    log.close();
    assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n{"b":2}\n{"d":"ü"}\n');
  });

  it('goes back to a number of lines', () => {
    writeFileSync(path, '{"a":1}\n{"b":2}\n{"c":3}\n');
    openLines(path, 1).close();
    assert.equal(readFileSync(path, 'utf8'), '{"a":1}\n');
    openLines(path, 0).close();
    assert.equal(readFileSync(path, 'utf8'), '');
  });

  it('stamps events, refuses what is none, and tells how a run ended', () => {
    const log = openEventLog(folder);
    log.emit({ type: 'started', pid: 1, total: 3 });
    log.emit({ type: 'failed', message: 'no' });
    assert.throws(() => { log.emit({ type: 'step', step: 0, total: 1, secondsLeft: 0, metrics: {} }); }, /not an event/);
    assert.throws(() => { log.emit({ type: 'eval', step: 0, metrics: { x: NaN } }); }, /not an event/);
    assert.equal(lastEnd(folder), 'failed');
    log.emit({ type: 'started', pid: 1, total: 3 });
    assert.equal(lastEnd(folder), undefined);
    log.emit({ type: 'finished', step: 3, seconds: 1, outputs: {}, summary: {} });
    log.close();
    assert.equal(lastEnd(folder), 'finished');
    for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) assert.ok(Math.abs(Date.parse((JSON.parse(line) as { at: string }).at) - Date.now()) < 10_000);
  });
});
