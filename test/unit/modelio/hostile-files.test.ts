import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng';
import type { JsonObject } from '../../../src/base/json';
import { readAdapterFolder } from '../../../src/modelio/adapter-folder';
import { readModelFolder } from '../../../src/modelio/folder';
import { readText } from '../../../src/modelio/json-file';
import { openSafetensors } from '../../../src/modelio/safetensors';
import { openWeights } from '../../../src/modelio/weights';
import { cases, loadsOrSays, mutated, mutatedBytes, within } from './hostile';

const fixtures = 'test/fixtures/modelio';

describe('modelio: hostile files', function () {
  this.timeout(60_000 + 300 * cases(100));
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-hostile-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** All tensors, read. */
  const readAll = async (path: string): Promise<void> => {
    const source = await openSafetensors(path);
    for (const name of source.tensors.keys()) await source.read(name);
  };

  it('safetensors: any bytes', () =>
    within(300, async () => {
      const whole = readFileSync(`${fixtures}/fallback/model-00001-of-00003.safetensors`);
      const header = 8 + Number(whole.readBigUInt64LE());
      const path = join(folder, 'model.safetensors');
      const rng = createRng(1);
      let refused = 0;
      for (let n = cases(500); n > 0; n--) {
        const bytes = mutatedBytes(whole, rng, rng.int(4) === 0 ? whole.length : header);
        writeFileSync(path, bytes);
        if ((await loadsOrSays(Buffer.from(bytes).toString('latin1', 0, 500), /model\.safetensors/, () => readAll(path))) === 'refused') refused++;
      }
      assert.ok(refused > 0);
    }));

  it('safetensors: any header', () =>
    within(300, async () => {
      const whole = readFileSync(`${fixtures}/fallback/model-00001-of-00003.safetensors`);
      const length = Number(whole.readBigUInt64LE());
      const header = JSON.parse(whole.toString('utf8', 8, 8 + length)) as JsonObject;
      const path = join(folder, 'model.safetensors');
      const rng = createRng(2);
      for (let n = cases(500); n > 0; n--) {
        const text = Buffer.from(mutated(header, rng));
        const size = Buffer.alloc(8);
        size.writeBigUInt64LE(BigInt(text.length));
        writeFileSync(path, Buffer.concat([size, text, whole.subarray(8 + length)]));
        await loadsOrSays(text.toString(), /model\.safetensors/, () => readAll(path));
      }
    }));

  it('an index of shards, and names that lead elsewhere', () =>
    within(300, async () => {
      cpSync(`${fixtures}/fallback`, folder, { recursive: true });
      const path = join(folder, 'model.safetensors.index.json');
      const index = JSON.parse(readFileSync(path, 'utf8')) as { weight_map: Record<string, string> };
      const rng = createRng(3);
      for (let n = cases(200); n > 0; n--) {
        const text = mutated(index, rng);
        writeFileSync(path, text);
        await loadsOrSays(text, /plumbline-hostile-/, () => openWeights(folder));
      }
      writeFileSync(join(folder, '..', `${folder.split('/').at(-1)!}.safetensors`), readFileSync(join(folder, 'model-00001-of-00003.safetensors')));
      const outside = `${folder.split(/[\\/]/).at(-1)!}.safetensors`;
      const names = [`../${outside}`, join(folder, '..', outside), `..\\${outside}`, `./../${outside}`, `C:${outside}`, `C:\\${outside}`, `\\\\server\\share\\${outside}`, `file:///${outside}`, `a/../../${outside}`, `model\u0000.safetensors`, '', '.', '..', '.safetensors/..', 'nul.safetensors', 'CON.safetensors', 'com1.safetensors', '~', `%2e%2e%2f${outside}`, `．．／${outside}`, `..∕${outside}`, `..\u2044${outside}`];
      for (const name of names) {
        writeFileSync(path, JSON.stringify({ weight_map: { 'model.norm.weight': name } }));
        assert.equal(await loadsOrSays(name, /plumbline-hostile-/, () => openWeights(folder)), 'refused', name);
      }
      rmSync(join(folder, '..', outside));
    }));

  it('adapter_config.json', () =>
    within(300, async () => {
      cpSync('test/fixtures/lora/causal', folder, { recursive: true });
      const path = join(folder, 'adapter_config.json');
      const config: unknown = JSON.parse(readFileSync(path, 'utf8'));
      const long = JSON.stringify({ ...(config as object), base_model_name_or_path: 'a'.repeat(5000) });
      writeFileSync(path, long);
      await loadsOrSays(long, /is no folder here/, () => readModelFolder(folder));
      const rng = createRng(4);
      for (let n = cases(300); n > 0; n--) {
        const text = mutated(config, rng);
        writeFileSync(path, text);
        await loadsOrSays(text, /plumbline-hostile-/, async () => {
          const adapter = await readAdapterFolder(folder);
          for (const name of adapter.tensors.keys()) await adapter.read(name);
        });
        // Names that lead to another model, or to none.
        await loadsOrSays(text, /plumbline-hostile-|fixtures|is no folder here/, () => readModelFolder(folder));
      }
    }));

  it('the small files beside them: tokenizer_config.json, generation_config.json, special_tokens_map.json', () =>
    within(300, async () => {
      cpSync(`${fixtures}/bytelevel`, folder, { recursive: true });
      writeFileSync(join(folder, 'special_tokens_map.json'), JSON.stringify({ bos_token: '<s>', eos_token: { content: '</s>', lstrip: false }, additional_special_tokens: ['<x>'] }));
      const rng = createRng(5);
      for (const file of ['tokenizer_config.json', 'generation_config.json', 'special_tokens_map.json']) {
        const path = join(folder, file);
        const whole = readFileSync(path, 'utf8');
        for (let n = cases(100); n > 0; n--) {
          const text = mutated(JSON.parse(whole), rng);
          writeFileSync(path, text);
          await loadsOrSays(`${file}: ${text}`, /plumbline-hostile-/, async () => {
            const { tokenizer } = await readModelFolder(folder);
            const ids = tokenizer.encode('Hello 1, wörld', { addSpecialTokens: true });
            tokenizer.decode(ids, { skipSpecialTokens: true });
            tokenizer.applyChatTemplate([{ role: 'user', content: 'a' }], { addGenerationPrompt: true });
          });
        }
        writeFileSync(path, whole);
      }
    }));

  it('pipes, devices, folders and files that are too large, in place of any file', async () => {
    const windows = process.platform === 'win32';
    if (windows) console.log('    on Windows with folders alone: pipes, devices, links without privileges and files with holes are not to be had');
    cpSync(`${fixtures}/bytelevel`, folder, { recursive: true });
    for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json', 'chat_template.jinja', 'model.safetensors']) {
      const path = join(folder, file);
      const whole = readFileSync(path);
      rmSync(path);
      if (!windows) await others(file, path, whole);
      mkdirSync(path);
      assert.equal(await loadsOrSays(`a folder for ${file}`, /it is not a file/, () => readModelFolder(folder)), 'refused');
      rmSync(path, { recursive: true });
      writeFileSync(path, whole);
    }
    await readModelFolder(folder);
  });

  /** What only systems with such files have. */
  async function others(file: string, path: string, whole: Buffer): Promise<void> {
    const refused = async (what: string, why: RegExp): Promise<void> => {
      assert.equal(await loadsOrSays(`${what} for ${file}`, why, () => readModelFolder(folder)), 'refused');
      rmSync(path);
    };
    execFileSync('mkfifo', [path]);
    await refused('a pipe', /it is not a file/);
    symlinkSync('/dev/zero', path);
    await refused('a device', /it is not a file/);
    symlinkSync('/', path);
    await refused('a link to a folder', /it is not a file/);
    symlinkSync(file, path);
    await refused('a link to itself', /plumbline-hostile-/);
    writeFileSync(path, whole);
    truncateSync(path, 2 ** 40);
    // Of weights, more than the header speaks of.
    await refused('a terabyte', /has 1099511627776 bytes; \d+ is the most|bytes after the last tensor/);
  }

  it('JSON of millions of values is refused before it is parsed', () =>
    within(600, async () => {
      const path = join(folder, 'config.json');
      for (const unit of ['{},', '0,', '[],', '"",']) {
        writeFileSync(path, `{"a":[${unit.repeat(8_000_001)}0]}`);
        assert.equal(await loadsOrSays(unit, /more than 8000000 values/, () => readModelFolder(folder)), 'refused');
      }
      assert.equal(await readText(join(folder, 'none')), undefined);
    }));
});
