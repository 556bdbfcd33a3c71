import type { VNode } from 'preact';
import type { SeedGroupView } from '../../protocol/panels-experiments';
import { t } from '../shared/l10n';

const few = 3;

/** Runs that differ by their seed only: what became of them, together. */
export function Groups({ groups, compare }: { groups: readonly SeedGroupView[]; compare: (runs: readonly string[]) => void }): VNode | null {
  if (groups.length === 0) return null;
  const list = (some: readonly SeedGroupView[]): VNode => (
    <ul class="groups">
      {some.map(({ name, says, runs }) => (
        <li key={name}>
          <strong dir="auto">{name}</strong> <span>{says}</span>{' '}
          <button type="button" class="link" aria-label={t('Compare These: the runs of {0}', name)} onClick={() => { compare(runs); }}>{t('Compare These')}</button>
        </li>
      ))}
    </ul>
  );
  return (
    <section class="seeds" aria-label={t('Runs with several seeds')}>
      <h2>{t('Runs with several seeds')}</h2>
      {list(groups.slice(0, few))}
      {groups.length > few && <details><summary>{t('{0} older', groups.length - few)}</summary>{list(groups.slice(few))}</details>}
    </section>
  );
}
