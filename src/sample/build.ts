import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hashText } from '../base/hash';
import { sftRun } from './model';
import { makeSample, sampleSeed } from './workspace-files';

/**
 * Writes the sample: the workspace that ships, and the run folder of the SFT run that trains its model.
 *
 *   node dist/sample.js [--seed 7] [--workspace media/sample] [--out out/sample]
 *
 * The same seed gives the same bytes. Weights are not written here; `docs/sample.md` says how they are made.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seed: { type: 'string', default: String(sampleSeed) }, workspace: { type: 'string', default: 'media/sample' }, out: { type: 'string', default: 'out/sample' } },
  });
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed ${values.seed}: a whole number from 0 on is needed`);
  // The default is relative; without this check a call from elsewhere would litter that place.
  if (values.workspace === 'media/sample' && !existsSync('src/sample/build.ts')) throw new Error('run this in the project folder, or give --workspace');

  const { files, corpus } = makeSample(seed);
  for (const [name, text] of files) await write(path.join(values.workspace, name), text);
  const data = corpus.map((c) => `${JSON.stringify(c)}\n`).join('');
  const tokenizer = path.resolve(values.workspace, 'models/tiny-assistant');
  const run = {
    ...sftRun,
    createdAt: '2026-01-01T00:00:00.000Z',
    seed,
    hashes: { data: hashText(data) },
    params: { ...sftRun.params, deNovo: { config: JSON.parse(files.get('models/tiny-assistant/config.json')!) as unknown, tokenizer } },
  };
  const folder = path.join(values.out, sftRun.id);
  await write(path.join(folder, 'data.jsonl'), data);
  await write(path.join(folder, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);
  console.log(`sample workspace: ${values.workspace} (${files.size} files)`);
  console.log(`training run:     ${folder} (${corpus.length} examples); start it with: node dist/trainer.js ${folder}`);
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
