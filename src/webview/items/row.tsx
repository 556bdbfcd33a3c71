import type { VNode } from 'preact';
import type { ItemRow } from '../../protocol/panels-items';
import { t } from '../shared/l10n';
import { verdictName } from './words';

/** Heads of the columns, in order. */
export const columns = (): readonly (readonly [string, string])[] => [
  ['prompt', t('Prompt')],
  ['mine', t('Mine')],
  ['labels', t('Labels')],
  ['disagreement', t('Disagreement')],
  ['flags', t('Flags')],
  ['answers', t('Answers')],
  ['models', t('Models')],
  ['set', t('Set')],
];

interface Props {
  readonly position: number;
  readonly row: ItemRow | undefined;
  readonly selected: boolean;
  readonly select: (position: number) => void;
  readonly open: () => void;
}

export function Row({ position, row, selected, select, open }: Props): VNode {
  const cells = row ? cellsOf(row) : undefined;
  return (
    <div role="row" id={`row-${position}`} class={`row${selected ? ' selected' : ''}${row ? '' : ' waiting'}`} aria-rowindex={position + 2} aria-selected={selected}
      onMouseDown={() => { select(position); }} onDblClick={open}>
      {columns().map(([name], i) => (
        <span role="gridcell" class={`cell ${name}`} aria-colindex={i + 1} key={name} title={row && typeof cells![i] === 'string' ? cells![i] : undefined}>{row ? cells![i] : i === 0 ? '…' : ''}</span>
      ))}
    </div>
  );
}

/** What stands in each column. */
function cellsOf(row: ItemRow): (VNode | string)[] {
  return [
    row.prompt.trim() === '' ? t('(empty prompt)') : row.prompt,
    row.mine === undefined ? '–' : verdictName(row.mine),
    row.labelers.length === 0 ? '–' : String(row.labelers.length),
    row.disagreement === undefined ? '–' : <Disagreement value={row.disagreement} settled={row.settled} />,
    [...(row.allBad ? [t('all bad')] : []), ...row.flags].join(', '),
    String(row.answers),
    row.models.join(', '),
    row.set,
  ];
}

function Disagreement({ value, settled }: { readonly value: number; readonly settled: boolean }): VNode {
  const percent = `${Math.round(100 * value)} %`;
  return (
    <>
      <svg class={`meter${settled ? ' settled' : ''}`} viewBox="0 0 40 8" width="40" height="8" aria-hidden="true">
        <rect class="track" width="40" height="8" rx="2" />
        <rect class="value" width={40 * value} height="8" rx="2" />
      </svg>
      {settled ? t('{0}, settled', percent) : percent}
    </>
  );
}
