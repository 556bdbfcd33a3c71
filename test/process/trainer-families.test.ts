import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tokenizerConfigJson, tokenizerJson } from '../unit/training/tiny';
import { createWorkspace, eventsOf, examples, run, type Workspace } from './trainer-folder';

describe('trainer process on other families than Llama', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });

  // Learned positions and flipped matrices; windows, nested rope settings and irregular class names.
  for (const family of ['gpt2', 'gemma3']) {
    it(`${family}: supervised, reward model, PPO and answers, each from the folder before`, async () => {
      const base = join(workspace.root, family);
      cpSync(`test/fixtures/models/${family}`, base, { recursive: true });
      writeFileSync(join(base, 'tokenizer.json'), JSON.stringify(tokenizerJson));
      writeFileSync(join(base, 'tokenizer_config.json'), JSON.stringify(tokenizerConfigJson));
      const finished = async (kind: keyof typeof examples, models: object, params: object): Promise<string> => {
        const folder = workspace.run(`${family}-${kind}`, kind, { models, params }, examples[kind]);
        const { code, stdout, stderr } = await run(folder);
        assert.equal(code, 0, stderr + stdout);
        assert.equal(eventsOf(folder, 'finished').length, 1);
        return folder;
      };
      const sft = await finished('sft', { base: family }, { batchSize: 8, maxSteps: 3, maxLength: 32 });
      const reward = await finished('reward', { base: join(sft, 'model') }, { batchSize: 8, epochs: 1, maxLength: 32, lora: { rank: 2 } });
      const sampling = { temperature: 1, maxNewTokens: 6 };
      const ppo = await finished('ppo', { policy: join(sft, 'model'), reward: join(reward, 'model') }, { updates: 2, batchSize: 8, sampling });
      const answers = await finished('generate', { policy: join(ppo, 'model') }, { n: 2, batchSize: 8, sampling });
      assert.ok(existsSync(join(answers, 'generations.jsonl')));
      const classes = [sft, reward, ppo].map((f) => (JSON.parse(readFileSync(join(f, 'model', 'config.json'), 'utf8')) as { architectures: string[] }).architectures[0]);
      assert.deepEqual(classes, family === 'gpt2' ? ['GPT2LMHeadModel', 'GPT2ForSequenceClassification', 'GPT2LMHeadModel'] : ['Gemma3ForCausalLM', 'Gemma3TextForSequenceClassification', 'Gemma3ForCausalLM']);
    });
  }
});
