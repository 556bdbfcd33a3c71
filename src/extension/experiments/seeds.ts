import * as vscode from 'vscode';
import { plural } from '../../base/text';
import { planAny } from '../../jobs/plan-any';
import { groupName, inGroup } from '../../jobs/seeds';
import type { RunKind } from '../../protocol/run';
import { askModel } from '../commands/models';
import { askNumber, choose } from '../commands/steps';
import { commands } from '../contributions';
import { Cancelled, requireTrust, runCommand, setting } from '../edge';
import type { Parts } from '../feature';

/** Kinds of which several seeds say more than one, with the models that each is made from. */
const kinds = {
  ppo: ['reward', 'policy'],
  dpo: ['policy'],
  bestOfN: ['reward', 'policy'],
  reward: ['base'],
  sft: ['base'],
} as const satisfies Partial<Record<RunKind, readonly string[]>>;
type Kind = keyof typeof kinds;

/** Queues runs that differ by their seed only, as one group. */
export async function severalSeeds({ sessions, diagnostics }: Parts, given: unknown): Promise<void> {
  requireTrust();
  const session = await sessions.require();
  const title = vscode.l10n.t('Run with Several Seeds');
  const names: Record<Kind, string> = { ppo: vscode.l10n.t('PPO'), dpo: vscode.l10n.t('DPO'), bestOfN: vscode.l10n.t('Best of n'), reward: vscode.l10n.t('Reward model'), sft: vscode.l10n.t('SFT') };
  const isKind = (value: unknown): value is Kind => typeof value === 'string' && value in kinds;
  const kind = isKind(given) ? given : await choose(title, vscode.l10n.t('What is to be run? One run alone may be luck.'), (Object.keys(kinds) as Kind[]).map((value) => ({ label: names[value], ...(value === 'ppo' ? { description: vscode.l10n.t('how many of them end above their start?') } : {}), value })));
  const models: Record<string, string> = {};
  for (const role of kinds[kind]) {
    const chosen = await askModel(session, role === 'reward' ? 'reward' : 'policy', role === 'reward' ? vscode.l10n.t('Several Seeds: By Which Reward Model?') : vscode.l10n.t('Several Seeds: From Which Language Model?'));
    if (chosen !== undefined) models[role] = chosen;
  }
  const count = await choose(title, vscode.l10n.t('How many seeds?'), [...[5, 3, 10, 20].map((n) => ({ label: plural(n, 'seed'), ...(n === 5 ? { description: vscode.l10n.t('a first idea of the spread') } : {}), value: n })), { label: vscode.l10n.t('Another Number…'), value: 0 }]);
  const seeds = count === 0 ? await askNumber(title, vscode.l10n.t('How many seeds?'), 5, 2, 100) : count;
  const updates = kind === 'ppo' ? await askUpdates(title) : undefined;
  const context = { workspace: session.workspace, runs: session.runs.list() };
  const group = groupName(names[kind], new Date().toISOString());
  // All are planned before the first begins: what is missing is said before anything has cost time.
  const planned = [];
  for (let seed = 0; seed < seeds; seed++) {
    planned.push(inGroup(await planAny(context, { run: kind, models, params: updates === undefined ? {} : { updates }, seed, name: vscode.l10n.t('{0}, seed {1}', names[kind], seed) }, { threads: setting('plumbline.threads'), device: setting('plumbline.device') }), group));
  }
  diagnostics.set('plan', planned[0]?.problems ?? []);
  const yes = vscode.l10n.t('Queue Them');
  const sure = await vscode.window.showInformationMessage(vscode.l10n.t('Queue {0} that differ by their seed only?', plural(seeds, 'run')), { modal: true, detail: planned[0]?.says ?? '' }, yes);
  if (sure !== yes) throw new Cancelled();
  for (const { plan } of planned) await session.runs.submit(plan);
  await runCommand(commands.experiments);
}

/** Undefined leaves it to the project. */
function askUpdates(title: string): Promise<number | undefined> {
  return choose<number | undefined>(title, vscode.l10n.t('How long?'), [
    { label: vscode.l10n.t('As the project proposes'), value: undefined },
    ...[5, 10, 20, 40, 100].map((n) => ({ label: plural(n, 'update'), value: n })),
  ]);
}
