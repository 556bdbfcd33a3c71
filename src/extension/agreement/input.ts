import { agreementCollector } from '../../domain/agreement/input';
import type { AgreementInput } from '../../domain/agreement/report';
import type { TaskForm } from '../../domain/tasks';
import type { Data } from '../session';

/** So many labels are taken between two looks at what else the editor has to do. */
const slice = 500;

/**
 * The columns that agreement is computed from, made in slices so that the editor's thread is never held.
 * Undefined when `stale` says that nobody wants them any more.
 */
export async function agreementInput(data: Data, form: TaskForm, stale: () => boolean): Promise<AgreementInput | undefined> {
  const collector = agreementCollector(form, data.byKey(form.id), data.screening.flatMap((s) => s.records));
  const { labels } = data;
  for (let from = 0; from < labels.length; from += slice) {
    for (const label of labels.slice(from, from + slice)) collector.add(label);
    await new Promise((resolve) => setImmediate(resolve));
    if (stale()) return undefined;
  }
  return collector.finish();
}
