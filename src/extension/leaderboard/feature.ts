import { commands } from '../contributions';
import type { Feature, Parts } from '../feature';

export function createLeaderboard(_parts: Parts): Feature<typeof commands.leaderboard> {
  const todo = (): never => {
    throw new Error('to be built');
  };
  return { handlers: { [commands.leaderboard]: todo }, dispose: () => undefined };
}
