import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { providers } from '../../../src/engine/provider';
import { deviceSettings } from '../../../src/protocol/run';
import { chooseDevice, judge, runProbe, type Probed } from '../../../src/trainer/device';
import { recall, remember } from '../../../src/trainer/device-cache';
import { lastProvider } from '../../../src/trainer/event-log';

const works: Probed = { works: true };
const out: Probed = { works: false, why: 'no driver' };
const never = (): Promise<Probed> => Promise.reject(new Error('nothing was to be probed'));

describe('device of a run', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-device-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A process that does what the script says, in the place of the probe. */
  const probing = (script: string, limit = { right: 10_000, measured: 10_000 }, measure = true): Promise<Probed> => runProbe('webgpu', 2, measure, ['-e', script], limit);

  it('can be asked for by the names that the engine knows, and auto', () => {
    assert.deepEqual([...deviceSettings], ['auto', ...providers]);
  });

  it('auto takes webgpu only where it was measured to be a fifth quicker', () => {
    assert.equal(judge({ works: true, times: { cpu: 100, device: 80 } }, 2).provider, 'webgpu');
    assert.deepEqual(judge({ works: true, times: { cpu: 100, device: 81 } }, 2), { provider: 'cpu', why: 'auto: a training step of a small model takes 81 ms with webgpu and 100 ms with 2 threads of the CPU' });
    assert.match(judge(works, 2).why, /longer than 30 s/);
    assert.deepEqual(judge(out, 2), { provider: 'cpu', why: 'auto: webgpu is out, no driver' });
  });

  it('a device that is named is taken or refused, with a cure', async () => {
    assert.equal((await chooseDevice('cpu', 2, undefined, never)).provider, 'cpu');
    assert.equal((await chooseDevice('webgpu', 2, undefined, () => Promise.resolve(works))).provider, 'webgpu');
    for (const name of ['webgpu', 'cuda', 'dml', 'coreml'] as const) {
      await assert.rejects(chooseDevice(name, 2, undefined, () => Promise.resolve(out)), (error: UserError) => error instanceof UserError && error.code === `device.${name}` && error.message.startsWith(`The device ${name} cannot be used: no driver. `) && error.message.includes('set the device to'));
    }
  });

  it('a run goes on where it began', async () => {
    assert.match((await chooseDevice('auto', 2, 'cpu', never)).why, /began there/);
    assert.equal((await chooseDevice('auto', 2, 'webgpu', () => Promise.resolve(works))).provider, 'webgpu');
    await assert.rejects(chooseDevice('auto', 2, 'webgpu', () => Promise.resolve(out)), /on which this run began: no driver/);
    assert.equal((await chooseDevice('cpu', 2, 'webgpu', never)).provider, 'cpu', 'asked for otherwise');
    assert.equal(lastProvider(folder), undefined);
    const started = { type: 'started', at: '2026-11-22T18:00:00.000Z', pid: 1, total: 3 };
    writeFileSync(join(folder, 'events.jsonl'), `${[{ ...started, device: { provider: 'webgpu', why: 'x' } }, { type: 'step', at: started.at, step: 1, total: 3, secondsLeft: 1, metrics: {} }].map((e) => JSON.stringify(e)).join('\n')}\n{"type":"started","to`);
    assert.equal(lastProvider(folder), 'webgpu');
    writeFileSync(join(folder, 'events.jsonl'), `${JSON.stringify(started)}\n`);
    assert.equal(lastProvider(folder), undefined, 'a run of before there were devices');
  });

  it('a process that crashes, hangs or talks nonsense is out, and nothing else happens', async () => {
    assert.deepEqual(await probing('process.abort()'), { works: false, why: 'the process that tried it crashed (SIGABRT)' });
    assert.deepEqual(await probing('console.log("Vulkan says hello"); process.exit(7)'), { works: false, why: 'the process that tried it crashed (code 7)' });
    assert.deepEqual(await probing('setInterval(() => {}, 1000)', { right: 300, measured: 300 }), { works: false, why: 'it did not finish a tiny training step within 0.3 s' });
    assert.deepEqual(await probing('console.log(JSON.stringify({ stage: "out", why: "no driver" }))'), out);
    const right = 'console.log(JSON.stringify({ stage: "right" }));';
    assert.deepEqual(await probing(`${right} process.abort()`), { works: false, why: 'the process that measured it crashed (SIGABRT)' });
    assert.deepEqual(await probing(`${right} setInterval(() => {}, 1000)`, { right: 10_000, measured: 300 }), works);
    assert.deepEqual(await probing(right, undefined, false), works);
    assert.deepEqual(await probing(`${right} console.log(JSON.stringify({ stage: "measured", cpu: 9, device: 3 }))`), { works: true, times: { cpu: 9, device: 3 } });
  });

  it('remembers a choice for as long as it may hold, and is not misled by a damaged file', () => {
    const file = join(folder, 'cache', 'device.json');
    const hour = 3_600_000;
    assert.equal(recall(2, file), undefined);
    remember(2, { provider: 'cpu', why: 'auto: no driver' }, file, 0);
    remember(4, { provider: 'webgpu', why: 'auto: quicker' }, file, 0);
    assert.deepEqual(recall(2, file, hour / 2), { provider: 'cpu', why: 'auto: no driver (measured 1970-01-01T00:00Z)' });
    assert.equal(recall(2, file, hour), undefined);
    assert.equal(recall(4, file, 29 * 24 * hour)?.provider, 'webgpu');
    assert.equal(recall(8, file, 0), undefined, 'other threads');
    writeFileSync(file, '{"v":1,"choices":{"x":{"provider":"cuda"}}}');
    assert.equal(recall(2, file, 0), undefined);
    remember(2, { provider: 'cpu', why: 'again' }, file, 0);
    assert.match(recall(2, file, 0)!.why, /^again/);
  });
});
