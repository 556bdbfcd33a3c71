import type { VNode } from 'preact';
import type { RatingsReport } from '../../domain/ratings/report';
import type { LeaderboardView } from '../../protocol/panels-leaderboard';
import { t } from '../shared/l10n';
import { count, howMade, listed, percent, styleTitles } from './words';

interface Props {
  readonly view: LeaderboardView;
  readonly report: RatingsReport;
}

/** What the ratings cannot say. */
export function Warnings({ view, report, command }: Props & { command: (id: 'plumbline.rank') => void }): VNode | null {
  const { islands, groups, ridge, intervals } = report;
  const name = (i: number): string => view.models[i]!.name;
  const texts: string[] = [];
  if (islands.length > 1) {
    texts.push(t('No comparison joins these models, so that their ratings cannot be compared: {0}. Label items that have answers of both.', islands.map((g) => listed(g.map(name))).join(' | ')));
  }
  for (const island of islands) {
    const own = groups.filter((g) => island.includes(g[0]!));
    if (own.length > 1) texts.push(t('Between these groups wins go one way at most: {0}. By the comparisons alone the distance between them has no end.', own.map((g) => listed(g.map(name))).join(' | ')));
  }
  if (ridge !== undefined && ridge.reason !== 'style') texts.push(t('A ridge of λ = {0} keeps the ratings finite; they move as more is labeled.', ridge.lambda));
  if (intervals.method !== 'none' && intervals.clusters < 10) texts.push(t('Only {0} prompts: the intervals are rough.', intervals.clusters));
  if (texts.length === 0) return null;
  return (
    <div class="banner warning" role="note">
      <div>{texts.map((text) => <p key={text} dir="auto">{text}</p>)}</div>
      <span class="spacer" />
      <button type="button" onClick={() => { command('plumbline.rank'); }}>{t('Label Answers')}</button>
    </div>
  );
}

/** What the ratings rest on. */
export function Facts({ view, report }: Props): VNode {
  const { counts } = view;
  const left = leftOut(view);
  return (
    <section class="facts" aria-label={t('What the ratings rest on')}>
      <p>
        <strong>{t('{0} comparisons', count(counts.comparisons))}</strong> {t('({0} ties) from {1} labels of {2} prompts by {3}.', count(counts.ties), count(counts.labels), count(counts.prompts), listed(counts.labelers.map((l) => `${l.id} (${l.labels})`)))}
        {left.length > 0 && <span class="quiet"> {t('Left out: {0}.', left.join(', '))}</span>}
      </p>
      <p><OrderEffect report={report} /></p>
      {report.style.length > 0 && (
        <p>
          {t('What style does to the odds, by one standard deviation more of it:')}{' '}
          {report.style.map(({ name, value, interval }) => `${styleTitles()[name] ?? name} ×${Math.exp(value).toFixed(2)}${interval ? ` (${Math.exp(interval.low).toFixed(2)}–${Math.exp(interval.high).toFixed(2)})` : ''}`).join(', ')}.
        </p>
      )}
      <p class="quiet">{howMade(view, report).join(' ')}</p>
    </section>
  );
}

/** Was the first one shown preferred? */
function OrderEffect({ report }: { report: RatingsReport }): VNode {
  const { delta, reason, decided, firstWins } = report.order;
  const chance = (x: number): string => `${(100 / (1 + Math.exp(-x))).toFixed(1)} %`;
  if (delta === undefined) {
    const why = { unknown: t('not known, since no label that decides says what was shown first'), 'few-prompts': t('not known: all comparisons are of one prompt'), confounded: t('cannot be told from the ratings: models were always shown in the same order, or the same place always won') };
    return <><strong>{t('Order effect')}</strong>: {why[reason ?? 'unknown']}.</>;
  }
  const verdict = delta.low > 0 ? t('The first one has an advantage.') : delta.high < 0 ? t('The later one has an advantage.') : t('This may well be chance.');
  return (
    <>
      <strong>{t('Order effect')}</strong>: {t('of two equal answers the one shown first is preferred in {0} of decisions (95 % interval {1} to {2}).', chance(delta.value), chance(delta.low), chance(delta.high))} {verdict}{' '}
      <span class="quiet">{t('Counted: {0} of {1} ({2}).', count(firstWins), count(decided), percent(firstWins / decided))}</span>
    </>
  );
}

function leftOut({ counts: { leftOut: left } }: LeaderboardView): string[] {
  const said = { ranked: '', tie: '', all_bad: t('all bad'), unsure: t('unsure'), skipped: t('skipped'), answered: t('without a preference') };
  const part = (n: number, what: string): string[] => (n > 0 ? [`${count(n)} ${what}`] : []);
  return [
    ...Object.entries(left.verdicts).flatMap(([verdict, n]) => part(n, said[verdict as keyof typeof said])),
    ...part(left.noCriterion, t('without this criterion')),
    ...part(left.notAdmitted, t('of labelers who are not admitted')),
    ...part(left.checks, t('repeats, gold and screening')),
    ...part(left.settled, t('settled')),
    ...part(left.sameSource, t('pairs of one model')),
    ...part(left.sameText, t('pairs of the same text')),
  ];
}
