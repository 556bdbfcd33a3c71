import { commands } from '../contributions';
import type { Feature, Parts } from '../feature';
import { makeScreening } from './make-screening';
import { createAgreementPanel } from './panel';

/** Agreement between labelers, who they are, the settling of disputes, and screening. Each command may be given a task's id. */
export function createAgreement(parts: Parts): Feature<typeof commands.agreement | typeof commands.adjudicate | typeof commands.screening | typeof commands.makeScreening> {
  const { sessions } = parts;
  const panel = createAgreementPanel(parts);
  const taskOf = (argument: unknown): { task?: string } => (typeof argument === 'string' ? { task: argument } : {});
  return {
    handlers: {
      [commands.agreement]: async (task) => {
        await sessions.require();
        panel.open(taskOf(task));
      },
      [commands.adjudicate]: async (task) => {
        await sessions.require();
        parts.label({ ...taskOf(task), mode: 'adjudicate' });
      },
      [commands.screening]: async (task) => {
        await sessions.require();
        parts.label({ ...taskOf(task), mode: 'screening' });
      },
      [commands.makeScreening]: (task) => makeScreening(sessions, taskOf(task).task),
    },
    dispose: () => {
      panel.dispose();
    },
  };
}
