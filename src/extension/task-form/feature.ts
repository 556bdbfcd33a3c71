import { commands } from '../contributions';
import type { Feature, Parts } from '../feature';

export function createTaskForm(_parts: Parts): Feature<typeof commands.chooseTask | typeof commands.editTasks> {
  const todo = (): never => {
    throw new Error('to be built');
  };
  return { handlers: { [commands.chooseTask]: todo, [commands.editTasks]: todo }, dispose: () => undefined };
}
