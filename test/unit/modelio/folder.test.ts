import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelFolder } from '../../../src/modelio/folder';
import { causalConfig, scoreConfig, scorePadId } from '../../../src/modelio/head-config';
import { openWeights } from '../../../src/modelio/weights';
import { writeModelFolder } from '../../../src/modelio/write-folder';
import type { NamedTensor } from '../../../src/modelio/write-safetensors';

const root = 'test/fixtures/modelio';

async function tensorsOf(folder: string): Promise<NamedTensor[]> {
  const weights = await openWeights(folder);
  const out: NamedTensor[] = [];
  for (const { name, shape } of weights.tensors.values()) out.push({ name, shape, data: await weights.read(name) });
  return out;
}

describe('modelio/folder', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'plumbline-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('reads one file, several shards and 16-bit weights', async () => {
    const whole = await readModelFolder(`${root}/bytelevel`);
    assert.deepEqual(whole.weights.files, ['model.safetensors']);
    assert.equal(whole.weights.tensors.size, 21);
    const half = await readModelFolder(`${root}/half`);
    for (const name of whole.weights.tensors.keys()) {
      const [exact, rounded] = [await whole.weights.read(name), await half.weights.read(name)];
      for (let i = 0; i < exact.length; i++) assert.ok(Math.abs(exact[i]! - rounded[i]!) <= Math.abs(exact[i]!) * 2 ** -11 + 2 ** -25);
    }
    const shards = await readModelFolder(`${root}/fallback`);
    assert.equal(shards.weights.files.length, 3);
    assert.equal((await shards.weights.read('model.embed_tokens.weight')).length, 400 * 32);
    await assert.rejects(shards.weights.read('lm_head.weight'), /no tensor "lm_head.weight"/);
  });

  it('hashes what makes the model, and nothing else', async () => {
    await cp(`${root}/fallback`, folder, { recursive: true });
    const { hash, files } = await (await readModelFolder(folder)).hash();
    assert.deepEqual(Object.keys(files), ['config.json', 'model-00001-of-00003.safetensors', 'model-00002-of-00003.safetensors', 'model-00003-of-00003.safetensors', 'tokenizer.json']);
    await writeFile(join(folder, 'README.md'), 'notes');
    assert.equal((await (await readModelFolder(folder)).hash()).hash, hash);
    await writeFile(join(folder, 'config.json'), `${await readFile(join(folder, 'config.json'), 'utf8')} `);
    assert.notEqual((await (await readModelFolder(folder)).hash()).hash, hash);
  });

  it('refuses shards whose names leave the folder, and an index that is wrong', async () => {
    await cp(`${root}/fallback`, folder, { recursive: true });
    const path = join(folder, 'model.safetensors.index.json');
    for (const name of ['../fallback/model-00001-of-00003.safetensors', '/etc/passwd', 'a\\b.safetensors', '..safetensors', 'C:x.safetensors', 'config.json', 7]) {
      await writeFile(path, JSON.stringify({ weight_map: { 'model.norm.weight': name } }));
      await assert.rejects(openWeights(folder), /must be the name of a \.safetensors file in the same folder/, String(name));
    }
    await writeFile(path, JSON.stringify({ weight_map: { 'model.other.weight': 'model-00001-of-00003.safetensors' } }));
    await assert.rejects(openWeights(folder), /"model.other.weight" is not in model-00001-of-00003.safetensors/);
    await writeFile(path, '{"weight_map": []}');
    await assert.rejects(openWeights(folder), /weight_map is not an object/);
    await writeFile(path, '{"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}}');
    await assert.rejects(openWeights(folder), /"a" is given twice/);
  });

  it('says what is missing', async () => {
    await assert.rejects(readModelFolder(join(folder, 'none')), /no model folder .*none/);
    await assert.rejects(readModelFolder(folder), /config\.json: there is no such file/);
    await writeFile(join(folder, 'config.json'), '[]');
    await assert.rejects(readModelFolder(folder), /expected a JSON object/);
    await writeFile(join(folder, 'config.json'), '{}');
    await assert.rejects(readModelFolder(folder), /neither model\.safetensors nor/);
    await writeFile(join(folder, 'pytorch_model.bin'), '');
    await assert.rejects(readModelFolder(folder), /can run code.*save_pretrained/);
  });

  it('writes a language model that reads back equal, with the tokenizer of its source', async () => {
    const source = await readModelFolder(`${root}/bytelevel`);
    const target = join(folder, 'runs', 'model');
    const tensors = await tensorsOf(source.folder);
    await writeModelFolder(target, { config: causalConfig(source.config, 'float32'), tensors, tokenizerFrom: source.folder, texts: { 'README.md': 'made here' } });
    assert.deepEqual(await tensorsOf(target), tensors);
    const written = await readModelFolder(target);
    assert.deepEqual(written.tokenizer.encode('Hello', { addSpecialTokens: true }), source.tokenizer.encode('Hello', { addSpecialTokens: true }));
    assert.deepEqual(written.tokenizer.eosIds, [1, 3], 'generation_config.json came along');
    // transformers 4 reads these two keys, 5 the ones beside them.
    assert.deepEqual([written.config['rope_theta'], written.config['torch_dtype']], [10000, 'float32']);
    assert.deepEqual(await readdir(join(folder, 'runs')), ['model']);
  });

  it('turns the configuration of a language model into that of a reward model and back', async () => {
    const source = await readModelFolder(`${root}/fallback`);
    const padId = scorePadId(source.tokenizer);
    assert.equal(padId, 0, 'no pad token: the unknown token');
    assert.equal(scorePadId((await readModelFolder(`${root}/bytelevel`)).tokenizer), 4, 'the pad token');
    const reward = scoreConfig({ ...source.config, problem_type: 'regression' }, 'bfloat16', { padId, mean: 0.5, std: 2 });
    const expected = JSON.parse(await readFile(`${root}/reward/config.json`, 'utf8')) as Record<string, unknown>;
    for (const key of ['architectures', 'id2label', 'label2id']) assert.deepEqual(reward[key], expected[key]);
    assert.deepEqual([reward['mean'], reward['std'], reward['pad_token_id'], reward['dtype'], reward['problem_type'], reward['num_labels']], [0.5, 2, 0, 'bfloat16', undefined, undefined]);
    const causal = causalConfig(reward, 'float32');
    assert.deepEqual([causal['architectures'], causal['id2label'], causal['mean']], [['LlamaForCausalLM'], undefined, undefined]);
  });

  it('replaces a model, keeps it when writing fails, and never touches another folder', async () => {
    const target = join(folder, 'model');
    const tensor = (x: number): NamedTensor[] => [{ name: 'w', shape: [1], data: Float32Array.of(x) }];
    await writeModelFolder(target, { config: {}, tensors: tensor(1), texts: { 'old.txt': '' } });
    await writeModelFolder(target, { config: {}, tensors: tensor(2) });
    assert.deepEqual((await readdir(target)).sort(), ['config.json', 'model.safetensors']);
    await assert.rejects(writeModelFolder(target, { config: {}, tensors: [...tensor(3), ...tensor(4)] }), /same name/);
    assert.deepEqual((await tensorsOf(target))[0]?.data, Float32Array.of(2));
    assert.deepEqual(await readdir(folder), ['model']);
    await writeFile(join(folder, 'thesis.tex'), '');
    await assert.rejects(writeModelFolder(folder, { config: {}, tensors: [] }), /files that are not a model/);
    assert.ok((await readdir(folder)).includes('thesis.tex'));
  });

  it('copies tokenizer files that are read-only', async () => {
    const source = join(folder, 'source');
    await mkdir(source);
    await writeFile(join(source, 'tokenizer.json'), '{}');
    await chmod(join(source, 'tokenizer.json'), 0o444);
    await writeModelFolder(join(folder, 'model'), { config: {}, tensors: [], tokenizerFrom: source, tokenizerConfig: { pad_token: '<unk>' } });
    assert.equal(await readFile(join(folder, 'model', 'tokenizer.json'), 'utf8'), '{}');
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'model', 'tokenizer_config.json'), 'utf8')), { pad_token: '<unk>' });
  });
});
