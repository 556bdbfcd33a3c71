import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { join } from 'node:path';
import { createRng } from '../../src/base/rng';
import { runTrainer } from '../../src/trainer/trainer';
import { tokenizerConfigJson, tokenizerJson } from '../unit/training/tiny';
import { createWorkspace, eventsOf, examples, type Workspace } from './trainer-folder';

const fixtures = readdirSync('test/fixtures/models').filter((name) => existsSync(`test/fixtures/models/${name}/expected.json`));
type Kind = 'sft' | 'reward' | 'ppo';
/** Beside supervised learning, which every family does; each family does one of these, and all of them with PLUMBLINE_RUNS, which is the number of instants. */
const others: readonly { kind: Kind; lora: boolean }[] = [{ kind: 'sft', lora: true }, { kind: 'reward', lora: false }, { kind: 'reward', lora: true }, { kind: 'ppo', lora: false }, { kind: 'ppo', lora: true }];
/** Instants of a run: three checkpoints, the files of the model and its folder; with LoRA those of the adapter, too. */
const atLeast = { plain: 16, lora: 22 };

/** Three steps, each with a checkpoint. */
const params: Record<Kind, object> = {
  sft: { maxSteps: 3, batchSize: 6, maxLength: 32, checkpointEvery: 1, optimizer: { learningRate: 0.01 } },
  reward: { maxSteps: 3, batchSize: 6, maxLength: 32, checkpointEvery: 1, optimizer: { learningRate: 0.01 } },
  ppo: { updates: 3, batchSize: 4, miniBatches: 1, epochs: 1, evalPrompts: 2, evalEvery: 2, checkpointEvery: 1, sampling: { maxNewTokens: 4 }, kl: { controller: 'adaptive' } },
};

/**
 * What `kill -9` leaves behind is what is on disk at that instant. These tests run the trainer in this process and copy its folder before and after
 * each rename, the instants at which something becomes true, and resume from a copy. That costs a fraction of a process that is killed, so that every
 * family can have its turn. `trainer.test.ts` kills real processes.
 */
describe('trainer cut off at an instant, of every family', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  const rng = createRng(process.hrtime.bigint().toString());
  const runs = process.env['PLUMBLINE_RUNS'] === undefined ? undefined : Number(process.env['PLUMBLINE_RUNS']);
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });

  /** A reward model with the family's own vocabulary. */
  const judge = async (fixture: string): Promise<string> => {
    const folder = workspace.run(`${fixture}-judge`, 'reward', { models: { base: fixture }, params: { ...params.reward, maxSteps: 1 } }, examples.reward);
    if (!existsSync(join(folder, 'model'))) await quietly(() => trainer(folder));
    return join(folder, 'model');
  };

  for (const [index, fixture] of fixtures.entries()) {
    const cases = runs === undefined ? [{ kind: 'sft' as const, lora: false }, others[index % others.length]!] : [{ kind: 'sft' as const, lora: false }, ...others];
    it(`${fixture}: ${cases.map(({ kind, lora }) => kind + (lora ? ' with LoRA' : '')).join(', ')}`, async () => {
      const base = join(workspace.root, fixture);
      cpSync(`test/fixtures/models/${fixture}`, base, { recursive: true });
      writeFileSync(join(base, 'tokenizer.json'), JSON.stringify(tokenizerJson));
      writeFileSync(join(base, 'tokenizer_config.json'), JSON.stringify(tokenizerConfigJson));
      for (const { kind, lora } of cases) {
        const models = kind === 'ppo' ? { policy: fixture, reward: await judge(fixture) } : { base: fixture };
        const whole = workspace.run(`${fixture}-${kind}${lora ? '-lora' : ''}`, kind, { models, params: { ...params[kind], ...(kind === 'sft' && { packing: index % 2 === 0 }), ...(lora && { lora: { rank: 2, targets: 'all-linear' } }) } }, examples[kind]);
        const copies: string[] = [];
        const instants = new Set(Array.from({ length: runs ?? 1 }, () => rng.int(lora ? atLeast.lora : atLeast.plain)));
        const met = await quietly(() => copying(whole, instants, copies, () => trainer(whole)));
        assert.ok(met >= (lora ? atLeast.lora : atLeast.plain), `${met} instants`);
        assert.equal(copies.length, instants.size);
        for (const copy of copies) {
          await quietly(() => trainer(copy));
          assert.deepEqual(resultOf(copy), resultOf(whole), `other bytes after ${copy}`);
          assert.deepEqual(eventsOf(copy, 'warning').map((e) => e.message), eventsOf(whole, 'warning').map((e) => e.message));
          rmSync(copy, { recursive: true });
        }
      }
    });
  }
});

async function trainer(folder: string): Promise<void> {
  const code = await runTrainer(folder);
  assert.equal(code, 0, JSON.stringify(eventsOf(folder, 'failed')));
}

/** Does `work`, and copies `folder` at some of the instants: before and after each rename, counted from 0. @returns how many there were. */
async function copying(folder: string, instants: ReadonlySet<number>, copies: string[], work: () => Promise<void>): Promise<number> {
  const { rename } = promises;
  let met = 0;
  const instant = (): void => {
    if (!instants.has(met++)) return;
    const to = `${folder}-at-${met}`;
    cpSync(folder, to, { recursive: true });
    copies.push(to);
  };
  promises.rename = async (...args) => {
    instant();
    await rename(...args);
    instant();
  };
  try {
    await work();
  } finally {
    promises.rename = rename;
  }
  return met;
}

/** All files of what a run made. */
function resultOf(folder: string): Record<string, string> {
  const files = ['model', 'adapter'].filter((part) => existsSync(join(folder, part))).flatMap((part) => readdirSync(join(folder, part)).map((file) => join(part, file)));
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(join(folder, file)).toString('base64')]));
}

/** What a trainer says is not for the report of the tests. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { log, error } = console;
  console.log = console.error = () => undefined;
  try {
    return await work();
  } finally {
    Object.assign(console, { log, error });
  }
}
