import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../../base/errors';
import { hashText } from '../../base/hash';
import type { RunOf } from '../../protocol/run';
import { answerText } from '../../training/answers';
import type { Resources } from '../../training/algorithm';
import type { Device } from '../../training/device';
import { frozenModel, type MemoryPart } from '../../training/memory';
import type { RewardPart } from '../../training/reward-parts';
import { rulePart } from '../../training/reward-rules';
import { createRuleScorer } from '../../training/rule-model';
import { storageOn } from '../base-weights';
import { checkSameTokens, openRuleModel, type Opened } from '../models';
import { modelPath } from '../run-folder';
import { openProgram } from './client';

/** What counts beside the reward model, and what it takes. */
export interface RewardParts {
  readonly list: readonly RewardPart[];
  readonly memory: readonly MemoryPart[];
  /** For the plan of the run. */
  readonly words: string;
}

/** Opens the rule model and the programmed reward that a run names. @throws UserError when one is not as the run was made with, or does not fit. */
export async function rewardParts(folder: string, spec: RunOf<'ppo'>, policy: Opened, resources: Resources & { readonly device: Device }): Promise<RewardParts> {
  const { params, models } = spec;
  const list: RewardPart[] = [];
  const memory: MemoryPart[] = [];
  const words: string[] = [];
  if (models.rule !== undefined) {
    const model = await openRuleModel(folder, spec, models.rule, 'rule', storageOn(resources.device, params.base));
    checkSameTokens(policy, model);
    const unknown = Object.keys(params.rules.penalties).find((rule) => !model.rules.includes(rule));
    if (unknown !== undefined) throw new UserError('run.rules', `params.rules.penalties names "${unknown}", which is no rule of ${models.rule}. It knows: ${model.rules.join(', ')}.`);
    list.push(rulePart(createRuleScorer(model.config, model.params, resources), model.rules, params.rules));
    memory.push(frozenModel('rule model', model.config));
    words.push(`penalties for breaking ${model.rules.join(', ')}`);
  }
  if (models.program !== undefined) {
    list.push(await programPart(folder, models.program, spec.hashes['program'], policy, params.program));
    memory.push({ what: 'programmed reward', bytes: params.program.memoryMb * 1e6 });
    words.push(models.program);
  }
  return { list, memory, words: words.map((w) => ` and ${w}`).join('') };
}

async function programPart(folder: string, name: string, hash: string | undefined, policy: Opened, { weight, timeoutMs, memoryMb }: RunOf<'ppo'>['params']['program']): Promise<RewardPart> {
  const path = modelPath(folder, name);
  const source = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError('run.program', `cannot read the programmed reward ${path}: ${messageOf(error)}`);
  });
  if (hash !== undefined && hashText(source) !== hash) throw new UserError('run.program', `${path} is no longer the program that the run was made with (its hash differs). Put the old one back or start a new run.`);
  const program = await openProgram(join(__dirname, 'reward-program.js'), { source, name, timeoutMs, memoryMb });
  return {
    name: 'program',
    async score(prompts, completions) {
      const scores = new Float64Array(completions.length);
      for (const [i, completion] of completions.entries()) {
        const { text, reference, tags } = prompts[i]!;
        scores[i] = weight * (await program.score({ prompt: text, answer: answerText(policy.tokenizer, completion), ...(reference === undefined ? {} : { reference }), ...(tags === undefined ? {} : { tags }) }));
      }
      return scores;
    },
    release: () => program.dispose(),
  };
}
