import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng';
import type { Json, JsonObject } from '../../../src/base/json';
import { parseStrictJson } from '../../../src/modelio/strict-json';
import { openWeights } from '../../../src/modelio/weights';
import { parseModelConfig } from '../../../src/models/config';
import { layoutParams } from '../../../src/models/params';
import { modelSpecs } from '../../../src/models/specs';
import { runSchema } from '../../../src/protocol/run';
import { checkFits, checkRoom } from '../../../src/trainer/fits';
import { openBase, openRewardModel } from '../../../src/trainer/models';
import { tokenizerConfigJson, tokenizerJson } from '../training/tiny';
import { cases, loadsOrSays, mutated, within } from '../modelio/hostile';

const root = 'test/fixtures/models';
const names = readdirSync(root).filter((name) => existsSync(`${root}/${name}/expected.json`));
const configOf = (name: string): JsonObject => JSON.parse(readFileSync(`${root}/${name}/config.json`, 'utf8')) as JsonObject;

describe('trainer: hostile config.json', function () {
  this.timeout(60_000 + 300 * cases(100));

  for (const name of names) {
    it(`${name}: changed anywhere, it loads or says why not, and takes no memory for a number`, () =>
      within(300, async () => {
        const config = configOf(name);
        const weights = await openWeights(`${root}/${name}`);
        const rng = createRng(name);
        const found = { loads: 0, refused: 0 };
        for (let n = cases(200); n > 0; n--) {
          const text = mutated(config, rng);
          const result = await loadsOrSays(text, /x.config\.json|^x/, () => {
            const json = parseStrictJson(text, 'x/config.json', 200);
            if (json === null || typeof json !== 'object' || Array.isArray(json)) return;
            const parsed = parseModelConfig(json as JsonObject, 'x/config.json');
            const specs = modelSpecs(parsed, 'lm');
            checkFits(specs, weights, 'x');
            layoutParams(specs);
          });
          found[result]++;
        }
        assert.ok(found.loads > 0 && found.refused > 0, JSON.stringify(found));
      }));
  }

  const llama = configOf('llama');
  const hostile: readonly (readonly [change: Record<string, Json>, says: RegExp])[] = [
    [{ hidden_size: 1e9 }, /config\.json asks for \[\d+, 1000000000\]/],
    [{ hidden_size: '64' }, /hidden_size is "64", expected a positive whole number/],
    [{ hidden_size: -64 }, /hidden_size is -64/],
    [{ hidden_size: 2 ** 53 }, /hidden_size is 9007199254740992/],
    [{ num_attention_heads: 5, num_key_value_heads: 5, head_dim: null }, /is not a multiple of num_attention_heads 5/],
    [{ num_key_value_heads: 3 }, /is not a multiple of num_key_value_heads 3/],
    [{ num_hidden_layers: 1e6 }, /num_hidden_layers is 1000000, expected a positive whole number of at most 2000/],
    [{ num_hidden_layers: 2000 }, /has no tensor "model\.layers\./],
    [{ vocab_size: 0 }, /vocab_size is 0/],
    [{ vocab_size: 2 ** 31 - 1 }, /asks for \[2147483647, /],
    [{ rms_norm_eps: Infinity }, /rms_norm_eps is null, expected a positive number/],
    [{ rope_scaling: { rope_type: 'llama3', factor: 0 } }, /rope_scaling\.\w+ is/],
    [{ rope_scaling: 'x' }, /rope_scaling is "x", expected an object or null/],
    [{ model_type: 'constructor' }, /model_type "constructor" is not supported; supported: llama/],
    [{ model_type: null }, /model_type missing is not supported/],
    [{ max_position_embeddings: 0.5 }, /max_position_embeddings is 0\.5/],
    [{ tie_word_embeddings: 'yes' }, /tie_word_embeddings is "yes", expected true or false/],
  ];
  for (const [change, says] of hostile) {
    it(`refuses ${JSON.stringify(change)}`, async () => {
      const weights = await openWeights(`${root}/llama`);
      assert.equal(await loadsOrSays(JSON.stringify(change), says, () => { checkFits(modelSpecs(parseModelConfig({ ...llama, ...change }, 'x/config.json'), 'lm'), weights, 'x'); }), 'refused');
    });
  }

  it('refuses rope_theta of 1e400, which JSON reads as infinite, and settings of Gemma that are no objects', async () => {
    const infinite = JSON.parse('{"rope_theta":1e400,"rope_parameters":null}') as JsonObject;
    assert.equal(await loadsOrSays('1e400', /rope_theta is null, expected a positive number/, () => parseModelConfig({ ...llama, ...infinite }, 'x/config.json')), 'refused');
    for (const key of ['full_attention', 'sliding_attention']) {
      const change = { rope_parameters: { [key]: 7 } };
      assert.equal(await loadsOrSays(key, new RegExp(`rope_parameters\\.${key} is 7, expected an object or null`), () => parseModelConfig({ ...configOf('gemma3'), ...change }, 'x/config.json')), 'refused');
    }
  });

  describe('as a run opens it', () => {
    let folder: string;
    const spec = runSchema.parse({ v: 1, id: 'r', name: 'r', kind: 'sft', createdAt: '2026-11-22T18:00:00.000Z', models: {}, params: {} });
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'plumbline-config-'));
      cpSync(`${root}/llama`, folder, { recursive: true });
      writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson));
      writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizerConfigJson));
    });
    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    it('a model from random weights is refused when the machine has no room for it', () =>
      within(200, async () => {
        const config = { vocab_size: 2 ** 31 - 1, hidden_size: 2 ** 30, intermediate_size: 8, num_hidden_layers: 2, num_attention_heads: 2 };
        assert.equal(await loadsOrSays('a large one', /params\.deNovo\.config of run\.json: the weights of this model take \d+.* GB of memory; .* are free/, () => openBase(folder, spec, undefined, { config, tokenizer: folder }, 'lm')), 'refused');
        assert.throws(() => { checkRoom([{ name: 'w', shape: [1000, 1000] }], 'x', 3_999_999); }, /take 4 MB of memory; 4 MB are free/);
        checkRoom([{ name: 'w', shape: [1000, 1000] }], 'x', 4_000_000);
      }));

    it('weights of a terabyte of nothing are not read', () =>
      within(200, async () => {
        const path = join(folder, 'model.safetensors');
        const rows = 2 ** 31 - 1;
        const shape = [rows, Number(llama['hidden_size'])];
        const header = Buffer.from(JSON.stringify({ 'model.embed_tokens.weight': { dtype: 'F32', shape, data_offsets: [0, rows * shape[1]! * 4] } }));
        const size = Buffer.alloc(8);
        size.writeBigUInt64LE(BigInt(header.length));
        writeFileSync(path, Buffer.concat([size, header]));
        truncateSync(path, 8 + header.length + rows * shape[1]! * 4);
        writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...llama, vocab_size: rows }));
        assert.equal(await loadsOrSays('a sparse file', /has no tensor|of memory/, () => openBase(folder, spec, folder, undefined, 'lm')), 'refused');
      }));

    it('a mean or deviation of scores that is no number', async () => {
      cpSync('test/fixtures/modelio/reward', folder, { recursive: true, force: true });
      const config = readFileSync(join(folder, 'config.json'), 'utf8');
      for (const [key, value] of [['mean', '1e400'], ['std', '1e400'], ['std', '"2"'], ['mean', '{}']] as const) {
        writeFileSync(join(folder, 'config.json'), config.replace('{', `{"${key}": ${value},`));
        assert.equal(await loadsOrSays(`${key} ${value}`, new RegExp(`config\\.json: ${key} is .+, expected a number|"${key}" is given twice`), () => openRewardModel(folder, spec, folder, 'reward', 'stored')), 'refused');
      }
    });
  });
});
