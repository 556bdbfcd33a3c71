import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hashText } from '../base/hash';
import { trainerEnvironment } from '../jobs/environment';
import { modelConfig, modelFolder, sftRun } from './model';
import { makeSample, sampleSeed, type Sample } from './workspace-files';

/**
 * Writes the sample: the workspace that ships, and the run folder of the SFT run that trains its model. The same seed
 * gives the same bytes. With `--train` it also runs that run (minutes) and puts the weights into the workspace.
 *
 *   node dist/sample.js [--seed 7] [--workspace media/sample] [--out out/sample] [--train]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(sampleSeed) },
      workspace: { type: 'string', default: 'media/sample' },
      out: { type: 'string', default: 'out/sample' },
      train: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed ${values.seed}: a whole number from 0 on is needed`);
  // The default is relative; without this check a call from elsewhere would litter that place.
  if (values.workspace === 'media/sample' && !existsSync('src/sample/build.ts')) throw new Error('run this in the project folder, or give --workspace');

  const sample = makeSample(seed);
  for (const [name, text] of sample.files) await write(path.join(values.workspace, name), text);
  console.log(`sample workspace: ${values.workspace} (${sample.files.size} files)`);

  const run = path.join(values.out, sftRun.id);
  const model = path.resolve(values.workspace, modelFolder);
  await rm(run, { recursive: true, force: true });
  await writeRun(run, sample, seed, model);
  console.log(`training run:     ${run} (${sample.corpus.length} examples)`);
  if (!values.train) return;
  await train(run);
  await copyFile(path.join(run, 'model', 'model.safetensors'), path.join(model, 'model.safetensors'));
  console.log(`weights:          ${path.join(model, 'model.safetensors')}`);
}

async function writeRun(folder: string, { corpus }: Sample, seed: number, tokenizer: string): Promise<void> {
  const data = corpus.map((c) => `${JSON.stringify(c)}\n`).join('');
  const run = {
    ...sftRun,
    createdAt: '2026-01-01T00:00:00.000Z',
    seed,
    hashes: { data: hashText(data) },
    params: { ...sftRun.params, deNovo: { config: modelConfig, tokenizer } },
  };
  await write(path.join(folder, 'data.jsonl'), data);
  await write(path.join(folder, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);
}

/** Plumbline's own trainer, which lies beside this program. */
function train(folder: string): Promise<void> {
  const child = spawn(process.execPath, [path.join(__dirname, 'trainer.js'), folder], { stdio: 'inherit', env: trainerEnvironment(process.env) });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`the training ended with ${signal ?? `exit code ${code ?? 'unknown'}`}`));
    });
  });
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
