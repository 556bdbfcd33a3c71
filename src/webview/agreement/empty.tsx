import type { VNode } from 'preact';
import type { pageCommands } from '../../protocol/panels';
import type { AgreementView } from '../../protocol/panels-agreement';
import { t } from '../shared/l10n';

/** What is needed before there is an agreement; nothing when there is enough. */
export function needs({ report, me }: AgreementView): { readonly title: string; readonly text: string; readonly actions: readonly { readonly title: string; readonly command: (typeof pageCommands)[number] }[] } | undefined {
  if (!report || report.overlap > 0) return undefined;
  const people = report.labelers.filter((l) => l.labels > 0);
  const label = { title: t('Label Answers'), command: 'plumbline.rank' as const };
  if (people.length === 0) return { title: t('Nobody has labeled yet'), text: t('Agreement is what two people say of the same answers. Label some, and let somebody else label the same ones.'), actions: [label] };
  if (people.length === 1) {
    return {
      title: people[0]!.id === me ? t('You are the only one who has labeled') : t('Only {0} has labeled', people[0]!.id),
      text: t('Agreement needs a second labeler on the same items: somebody else with a clone of this folder, or on this machine under another name. Labels are files of their own, so that git merges them without conflicts.'),
      actions: [{ title: t('Label under Another Name'), command: 'plumbline.whoAmI' }, label],
    };
  }
  return {
    title: t('No item was judged by two labelers'),
    text: t('{0} people have labeled, but different items. Let each item come to two of them: “overlap” in the queue of the task.', people.length),
    actions: [{ title: t('Edit Tasks'), command: 'plumbline.editTasks' }, label],
  };
}

export function Empty({ view, run }: { view: AgreementView; run: (command: (typeof pageCommands)[number]) => void }): VNode | null {
  const need = needs(view);
  if (!need) return null;
  return (
    <section class="empty">
      <h2>{need.title}</h2>
      <p>{need.text}</p>
      <p class="buttons">{need.actions.map((a, i) => <button type="button" key={a.command} class={i === 0 ? 'primary' : ''} onClick={() => { run(a.command); }}>{a.title}</button>)}</p>
    </section>
  );
}
