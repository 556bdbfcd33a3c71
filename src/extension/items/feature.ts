import { commands } from '../contributions';
import type { Feature, Parts } from '../feature';

export function createItems(_parts: Parts): Feature<typeof commands.items> {
  const todo = (): never => {
    throw new Error('to be built');
  };
  return { handlers: { [commands.items]: todo }, dispose: () => undefined };
}
