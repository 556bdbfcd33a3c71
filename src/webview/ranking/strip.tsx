import type { VNode } from 'preact';
import { letter } from '../../domain/form';
import { t } from '../shared/l10n';
import { dragStart, dropTarget } from './drag';
import type { Ranking, Step } from './model';
import { act, place, ranksOf, unrank, unranked } from './model';

interface Props {
  readonly ranking: Ranking;
  readonly step: (step: Step) => void;
}

/** The ranking in one line, best first: chips to drag between the ranks, onto each other (a tie) or out. */
export function Strip({ ranking, step }: Props): VNode {
  const ranks = ranksOf(ranking);
  const rest = unranked(ranking);
  const flagged = ranking.flag === 'all_bad' ? t('All bad') : ranking.flag === 'unsure' ? t('Unsure') : undefined;
  if (flagged !== undefined) return <div class="strip flagged">{flagged}</div>;
  const gap = (at: number): VNode => <span class="gap" aria-hidden="true" key={`gap${at}`} {...dropTarget((p) => { step(place(ranking, p, at, 'before')); })} />;
  return (
    <div class="strip" role="group" aria-label={t('Ranking, best first')}>
      {ranking.groups.length === 0 && <span class="quiet hint" {...dropTarget((p) => { step(place(ranking, p, 0, 'before')); })}>{t('Press the numbers, best first')}</span>}
      {ranking.groups.map((group, at) => [
        gap(at),
        <span class="place" key={`place${at}`} {...dropTarget((p) => { step(place(ranking, p, at, 'tie')); })}>
          <span class="rank number" aria-hidden="true">{ranks[group[0]!]}</span>
          {group.map((p, i) => [i > 0 && <span class="equals quiet" aria-hidden="true">=</span>, <Chip key={p} ranking={ranking} position={p} step={step} />])}
        </span>,
      ])}
      {ranking.groups.length > 0 && gap(ranking.groups.length)}
      {ranking.groups.length > 0 && rest.length > 0 && (
        <span class="place rest" {...dropTarget((p) => { step(unrank(ranking, p)); })}>
          <button type="button" class="plain quiet" aria-pressed={ranking.rest === 'top_k'} title={t('What answers without a rank are: compared with nothing, or worse than every ranked one')} onClick={() => { step(act(ranking, 'restWorse')); }}>
            {ranking.rest === 'top_k' ? t('worse') : t('not compared')} <kbd>W</kbd>
          </button>
          {rest.map((p) => <Chip key={p} ranking={ranking} position={p} step={step} />)}
        </span>
      )}
    </div>
  );
}

function Chip({ ranking, position, step }: Props & { position: number }): VNode {
  return (
    <button type="button" class={`chip${ranking.focus === position ? ' focused' : ''}`} draggable onDragStart={(event) => { dragStart(event, position); }} onClick={() => { step({ ...act({ ...ranking, focus: position - 1 }, 'next'), state: { ...ranking, focus: position } }); }}>
      {letter(position)}
    </button>
  );
}
