import { commands } from '../contributions';
import type { Feature, Parts } from '../feature';
import { scoreAnswers } from './score-answers';

export function createRedTeam(parts: Parts): Feature<typeof commands.redTeam | typeof commands.attack | typeof commands.findings | typeof commands.addEndpoint | typeof commands.scoreAnswers> {
  const todo = (): never => {
    throw new Error('to be built');
  };
  return { handlers: { [commands.redTeam]: todo, [commands.attack]: todo, [commands.findings]: todo, [commands.addEndpoint]: todo, [commands.scoreAnswers]: () => scoreAnswers(parts) }, dispose: () => undefined };
}
