import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWorkspace, eventsOf, run, type Workspace } from './trainer-folder';

/** Gigabytes behind a phrase of a trainer's output, such as “About 1.2 GB”. */
function gigabytesIn(text: string, phrase: RegExp): number {
  const [, number, unit] = phrase.exec(text) ?? assert.fail(`no ${String(phrase)} in ${text}`);
  return Number(number) * (unit === 'GB' ? 1 : 1e-3);
}

/** A model whose activations are far larger than its weights, so that the budget decides. */
const config = { model_type: 'llama', vocab_size: 32, hidden_size: 64, intermediate_size: 768, num_hidden_layers: 6, num_attention_heads: 4, num_key_value_heads: 4, max_position_embeddings: 512, rms_norm_eps: 1e-5, rope_theta: 10000, tie_word_embeddings: true };
const long = Array.from({ length: 16 }, (_, i) => ({ prompt: 'red', completion: Array.from({ length: 180 + i }, (_x, k) => ['red', 'blue', 'good'][(i * k) % 3]).join(' '), split: 'train' }));

describe('two trainer processes at once', function () {
  this.timeout(240_000);
  let workspace: Workspace;
  before(async () => {
    workspace = await createWorkspace();
  });
  after(() => {
    workspace.remove();
  });

  it('stay within their budgets, and each gives what it gives alone', async () => {
    const params = { batchSize: 16, maxSteps: 1, maxLength: 256, evalEvery: 0, deNovo: { config, tokenizer: 'policy' } };
    const made = (id: string, memoryBudget: number | 'auto', seed: number): string => workspace.run(id, 'sft', { params: { ...params, memoryBudget }, seed }, long);
    const budget = 0.3;
    const [first, second] = [made('first', budget, 1), made('second', budget, 2)];
    const ended = await Promise.all([first, second].map((folder) => run(folder)));
    for (const [i, { code, stdout, stderr }] of ended.entries()) {
      assert.equal(code, 0, stderr);
      const plan = eventsOf([first, second][i]!, 'started')[0]!.plan!;
      const [planned, peak] = [gigabytesIn(plan, /About ([\d.]+) ([GM]B)/), gigabytesIn(stdout, /with at most ([\d.]+) ([GM]B)/)];
      assert.ok(planned <= budget, plan);
      assert.ok(peak <= budget, `took ${peak} GB of ${budget}: ${plan}`);
    }
    // It is the budget that made them small.
    const free = made('free', 'auto', 1);
    assert.equal((await run(free)).code, 0);
    assert.ok(gigabytesIn(eventsOf(free, 'started')[0]!.plan!, /About ([\d.]+) ([GM]B)/) > budget, eventsOf(free, 'started')[0]!.plan);
    const alone = made('alone', budget, 1);
    assert.equal((await run(alone)).code, 0);
    assert.deepEqual(readFileSync(join(alone, 'model', 'model.safetensors')), readFileSync(join(first, 'model', 'model.safetensors')));
  });
});
