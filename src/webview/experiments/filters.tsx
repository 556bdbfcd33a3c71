import type { VNode } from 'preact';
import type { ExperimentRow, ExperimentsState } from '../../protocol/panels-experiments';
import { t } from '../shared/l10n';

/** What the table shows. */
export function Filters({ rows, state, change }: { rows: readonly ExperimentRow[]; state: ExperimentsState; change: (part: Partial<ExperimentsState>) => void }): VNode {
  const choice = (label: string, key: 'kind' | 'state' | 'tag', values: readonly string[]): VNode => (
    <label class="field-inline">{label} <select value={state[key]} onChange={(e) => { change({ [key]: e.currentTarget.value }); }}><option value="">{t('all')}</option>{[...new Set([...values, ...(state[key] === '' ? [] : [state[key]])])].sort().map((v) => <option key={v} value={v}>{v}</option>)}</select></label>
  );
  return (
    <div class="filters line" role="search">
      <input id="filter" class="text-input" type="search" placeholder={t('Filter by name, tag, note or setting, e.g. kl.coef=0.1')} aria-label={t('Filter')} value={state.text} onInput={(e) => { change({ text: e.currentTarget.value }); }} />
      {choice(t('Kind'), 'kind', rows.map((r) => r.kind))}
      {choice(t('State'), 'state', rows.map((r) => r.state))}
      {choice(t('Tag'), 'tag', rows.flatMap((r) => r.tags))}
      <label class="check"><input type="checkbox" checked={state.starred} onChange={() => { change({ starred: !state.starred }); }} />{t('Starred')}</label>
    </div>
  );
}
