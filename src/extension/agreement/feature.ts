import { commands } from '../contributions';
import type { Feature, Parts } from '../feature';

export function createAgreement(_parts: Parts): Feature<typeof commands.agreement | typeof commands.adjudicate | typeof commands.screening | typeof commands.makeScreening> {
  const todo = (): never => {
    throw new Error('to be built');
  };
  return { handlers: { [commands.agreement]: todo, [commands.adjudicate]: todo, [commands.screening]: todo, [commands.makeScreening]: todo }, dispose: () => undefined };
}
