import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseModelConfig } from '../../../src/models/config';
import type { Completion, Generator } from '../../../src/models/generate';
import { view } from '../../../src/models/params';
import type { Metrics } from '../../../src/training/algorithm';
import { createPpo, type PpoSettings } from '../../../src/training/ppo';
import type { Assessment } from '../../../src/training/ppo-assess';
import type { Rollout } from '../../../src/training/ppo-metrics';
import { paramsOf, unpack, type Tensors } from '../engine/fixture';
import { configJson, runSteps, tinyModel } from './tiny';

/** See `test/fixtures/ppo/make.py`: whole iterations of PPO in plain PyTorch. */
interface Fixture {
  readonly texts: readonly number[][];
  readonly prompts: readonly number[][];
  readonly policy: Tensors;
  readonly reward: Tensors;
  readonly cases: readonly {
    readonly name: string;
    readonly mean: number;
    readonly std: number;
    readonly settings: PpoSettings;
    readonly iterations: readonly {
      readonly prompts: readonly number[][];
      readonly answers: readonly number[][];
      readonly logProbs: readonly number[][];
      readonly values: readonly number[][];
      readonly rewards: readonly number[][];
      readonly advantages: readonly number[][];
      readonly returns: readonly number[][];
      readonly scores: readonly number[];
      readonly metrics: Metrics;
    }[];
    readonly policy: Tensors;
    readonly critic: Tensors;
  }[];
}

const fixture = JSON.parse(readFileSync('test/fixtures/ppo/expected.json', 'utf8')) as Fixture;
const config = parseModelConfig({ ...configJson, rms_norm_eps: 1e-6 }, 'fixture');
const { tokenizer } = tinyModel('lm');
const tolerance = 1e-4;

function close(got: number | undefined, want: number, what: string): void {
  assert.ok(Math.abs(got! - want) <= tolerance * Math.max(1, Math.abs(want)), `${what} is ${got}, PyTorch has ${want}`);
}

function allClose(got: readonly ArrayLike<number>[], want: readonly (readonly number[])[], what: string): void {
  assert.deepEqual(got.map((x) => x.length), want.map((x) => x.length), what);
  want.forEach((row, e) => { row.forEach((x, t) => { close(got[e]![t], x, `${what} of token ${t} of episode ${e}`); }); });
}

describe('ppo against plain PyTorch', function () {
  this.timeout(120_000);

  for (const { name, mean, std, settings, iterations, policy: tunedPolicy, critic: tunedCritic } of fixture.cases) {
    it(`makes the same two iterations: ${name}`, async () => {
      const policy = { config, tokenizer, params: paramsOf(config, 'lm', fixture.policy) };
      const reward = { config, tokenizer, params: paramsOf(config, 'score', fixture.reward), mean, std };
      const critic = { config, params: paramsOf(config, 'score', fixture.reward) };
      // The very answers that PyTorch drew, with its log-probabilities; that they are ours is checked by the gate of the first update.
      let at = 0;
      const generator: Generator = {
        generate(asked) {
          const { prompts, answers, logProbs } = iterations[at++]!;
          assert.deepEqual(asked, prompts);
          return Promise.resolve(answers.map((ids, e): Completion => ({ ids, logprobs: logProbs[e]!, finished: ids.at(-1) === tokenizer.eosIds[0] })));
        },
        score: () => Promise.reject(new Error('not asked for')),
        update: () => Promise.resolve(),
        rest: () => Promise.resolve(),
        release: () => Promise.resolve(),
      };
      const seen: { rollout: Rollout; assessment: Assessment }[] = [];
      const algorithm = createPpo(policy, reward, { train: fixture.prompts.map((ids) => ({ text: '', ids })), test: [], ptx: fixture.texts.map((ids) => ({ ids, start: 1 })) }, settings, { threads: 1, maxCells: 8192 }, {
        critic,
        generator,
        look: (rollout, assessment) => seen.push({ rollout, assessment }),
      });
      const { events } = await runSteps(algorithm);
      await algorithm.release();
      const steps = events.flatMap((e) => (e.type === 'step' ? [e.metrics] : []));
      assert.equal(steps.length, iterations.length);
      iterations.forEach((want, i) => {
        const { rollout, assessment } = seen[i]!;
        allClose([rollout.scores], [want.scores], `the score in iteration ${i + 1}`);
        allClose(rollout.values, want.values, `the value in iteration ${i + 1}`);
        allClose(assessment.rewards, want.rewards, `the reward in iteration ${i + 1}`);
        allClose(assessment.advantages, want.advantages, `the advantage in iteration ${i + 1}`);
        allClose(assessment.returns, want.returns, `the return in iteration ${i + 1}`);
        for (const [metric, value] of Object.entries(want.metrics)) close(steps[i]![metric], value, `${metric} in iteration ${i + 1}`);
      });
      assert.ok(iterations[1]!.metrics['objective/kl']! > 0.01, 'the second iteration has something to penalise');
      for (const [model, tensors] of [[policy, tunedPolicy], [critic, tunedCritic]] as const) {
        for (const [tensor, packed] of Object.entries(tensors)) allClose([view(model.params, tensor)], [[...unpack(packed)]], tensor);
      }
    });
  }

  it('covers answers that end and answers that do not', () => {
    const ended = fixture.cases.flatMap((c) => c.iterations.flatMap((i) => i.answers.map((a) => a.at(-1) === tokenizer.eosIds[0])));
    assert.ok(ended.includes(true) && ended.includes(false));
    assert.ok(fixture.cases[1]!.iterations.some((i) => i.answers.some((a) => a.at(-1) === tokenizer.eosIds[0] && a.length < 5)), 'one that leaves room after its end');
  });
});
