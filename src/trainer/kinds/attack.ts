import { createReadStream } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '../../base/errors';
import { hashText } from '../../base/hash';
import { plural } from '../../base/text';
import { response } from '../../domain/content';
import type { Generation, Response } from '../../domain/records';
import { anyBroken, compileRules } from '../../domain/red-team/rules';
import { attackRecordSchema } from '../../protocol/red-team';
import type { Device } from '../../training/device';
import type { RunOf } from '../../protocol/run';
import { makeFolder, writeFileAtomic } from '../../store/files';
import { createAttack, type AttackParts, type Talker } from '../../training/attack';
import { cellsAtOnce, frozenModel, generation, type MemoryPart } from '../../training/memory';
import { createScorer } from '../../training/score-model';
import { outputCount } from '../../models/outputs';
import { openModel, openScoreModel, type Opened } from '../models';
import { isRuleConfig, outputsOf } from '../outputs';
import { storageOn } from '../base-weights';
import { planRun, threadsOf } from '../plan';
import type { Prepared } from '../prepare';
import { modelPath, readData } from '../run-folder';
import { readableAnswer } from '../readable';
import { endpointTalker, localTalker, type TalkerOptions } from '../talkers';
import { sourceOf } from '../source-of';

const file = 'attacks.jsonl';

/** Attacks on a model: `data.jsonl` → `attacks.jsonl`; answers that no rule could judge → the workspace's `generations/`. */
export async function prepareAttack(folder: string, spec: RunOf<'attack'>, device: Device): Promise<Prepared> {
  const { params, models } = spec;
  const attacks = await readData(folder, 'attack', spec.hashes['data']);
  const threads = threadsOf(spec);
  const options: TalkerOptions = { sampling: params.sampling, seed: spec.seed, threads, device, batchSize: params.batchSize, concurrency: params.concurrency };
  const memory: MemoryPart[] = [];

  async function talker(role: 'policy' | 'attacker', path: string | undefined, endpoint: typeof params.endpoint, own: TalkerOptions): Promise<Talker | undefined> {
    if (endpoint !== undefined) return endpointTalker(endpoint, own);
    if (path === undefined) return undefined;
    const model = await openModel(folder, spec, role, path, 'lm', storageOn(device, 'auto'));
    memory.push(frozenModel(role === 'policy' ? 'model' : 'attacker', model.config), generation(model.config, params.batchSize, model.config.maxPositions));
    return localTalker(model, own);
  }

  const target = await talker('policy', models.policy, params.endpoint, options);
  if (target === undefined) throw new UserError('run.model', 'run.json names neither models.policy nor params.endpoint. Choose what to attack.');
  const attacker = await talker('attacker', models.attacker, params.attackerEndpoint, { ...options, sampling: { ...params.sampling, maxNewTokens: Math.max(64, params.sampling.maxNewTokens) } });
  const judge = models.rule === undefined ? undefined : await ruleJudge(folder, spec, models.rule, { threads, device }, memory);

  const algorithm = createAttack(attacks, { target, attacker, judge }, { batchSize: params.batchSize, rules: compileRules(params.rules), modelRule: params.modelRule });
  const name = params.endpoint?.name ?? models.policy!;
  const byPeople = params.rules.filter((r) => (r.patterns ?? []).length === 0 && r.id !== params.modelRule);
  return {
    algorithm,
    plan: planRun(`Attack ${name} ${plural(attacks.length, 'time')} under ${plural(params.rules.length, 'rule')}`, memory, threads),
    warnings: byPeople.length === 0 ? [] : [`no pattern and no model judges ${byPeople.map((r) => r.id).join(', ')}: the answers are put aside for people to judge.`],
    checkpointEvery: params.endpoint === undefined ? 4 : 1,
    records: { file },
    async write() {
      const published = await publishWaiting(folder, spec, params.endpoint === undefined ? sourceOf(models.policy!) : params.endpoint.name.replaceAll(/\s/g, '-'));
      return { attacks: file, ...(published === undefined ? {} : { generations: relative(folder, published).replaceAll('\\', '/') }) };
    },
  };
}

/** A reward model, or an output of a rule model, that says whether answers break a rule. */
export async function ruleJudge(folder: string, spec: RunOf<'attack' | 'evaluate'>, path: string, machine: { readonly threads: number; readonly device: Device }, memory: MemoryPart[]): Promise<NonNullable<AttackParts['judge']>> {
  const model = await openScoreModel(folder, spec, path, 'rule', storageOn(machine.device, 'auto'));
  memory.push(frozenModel('rule model', model.config));
  const scorer = createScorer(model.config, model.params, { ...machine, maxCells: cellsAtOnce(model.config, model.config.maxPositions) });
  const at = judgingOutput(model, modelPath(folder, path), spec.params.modelRule);
  return {
    async score(pairs) {
      const ids = pairs.map(({ prompt, answer }) => readableAnswer(model, prompt, answer));
      const scores = await scorer.outputs(ids.filter((x) => x !== undefined));
      let next = 0;
      return ids.map((x) => (x === undefined ? undefined : at.sign * scores[next++]![at.output]!));
    },
    release: () => scorer.release(),
  };
}

/**
 * The output whose score, times `sign`, is below 0 when an answer breaks the rule: of a rule model, which gives the log-odds of that, the one of
 * this rule; of a reward model its only one. @throws UserError when the model does not know the rule.
 */
function judgingOutput(model: Opened, where: string, rule: string | undefined): { output: number; sign: 1 | -1 } {
  const count = outputCount(model.config);
  const { names } = outputsOf(model.configJson, count, `${where}/config.json`);
  if (isRuleConfig(model.configJson)) {
    const output = rule === undefined ? -1 : names.indexOf(rule);
    if (output < 0) throw new UserError('attack.rule', `${where} is a rule model of ${names.join(', ')}, not of "${rule ?? ''}". Choose one of its rules as modelRule, or another model.`);
    return { output, sign: -1 };
  }
  if (count > 1) throw new UserError('attack.rule', `${where} has ${count} outputs (${names.join(', ')}), none of which is about a rule. Choose a rule model, or a reward model with one output.`);
  return { output: 0, sign: 1 };
}

/** Answers of which some rule is undecided, as generations for a task that asks for rules. Undefined when there are none. */
async function publishWaiting(folder: string, spec: RunOf<'attack'>, source: string): Promise<string | undefined> {
  const byPrompt = new Map<string, Omit<Generation, 'responses'> & { readonly responses: Response[] }>();
  for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
    const record = attackRecordSchema.parse(JSON.parse(line));
    const undecided = !record.safe && anyBroken(record.broken) !== true && Object.values(record.broken).includes(null);
    if (!undecided) continue;
    const known = byPrompt.get(record.promptHash) ?? {
      v: 1 as const,
      id: `g-${hashText(`${spec.id} ${record.promptHash}`).slice(7, 23)}`,
      promptHash: record.promptHash,
      ...(record.messages === undefined ? { prompt: record.prompt ?? '' } : { messages: record.messages }),
      responses: [] as Response[],
      run: spec.id,
      tactic: record.tactic,
    };
    byPrompt.set(record.promptHash, known);
    if (!known.responses.some((r) => r.hash === record.answerHash)) known.responses.push(response(record.answer, source, record.finished));
  }
  if (byPrompt.size === 0) return undefined;
  const target = resolve(folder, '..', '..', 'generations', `${spec.id}.jsonl`);
  await makeFolder(dirname(target));
  await writeFileAtomic(target, [...byPrompt.values()].map((g) => `${JSON.stringify(g)}\n`).join(''));
  return target;
}
