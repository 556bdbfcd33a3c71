import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError, messageOf } from '../base/errors';
import { mutations } from '../domain/red-team/mutations';
import { readyRules } from '../domain/red-team/rules';
import { bundledSeeds } from '../domain/red-team/seeds';
import type { Seed } from '../domain/red-team/seeds';
import { readSeeds } from '../formats/attack-seeds';
import { decodeText } from '../formats/text';
import { planAttack } from '../jobs/plan-attack';
import { endpointSchema } from '../protocol/endpoint';
import type { Endpoint } from '../protocol/endpoint';
import { readProject } from '../store/project-file';
import { warn, workspaceOf } from './context';
import type { GlobalOptions } from './context';
import { execute } from './execute';
import { addRunFlags, planOptions, positive, repeated, whole } from './flags';
import type { RunFlags } from './flags';

interface AttackFlags extends RunFlags {
  readonly policy?: string;
  readonly endpoint?: string;
  readonly model?: string;
  readonly seeds?: string[];
  readonly prompts?: string[];
  readonly mutation?: string[];
  readonly perSeed?: number;
  readonly samples?: number;
  readonly depth?: number;
  readonly limit?: number;
  readonly attacker?: string;
  readonly rule?: string;
  readonly modelRule?: string;
  readonly readyRules?: boolean;
  readonly temperature?: number;
  readonly maxNewTokens?: number;
  readonly batchSize?: number;
}

/** `plumbline attack`. */
export function addAttack(program: Command): void {
  const command = program
    .command('attack')
    .summary('try to make a model break the rules')
    .description('Sends seeds under mutations to a model and judges the answers by the rules of project.json (by ready-made ones when it has none): attack success rates by rule and tactic with Wilson intervals. Attacks that worked before (red-team/checks.jsonl) are tried again.')
    .option('--policy <model>', 'the model to attack: a name in project.json, a run, or a folder (default: the first model of project.json)')
    .option('--endpoint <url>', 'an OpenAI-compatible server to attack instead; its key is taken from PLUMBLINE_API_KEY')
    .option('--model <name>', 'the model of the server')
    .option('--seeds <file>', 'a list of prompts (CSV, JSONL) with "prompt" and perhaps "label" (safe, unsafe); may be repeated (default: the bundled seeds)', repeated)
    .option('--prompts <set>', 'a set of prompts of the workspace as seeds; may be repeated', repeated)
    .option('--mutation <name>', `one of ${mutations.map((m) => m.id).join(', ')}; may be repeated (default: all)`, repeated)
    .option('--per-seed <n>', 'mutations of each seed (default: 2)', whole(1))
    .option('--samples <n>', 'attempts at each attack (default: 1)', whole(1))
    .option('--depth <n>', 'messages of an attack over several turns (default: 3)', whole(1))
    .option('--limit <n>', 'at most so many seeds, drawn by the seed', whole(1))
    .option('--attacker <model>', 'a language model that rewrites every seed as well')
    .option('--rule <model>', 'a reward model that judges one rule: a score below 0 breaks it')
    .option('--model-rule <rule>', 'the rule that it judges (default: the first without patterns)')
    .option('--ready-rules', 'use the ready-made rules instead of the project\'s')
    .option('--temperature <t>', 'sampling temperature', positive)
    .option('--max-new-tokens <n>', 'longest answer', whole(1))
    .option('--batch-size <n>', 'attacks a step', whole(1));
  addRunFlags(command)
    .addHelpText('after', '\nExamples:\n  plumbline attack --ready-rules\n  plumbline attack --policy last --seeds xstest.csv --per-seed 3')
    .action(async (_flags: unknown, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & AttackFlags>();
      const workspace = await workspaceOf(options);
      const seeds = await seedsOf(options);
      const endpoint = endpointOf(options);
      const { project } = await readProject(workspace);
      const params = { batchSize: options.batchSize, sampling: { temperature: options.temperature, maxNewTokens: options.maxNewTokens } };
      const { policy, attacker, rule, modelRule, mutation, perSeed, samples, depth, limit, prompts } = options;
      const given = Object.fromEntries(Object.entries({ policy, attacker, rule, modelRule, mutations: mutation, perSeed, samples, depth, limit, sets: prompts, endpoint }).filter(([, v]) => v !== undefined));
      await execute(options, options, workspace, (runs) =>
        planAttack({ workspace, runs: runs.list() }, { ...planOptions(options, params), ...given, seeds, ...(options.readyRules === true || project.rules.length === 0 ? { rules: readyRules } : {}) }),
      );
    });
}

async function seedsOf({ seeds, prompts }: AttackFlags): Promise<readonly Seed[]> {
  if (seeds === undefined) return prompts === undefined ? bundledSeeds : [];
  const all: Seed[] = [];
  for (const name of seeds) {
    const file = resolve(name);
    const bytes = await readFile(file).catch((error: unknown) => {
      throw new UserError('cli.seeds', `${file} cannot be read: ${messageOf(error)}`);
    });
    const { text, problems } = decodeText(bytes, file);
    const read = readSeeds(basename(file), text, file);
    warn([...problems, ...read.problems]);
    all.push(...read.records);
  }
  return all;
}

function endpointOf({ endpoint, model }: AttackFlags): Endpoint | undefined {
  if (endpoint === undefined) return undefined;
  const parsed = endpointSchema.safeParse({ name: model ?? endpoint, url: endpoint, model });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError('cli.endpoint', issue?.path[0] === 'model' ? 'Say which model of the server is meant: --model NAME.' : `--endpoint ${endpoint}: ${issue?.message ?? 'not an address'}.`);
}
