import type { VNode } from 'preact';
import type { PairMeasure } from '../../domain/agreement/pairs';
import type { AgreementReport } from '../../domain/agreement/report';
import { t } from '../shared/l10n';
import { Coefficients } from './coefficients';
import { Matrix } from './matrix';
import { Overview } from './overview';
import { Timeline } from './timeline';
import { number, partTitle, percent, unitWord, valueWord } from './words';

interface Props {
  readonly report: AgreementReport;
  readonly part: string | undefined;
  readonly onPart: (id: string) => void;
  readonly measure: PairMeasure | undefined;
  readonly onMeasure: (measure: PairMeasure) => void;
}

/** The overview part by part, and everything about the part that is chosen. */
export function Agreement({ report, part: chosen, onPart, measure, onMeasure }: Props): VNode {
  const part = report.parts.find((p) => p.id === chosen) ?? report.parts[0]!;
  const total = part.values.reduce((sum, v) => sum + v.count, 0);
  return (
    <>
      <Overview parts={report.parts} chosen={part.id} choose={onPart} />
      <section class="details" aria-label={partTitle(part)}>
        <h2>{partTitle(part)}</h2>
        <p class="quiet">
          {t('{0} judged by two labelers or more; {1} judgements in all.', unitWord(part.unit, part.units), number(part.ratings))}{' '}
          {t('Intervals are percentiles of {0} bootstrap draws of whole prompts, seed “{1}”.', number(report.draws), report.seed)}
          {report.groups !== undefined && ` ${t('There are so many prompts that {0} groups of them are drawn.', number(report.groups))}`}
        </p>
        <ul class="values" aria-label={t('Values')}>
          {part.values.map((v) => <li key={v.name}><strong>{valueWord(part, v.name)}</strong> <span class="number quiet">{total === 0 ? '–' : percent(v.count / total)}</span></li>)}
        </ul>
        <Coefficients key={part.id} list={part.coefficients} label={t('Coefficients')} />
        {part.matrix.cells.length > 0 && <Matrix matrix={part.matrix} ids={report.ids} measure={measure} onMeasure={onMeasure} />}
        <Timeline timeline={part.timeline} ties={part.coefficients.some((c) => c.id === 'half')} />
        {part.repeats.length > 0 && (
          <section aria-label={t('Labelers with themselves')}>
            <div class="section-title">
              <h3>{t('Labelers with themselves')}</h3>
              <span class="quiet">{t('items that came again in another order')}</span>
            </div>
            <Coefficients list={part.repeats} label={t('Labelers with themselves')} />
          </section>
        )}
      </section>
    </>
  );
}
