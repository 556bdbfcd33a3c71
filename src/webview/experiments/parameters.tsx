import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { csvOf } from '../../base/chart-svg';
import type { ExperimentRow } from '../../protocol/panels-experiments';
import { t } from '../shared/l10n';
import { settingsTable } from './model';

/** What the chosen runs were asked to do, beside each other; what differs stands out. */
export function Parameters({ rows, save }: { rows: readonly ExperimentRow[]; save: (name: string, format: 'csv', data: string) => void }): VNode {
  const [all, setAll] = useState(false);
  const table = settingsTable(rows);
  const differing = table.filter((s) => s.differs);
  const shown = all ? table : differing;
  return (
    <>
      <div class="line">
        <span class="quiet">{t('{0} of {1} settings differ', differing.length, table.length)}</span>
        <label class="check"><input type="checkbox" checked={all} onChange={() => { setAll(!all); }} />{t('Show all')}</label>
        <span class="spacer" />
        <button type="button" onClick={() => { save('settings', 'csv', csvOf([['setting', ...rows.map((r) => r.id)], ...table.map((s) => [s.name, ...s.values])])); }}>{t('Export CSV')}</button>
      </div>
      {shown.length === 0 ? <p class="quiet">{t('These runs were asked to do the same.')}</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label={t('Settings')}>
          <table class="settings">
            <thead><tr><th scope="col">{t('Setting')}</th>{rows.map((r, i) => <th scope="col" key={r.id} title={r.id} dir="auto"><span class={`key c${i % 8}`}><i aria-hidden="true" />{r.name}</span></th>)}</tr></thead>
            <tbody>
              {shown.map((s) => (
                <tr key={s.name} class={s.differs ? 'differs' : undefined}>
                  <th scope="row">{s.name}{s.differs && all && <span class="hidden-from-eyes"> ({t('differs')})</span>}</th>
                  {s.values.map((v, i) => <td key={i} class={s.differs && v !== s.values[0] ? 'other' : undefined}>{v ?? '–'}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
