import assert from 'node:assert/strict';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRunFolder } from '../../../src/jobs/create';
import { environmentOfRun } from '../../../src/jobs/environment';
import type { Workspace } from '../../../src/store/workspace';
import { madeModel, madeWorkspace } from './made';

describe("the heap of a trainer's process", () => {
  let workspace: Workspace;
  beforeEach(async () => (workspace = await madeWorkspace()));
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });
  const thresholdOf = async (base: string, env: NodeJS.ProcessEnv = {}): Promise<number> => {
    const { folder } = await createRunFolder(join(workspace.folder, 'runs'), { run: { kind: 'sft', name: base, models: { base }, params: {} }, data: [] });
    return Number((await environmentOfRun(folder, env))['MALLOC_MMAP_THRESHOLD_']);
  };

  it('gives large blocks a mapping of their own where a model is large, beneath an adapter too', async () => {
    assert.ok((await thresholdOf('models/tiny')) > 1e9);
    const large = join(workspace.root, 'models', 'large');
    madeModel(large);
    // A file with a hole: it takes no room.
    truncateSync(join(large, 'model.safetensors'), 700e6);
    assert.ok((await thresholdOf('models/large')) < 1e7);
    const adapter = join(workspace.root, 'models', 'adapter');
    mkdirSync(adapter);
    writeFileSync(join(adapter, 'adapter_config.json'), JSON.stringify({ base_model_name_or_path: '../large' }));
    writeFileSync(join(adapter, 'adapter_model.safetensors'), 'w');
    assert.ok((await thresholdOf('models/adapter')) < 1e7);
    assert.equal(await thresholdOf('models/large', { MALLOC_MMAP_THRESHOLD_: '12345' }), 12345);
  });

  it('leaves a model that is not there to the trainer to tell of', async () => {
    assert.ok((await thresholdOf('models/none')) > 1e9);
  });
});
