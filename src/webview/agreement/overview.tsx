import type { VNode } from 'preact';
import type { NamedCoefficient } from '../../domain/agreement/part-report';
import type { PartReport } from '../../domain/agreement/report';
import { t } from '../shared/l10n';
import { Interval } from './interval';
import { format, isShare, kindWord, number, partTitle } from './words';

/** The coefficients that stand for a part in the overview. */
export function headline(part: PartReport): { readonly share: NamedCoefficient | undefined; readonly alpha: NamedCoefficient | undefined; readonly ac: NamedCoefficient | undefined } {
  const find = (...ids: NamedCoefficient['id'][]): NamedCoefficient | undefined => ids.map((id) => part.coefficients.find((c) => c.id === id)).find((c) => c !== undefined);
  const scaled = part.ordered && part.unit !== 'pair';
  return { share: find('half', 'percent'), alpha: scaled ? find('alpha-ordinal') : find('alpha-nominal'), ac: scaled ? find('ac2-quadratic', 'ac1') : find('ac1') };
}

/** Part by part: a row is chosen to see everything about it below. */
export function Overview({ parts, chosen, choose }: { parts: readonly PartReport[]; chosen: string; choose: (id: string) => void }): VNode {
  const move = (event: KeyboardEvent, at: number): void => {
    const to = event.key === 'ArrowDown' ? at + 1 : event.key === 'ArrowUp' ? at - 1 : undefined;
    const next = to === undefined ? undefined : parts[to];
    if (!next) return;
    event.preventDefault();
    choose(next.id);
    ((event.currentTarget as HTMLElement).closest('tbody')?.querySelectorAll<HTMLElement>('button')[to!])?.focus();
  };
  return (
    <div class="scroll" role="region" aria-label={t('Part by part')} tabIndex={0}>
      <table class="overview">
        <thead>
          <tr>
            <th scope="col">{t('Part')}</th>
            <th scope="col">{t('Agreement')} <span class="quiet">{t('(a tie against a preference is half)')}</span></th>
            <th scope="col">{t('Krippendorff α')}</th>
            <th scope="col">{t('Gwet AC')}</th>
            <th scope="col" class="figure">{t('By two or more')}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part, at) => {
            const { share, alpha, ac } = headline(part);
            return (
              <tr key={part.id} class={part.id === chosen ? 'is-chosen' : ''}>
                <th scope="row">
                  <button type="button" class="plain part" aria-pressed={part.id === chosen} onClick={() => { choose(part.id); }} onKeyDown={(e) => { move(e, at); }}>
                    <span class="part-title">{partTitle(part)}</span>
                    {kindWord(part.kind) !== '' && <span class="quiet">{kindWord(part.kind)}</span>}
                  </button>
                </th>
                <td><Figure of={share} /></td>
                <td><Figure of={alpha} /></td>
                <td><Figure of={ac} /></td>
                <td class="figure quiet">{number(part.units)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Figure({ of }: { of: NamedCoefficient | undefined }): VNode {
  if (!of) return <span class="quiet">–</span>;
  if (of.value === undefined) return <span class="quiet">{t('undefined')}</span>;
  return (
    <span class="with-interval">
      <span class="number strong">{format(of.id, of.value)}</span>
      <Interval of={of} from={isShare(of.id) ? 0 : -1} />
      {of.low !== undefined && of.high !== undefined && <span class="hidden-from-eyes">{t('{0} to {1}', format(of.id, of.low), format(of.id, of.high))}</span>}
    </span>
  );
}
