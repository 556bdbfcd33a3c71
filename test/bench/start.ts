import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { trainerEnvironment } from '../../src/jobs/environment';

/**
 * Seconds from starting the trainer's process to the end of its first training step: SFT of the model in `folder`, 64 short
 * examples, batches of 16. The run ends after that step.
 */
export function measureStart(folder: string): number {
  const run = mkdtempSync(join(tmpdir(), 'plumbline-start-'));
  try {
    const example = { prompt: 'How do I plant a seed?', completion: 'Put the seed in damp soil and keep it in the sun.', split: 'train' };
    writeFileSync(join(run, 'data.jsonl'), `${JSON.stringify(example)}\n`.repeat(64));
    writeFileSync(
      join(run, 'run.json'),
      JSON.stringify({ v: 1, id: 'start', name: 'start', kind: 'sft', createdAt: new Date().toISOString(), models: { base: resolve(folder) }, params: { maxSteps: 1, batchSize: 16, evalEvery: 0 } }),
    );
    const begin = Date.now();
    const { status, stderr } = spawnSync(process.execPath, ['dist/trainer.js', run], { encoding: 'utf8', env: trainerEnvironment(process.env) });
    if (status !== 0) throw new Error(`the trainer ended with ${String(status)}: ${stderr}`);
    const step = readFileSync(join(run, 'events.jsonl'), 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l) as { type: string; at: string }).find((e) => e.type === 'step');
    if (step === undefined) throw new Error('the trainer made no step');
    return (Date.parse(step.at) - begin) / 1000;
  } finally {
    rmSync(run, { recursive: true, force: true });
  }
}
