import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../../src/protocol/events';
import { crc32c, frame, openScalars, restartEvent, scalarsEvent, versionEvent } from '../../../src/trainer/tensorboard';
import { trainerState } from '../../../src/trainer/trainer-state';

const at = (seconds: number): string => new Date(1_795_975_200_000 + 1000 * seconds).toISOString();
const step = (n: number, metrics: Record<string, number>): RunEvent => ({ type: 'step', at: at(n), step: n, total: 9, secondsLeft: 0, metrics });
const held = (n: number, metrics: Record<string, number>): RunEvent => ({ type: 'eval', at: at(n), step: n, metrics });

/** Tag and step of every scalar of an event file, read independently of the writer; every sum is checked. */
function read(file: Buffer): string[] {
  const found: string[] = [];
  for (let offset = 0; offset < file.length; ) {
    const length = Number(file.readBigUInt64LE(offset));
    const data = file.subarray(offset + 12, offset + 12 + length);
    assert.deepEqual(file.subarray(offset, offset + 16 + length), Buffer.from(frame(data)));
    // A value's tag, and the mark of the float that follows it.
    found.push(...[...data.toString('latin1').matchAll(new RegExp(`\n.([\\w/]+)${String.fromCharCode(0x15)}`, 'gs'))].map((m) => `${m[1]!}@${data[9] === 0x10 ? data[10]! : 0}`));
    offset += 16 + length;
  }
  return found;
}

describe('event files for TensorBoard', () => {
  it('sums as RFC 3720 (appendix B.4) has them', () => {
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  });

  it("writes the bytes of TensorBoard's own writer", () => {
    const ours = [
      versionEvent(1795975200.5),
      restartEvent(1795975200.5, 0),
      scalarsEvent(1795975201.25, 0, { 'eval/reward': -0.5 }),
      scalarsEvent(1795975202.125, 1, { 'objective/kl': 0.25, 'loss/policy_avg': 1e-7 }),
      scalarsEvent(1795975203, 300, { größe: 0.1 }),
    ];
    assert.deepEqual(Buffer.concat(ours.map(frame)), readFileSync('test/fixtures/tensorboard/events.bin'));
  });

  describe('of a run folder', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'plumbline-scalars-'));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });
    const files = (): string[] => readdirSync(folder).filter((f) => f.includes('tfevents'));
    const scalars = (): string[] => read(readFileSync(join(folder, files()[0]!)));

    it('holds every step once after a resume, and what came after the checkpoint only anew', () => {
      const first = openScalars(folder, undefined, 1_795_975_200_000);
      const begun = [held(0, { reward: 1, eval_loss: 2 }), step(1, { loss: 3 }), step(2, { loss: 2 }), held(2, { eval_loss: 1 }), step(3, { loss: 1 })];
      for (const event of begun) first.add(event);
      first.close();
      assert.deepEqual(scalars(), ['eval/reward@0', 'eval_loss@0', 'loss@1', 'loss@2', 'eval_loss@2', 'loss@3']);
      // Killed: the log has a torn line, the event file half a record.
      writeFileSync(join(folder, 'events.jsonl'), `${begun.map((e) => JSON.stringify(e)).join('\n')}\n{"type":"st`);
      writeFileSync(join(folder, files()[0]!), 'torn', { flag: 'a' });
      const second = openScalars(folder, 2, 1_795_975_200_000);
      second.add(step(3, { loss: 1 }));
      second.add(step(3, { loss: 1 }));
      second.close();
      assert.deepEqual(files(), ['events.out.tfevents.1795975201.plumbline']);
      assert.deepEqual(scalars(), ['eval/reward@0', 'eval_loss@0', 'loss@1', 'loss@2', 'eval_loss@2', 'loss@3']);
    });

    it('begins anew when no checkpoint was left, and leaves event files of others alone', () => {
      writeFileSync(join(folder, 'events.jsonl'), `${JSON.stringify(step(1, { loss: 3 }))}\n`);
      writeFileSync(join(folder, 'events.out.tfevents.1.host'), 'theirs');
      const log = openScalars(folder, undefined, 1_795_975_200_000);
      log.close();
      assert.deepEqual(files(), ['events.out.tfevents.1.host', 'events.out.tfevents.1795975200.plumbline']);
      assert.deepEqual(read(readFileSync(join(folder, files()[1]!))), []);
    });
  });
});

describe('trainer_state.json', () => {
  const state = (history: RunEvent[]) => trainerState({ params: { epochs: 2.5, batchSize: 4, evalEvery: 2, checkpointEvery: 3 } }, history.filter((e) => e.type === 'step' || e.type === 'eval'), 4, 5);

  it('has the history, the epoch and the best held-out loss', () => {
    const found = state([held(0, { eval_loss: 3 }), step(1, { loss: 2, epoch: 0.5 }), step(2, { loss: 1, epoch: 1 }), held(2, { eval_loss: 1 }), step(4, { loss: 0.5, epoch: 2, num_tokens: 80 }), held(4, { eval_loss: 1.5 })]);
    assert.deepEqual(found.log_history.slice(0, 4), [{ eval_loss: 3, epoch: 0, step: 0 }, { loss: 2, epoch: 0.5, step: 1 }, { loss: 1, epoch: 1, step: 2 }, { eval_loss: 1, epoch: 1, step: 2 }]);
    const { best_metric, best_global_step, epoch, global_step, max_steps, num_input_tokens_seen, num_train_epochs, save_steps, train_batch_size } = found;
    assert.deepEqual({ best_metric, best_global_step, epoch, global_step, max_steps, num_input_tokens_seen, num_train_epochs, save_steps, train_batch_size }, { best_metric: 1, best_global_step: 2, epoch: 2, global_step: 4, max_steps: 5, num_input_tokens_seen: 80, num_train_epochs: 3, save_steps: 3, train_batch_size: 4 });
  });

  it('knows no epoch and no best metric where a run has none', () => {
    const { best_metric, epoch, log_history } = state([held(0, { reward: 1 }), step(4, { 'objective/kl': 1 })]);
    assert.deepEqual({ best_metric, epoch, log_history }, { best_metric: null, epoch: null, log_history: [{ eval_reward: 1, step: 0 }, { 'objective/kl': 1, step: 4 }] });
  });
});
