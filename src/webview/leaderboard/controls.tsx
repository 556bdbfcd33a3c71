import type { VNode } from 'preact';
import { methods } from '../../domain/ratings/report';
import type { BoardOptions, LeaderboardView } from '../../protocol/panels-leaderboard';
import { t } from '../shared/l10n';
import { listed, methodNames } from './words';

interface Props {
  readonly view: LeaderboardView;
  readonly choose: (change: Partial<BoardOptions>) => void;
}

/** What is rated, and how. */
export function Controls({ view, choose }: Props): VNode {
  const { options, tasks, criteria, refused } = view;
  const noStyle = options.method === 'plackett-luce' || options.method === 'elo';
  return (
    <div class="controls" role="group" aria-label={t('What is rated')}>
      {(tasks.length > 1 || options.task !== '') && (
        <Select label={t('Task')} value={options.task} choices={[['', t('All tasks')], ...tasks.map((x) => [x.id, `${x.title} (${x.labels})`] as const)]} onChange={(task) => { choose({ task }); }} />
      )}
      {criteria.length > 0 && <Select label={t('Preference')} value={options.criterion} choices={[['', t('On the whole')], ...criteria.map((c) => [c.id, c.title] as const)]} onChange={(criterion) => { choose({ criterion }); }} />}
      <Select label={t('Method')} value={options.method} choices={methods.map((m) => [m, methodNames()[m]] as const)} onChange={(method) => { choose({ method: methods.find((m) => m === method)! }); }} />
      <Check label={t('Hold length and style constant')} checked={options.style} disabled={noStyle} title={noStyle ? t('Bradley–Terry and Davidson can do this') : t('Words, headers, lists and bold of the two answers enter as covariates')} onChange={(style) => { choose({ style }); }} />
      {view.anyAdjudication && <Check label={t('Settled disagreements count as settled')} checked={options.settled} onChange={(settled) => { choose({ settled }); }} />}
      {refused.length > 0 && <Check label={t('Also labelers who are not admitted')} title={listed(refused)} checked={options.everyone} onChange={(everyone) => { choose({ everyone }); }} />}
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
  readonly onChange: (value: string) => void;
}

export function Select({ label, value, choices, onChange }: SelectProps): VNode {
  return (
    <label class="field">
      <span class="quiet">{label}</span>
      <select value={value} onChange={(e) => { onChange(e.currentTarget.value); }}>
        {choices.map(([id, title]) => <option key={id} value={id}>{title}</option>)}
      </select>
    </label>
  );
}

function Check({ label, checked, disabled = false, title, onChange }: { label: string; checked: boolean; disabled?: boolean; title?: string; onChange: (checked: boolean) => void }): VNode {
  return (
    <label class="check" title={title}>
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(e) => { onChange(e.currentTarget.checked); }} />
      <span class={disabled ? 'quiet' : ''}>{label}</span>
    </label>
  );
}
