import * as vscode from 'vscode';
import { disposables } from '../../base/events';
import { commands } from '../contributions';
import type { Feature, Parts } from '../feature';
import { attack } from './attack';
import { addEndpoint, createEndpoints } from './endpoints';
import { takeOverFindings } from './findings';
import { createRedTeamPanel } from './panel';
import { scoreAnswers } from './score-answers';
import { createTalkers } from './targets';

/** Red teaming by people and by runs, endpoints, and scores of reward models. */
export function createRedTeam(parts: Parts): Feature<typeof commands.redTeam | typeof commands.attack | typeof commands.findings | typeof commands.addEndpoint | typeof commands.scoreAnswers> {
  const { context, sessions } = parts;
  const all = disposables();
  const endpoints = createEndpoints(context.secrets);
  const talkers = all.add(createTalkers(vscode.Uri.joinPath(context.extensionUri, 'dist', 'trainer.js').fsPath, endpoints));
  const panel = all.add(createRedTeamPanel(parts, endpoints, talkers));
  return {
    handlers: {
      // With a run: what attack runs have found.
      [commands.redTeam]: async (run) => {
        await sessions.require();
        panel.open(typeof run === 'string' ? { tab: 'automatic' } : undefined);
      },
      [commands.attack]: () => attack(parts, endpoints),
      [commands.findings]: () => takeOverFindings(parts),
      [commands.addEndpoint]: () => addEndpoint(context.secrets),
      [commands.scoreAnswers]: () => scoreAnswers(parts),
    },
    dispose: () => {
      all.dispose();
    },
  };
}
