import type { VNode } from 'preact';
import type { AccuracyGroup, ModelReport, Proportion, RewardModelReport, RuleModelReport } from '../../domain/model-report';
import { groupings } from '../../domain/model-report';
import { t } from '../shared/l10n';
import { Calibration } from './calibration';
import { formatValue } from './curves';

/** What a reward or rule model is worth on held-out answers. */
export function Worth({ report }: { report: ModelReport }): VNode {
  return report.kind === 'reward' ? <RewardWorth report={report} /> : <RuleWorth report={report} />;
}

const titles: Record<(typeof groupings)[number], string> = {
  labeler: 'By labeler',
  task: 'By task',
  criterion: 'By criterion',
  length: 'By how long the preferred answer is beside the other',
  agreement: 'By agreement of the labelers',
  strength: 'By how much better it is',
};

function RewardWorth({ report }: { report: RewardModelReport }): VNode {
  const { accuracy, baselines, ceiling, calibration, ensemble } = report;
  if (accuracy === null) return <p class="quiet">{t('No comparison was held out: how good the model is, is not known.')}</p>;
  const beside: AccuracyGroup[] = ([['This model', accuracy], ['Longer answer wins', baselines.length], ['Same side always wins', baselines.majority], ['Other labelers (ceiling)', ceiling]] as const).flatMap(([name, share]) => (share === null ? [] : [{ name: t(name), accuracy: share }]));
  return (
    <section class="worth" aria-label={t('Accuracy on held-out comparisons')}>
      <div class="section-title"><h2>{t('Accuracy on held-out comparisons')}</h2></div>
      <p class="quiet">{t('Ties left out; bars are 95 % intervals; the line in the middle is chance. Correlation of score and length: {0}.', formatValue(report.lengthCorrelation ?? 0))}</p>
      <div class="worth-parts">
        <Groups title={t('Beside others')} groups={beside} />
        {calibration && <Calibration calibration={calibration} from={0.5} title={t('Calibration')} says={t('Are comparisons that the model is sure of more often right?')} />}
        {groupings.map((by) => {
          const groups = report.groups[by];
          return groups && <Groups key={by} title={t(titles[by])} groups={groups} />;
        })}
        {ensemble && ensemble.byUncertainty.length > 0 && <Groups title={t('Where {0} models disagree', ensemble.members.length)} groups={ensemble.byUncertainty} />}
      </div>
    </section>
  );
}

function RuleWorth({ report }: { report: RuleModelReport }): VNode {
  const cell = (x: number | null): string => (x === null ? '–' : formatValue(x));
  return (
    <section class="worth" aria-label={t('Rules on held-out answers')}>
      <div class="section-title"><h2>{t('Rules on held-out answers')}</h2></div>
      <table class="rules">
        <thead>
          <tr>{['Rule', 'Marks', 'Broken', 'Accuracy', 'Always the more frequent', 'AUC', 'ECE', 'ECE before calibration'].map((h) => <th scope="col" key={h}>{t(h)}</th>)}</tr>
        </thead>
        <tbody>
          {report.rules.map((r) => (
            <tr key={r.rule}>
              <th scope="row">{r.rule}{r.note !== undefined && <div class="quiet">{r.note}</div>}</th>
              <td class="number">{r.marks}</td>
              <td class="number">{r.baseRate === null ? '–' : percent(r.baseRate)}</td>
              <td class="number">{r.accuracy === null ? '–' : interval(r.accuracy)}</td>
              <td class="number">{r.majority === null ? '–' : percent(r.majority)}</td>
              <td class="number">{cell(r.auc)}</td>
              <td class="number">{cell(r.ece)}</td>
              <td class="number">{cell(r.rawEce)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="worth-parts">
        {report.rules.map((r) => r.calibration && <Calibration key={r.rule} calibration={r.calibration} from={0} title={r.rule} says={t('Are answers of a high probability more often broken?')} />)}
      </div>
    </section>
  );
}

/** Accuracy by group: a table, with bars for the eye. */
function Groups({ title, groups }: { title: string; groups: readonly AccuracyGroup[] }): VNode {
  return (
    <table class="groups">
      <caption>{title}</caption>
      <tbody>
        {groups.map(({ name, accuracy }) => (
          <tr key={name}>
            <th scope="row" title={name}>{name}</th>
            <td class="number">{interval(accuracy)}</td>
            <td class="quiet number" title={t('comparisons')}>{accuracy.n}</td>
            <td><Bar share={accuracy} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The interval as a bar from 0 to 1, the share as a dot; the cells beside it say the same. */
function Bar({ share: { share, low, high } }: { share: Proportion }): VNode {
  const x = (value: number): number => 4 + 112 * value;
  return (
    <svg class="interval" viewBox="0 0 120 14" width="120" height="14" aria-hidden="true">
      <line class="axis" x1={x(0)} x2={x(1)} y1="7" y2="7" />
      <line class="axis" x1={x(0.5)} x2={x(0.5)} y1="1" y2="13" />
      <line class="range" x1={x(low)} x2={x(high)} y1="7" y2="7" />
      <circle class="mark" cx={x(share)} cy="7" r="3.5" />
    </svg>
  );
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const interval = ({ share, low, high }: Proportion): string => `${percent(share)} [${(100 * low).toFixed(0)}, ${(100 * high).toFixed(0)}]`;
