import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Coefficient } from '../../domain/agreement/coefficient';
import type { LabelerReport } from '../../domain/agreement/labelers';
import type { AgreementView, LabelerStanding } from '../../protocol/panels-agreement';
import { t } from '../shared/l10n';
import { number, percent } from './words';

/** So many labelers at first. */
const most = 100;

interface Props {
  readonly view: AgreementView;
  readonly admit: (labeler: string, admitted: boolean | null) => void;
  readonly run: (command: 'plumbline.screening' | 'plumbline.makeScreening') => void;
}

/** Who labels, how, and whose labels enter training. */
export function Labelers({ view, admit, run }: Props): VNode {
  const { screening, me } = view;
  const [all, setAll] = useState(false);
  const reports = new Map(view.report?.labelers.map((l) => [l.id, l]));
  const order = (l: LabelerStanding): number => (l.id === me ? Infinity : (reports.get(l.id)?.outlier.length ?? 0) * 1e9 + (reports.get(l.id)?.labels ?? 0));
  const sorted = [...view.labelers].sort((a, b) => order(b) - order(a) || (a.id < b.id ? -1 : 1));
  const shown = all ? sorted : sorted.slice(0, most);
  const need = screening.rule === 'rate' ? t('agreement of {0} or more', percent(screening.threshold)) : t('a lower end of the interval of {0} or more', percent(screening.threshold));
  return (
    <>
      <div class="section-title">
        <p class="quiet">
          {screening.items === 0 ? t('There are no screening items for this task.') : t('Screening: {0} items, {1} passes.', number(screening.items), need)}{' '}
          {screening.required ? t('Only admitted labelers’ labels enter training.') : t('Everybody’s labels enter training, except who is refused.')}
        </p>
        <span class="spacer" />
        {screening.items > 0 && <button type="button" onClick={() => { run('plumbline.screening'); }}>{t('Take the Screening')}</button>}
        <button type="button" onClick={() => { run('plumbline.makeScreening'); }}>{t('Make Screening Items')}</button>
      </div>
      <div class="scroll" role="region" aria-label={t('Labelers')} tabIndex={0}>
        <table class="labelers">
          <thead>
            <tr>
              <th scope="col">{t('Labeler')}</th>
              <th scope="col" class="figure">{t('Labels')}</th>
              <th scope="col" class="figure">{t('Pace')}</th>
              <th scope="col" class="figure">{t('Ties')}</th>
              <th scope="col" class="figure">{t('First shown preferred')}</th>
              <th scope="col" class="figure">{t('With the others’ majority')}</th>
              <th scope="col" class="figure">{t('With oneself')}</th>
              <th scope="col" class="figure">{t('Gold items')}</th>
              <th scope="col">{t('Screening')}</th>
              <th scope="col">{t('In training')}</th>
            </tr>
          </thead>
          {shown.map((l) => <Row key={l.id} standing={l} report={reports.get(l.id)} me={view.me} admit={admit} />)}
        </table>
      </div>
      {shown.length < sorted.length && <p><button type="button" onClick={() => { setAll(true); }}>{t('Show all {0} labelers', number(sorted.length))}</button> <span class="quiet">{t('These are the ones who stand out, and those with most labels.')}</span></p>}
      <p class="quiet">{t('Pace is the median time an item, and per 100 words of prompt and answers. “First shown”: of preferences between two answers, how often the one further to the left was preferred; half is expected. “With the others’ majority”: the part that stands first on the agreement page, a tie against a preference is half. Intervals are 95 %, bootstrap by prompt; those of ties, gold and screening are Wilson’s.')}</p>
    </>
  );
}

function Row({ standing, report, me, admit }: { standing: LabelerStanding; report: LabelerReport | undefined; me: string; admit: Props['admit'] }): VNode {
  const { id, screening } = standing;
  const outlier = report?.outlier ?? [];
  const notes = [...(id === me ? [t('you')] : []), ...(standing.simulated === true ? [t('simulated')] : [])];
  return (
    <tbody class={outlier.length > 0 ? 'is-outlier' : ''}>
      <tr>
        <th scope="row">
          {outlier.length > 0 && <span class="mark" aria-label={t('stands out')} role="img">⚠</span>}
          {standing.name ?? id}
          {notes.length > 0 && <span class="quiet small"> {notes.join(', ')}</span>}
        </th>
        <td class="figure">{number(report?.labels ?? 0)}{report !== undefined && report.skipped > 0 && <span class="quiet small">{t('{0} skipped', number(report.skipped))}</span>}</td>
        <td class="figure">{report?.seconds === undefined ? '–' : t('{0} s', report.seconds.toFixed(1))}{report?.secondsPer100Words !== undefined && <span class="quiet small">{t('{0} s / 100 words', report.secondsPer100Words.toFixed(1))}</span>}</td>
        <td class="figure">{report?.ties ? percent(report.ties.share) : '–'}</td>
        <Figure of={report?.firstPosition} />
        <Figure of={report?.agreement} />
        <Figure of={report?.repeats} />
        <Figure of={report?.gold && { value: report.gold.share, low: report.gold.low, high: report.gold.high, n: report.gold.n }} />
        <td>{screening ? <Screening of={screening} /> : <span class="quiet">–</span>}</td>
        <td>
          <span class={standing.inTraining ? 'yes' : 'no'} title={standing.why}>{standing.admitted === undefined ? (standing.inTraining ? t('yes') : t('not admitted')) : standing.admitted ? t('admitted') : t('refused')}</span>
          <span class="buttons">
            {standing.admitted !== true && <button type="button" aria-label={t('Admit {0}', id)} onClick={() => { admit(id, true); }}>{t('Admit')}</button>}
            {standing.admitted !== false && <button type="button" aria-label={t('Refuse {0}', id)} onClick={() => { admit(id, false); }}>{t('Refuse')}</button>}
          </span>
        </td>
      </tr>
      {outlier.length > 0 && (
        <tr>
          <td colSpan={10} class="why"><ul>{outlier.map((o) => <li key={o}>{t(o)}</li>)}</ul></td>
        </tr>
      )}
    </tbody>
  );
}

function Screening({ of }: { of: NonNullable<LabelerStanding['screening']> }): VNode {
  const word = of.passed === undefined ? (of.done === 0 ? t('not tested') : t('{0} of {1} done', of.done, of.total)) : of.passed ? t('passed') : t('failed');
  return (
    <span title={of.reason}>
      <span class={of.passed === true ? 'yes' : of.passed === false ? 'no' : 'quiet'}>{word}</span>
      {of.overall && <span class="quiet small number">{t('{0} ({1} to {2})', percent(of.overall.share), percent(of.overall.low), percent(of.overall.high))}</span>}
      {of.done > 0 && of.parts.length > 1 && (
        <details class="small">
          <summary>{t('By part')}</summary>
          <ul>{of.parts.map(({ part, agreement }) => <li key={part}>{part} <span class="number">{agreement ? percent(agreement.share) : '–'}</span></li>)}</ul>
        </details>
      )}
    </span>
  );
}

function Figure({ of }: { of: Coefficient | undefined }): VNode {
  if (of?.value === undefined) return <td class="figure quiet" title={of?.reason === undefined ? '' : t(of.reason)}>–</td>;
  return (
    <td class="figure">
      {percent(of.value)}
      {of.low !== undefined && of.high !== undefined && <span class="quiet small">{t('{0} to {1}', percent(of.low), percent(of.high))}</span>}
      <span class="quiet small">{t('n = {0}', number(of.n))}</span>
    </td>
  );
}
