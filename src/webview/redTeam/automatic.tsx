import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { RateChange } from '../../domain/red-team/rates';
import { tactics } from '../../domain/red-team/tactics';
import type { pageCommands } from '../../protocol/panels';
import type { ComparedRuns, RedTeamView } from '../../protocol/panels-red-team';
import { t } from '../shared/l10n';
import { Text } from '../shared/text';
import type { Call } from './app';
import { rowsOf, RateTable } from './rate-table';

export interface Chosen {
  /** The newest when absent. */
  readonly after?: string;
  readonly before: string;
}

interface Props {
  readonly view: RedTeamView;
  readonly call: Call;
  /** Which runs are looked at; kept while the other tab is. */
  readonly chosen: Chosen;
  readonly choose: (chosen: Chosen) => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

const tacticTitles = Object.fromEntries(tactics.map((x) => [x.id, x.title]));

/** What attack runs have found, one or two side by side. */
export function Automatic({ view, call, chosen, choose, command }: Props): VNode {
  const { runs } = view;
  const { after, before } = chosen;
  const [found, setFound] = useState<ComparedRuns>();
  const newest = runs.some((r) => r.id === after) ? after! : (runs[0]?.id ?? '');
  const older = runs.some((r) => r.id === before) && before !== newest ? before : '';
  const progress = runs.map((r) => `${r.id} ${r.state} ${Math.floor(r.percent)}`).join();

  useEffect(() => {
    let wanted = true;
    if (newest === '') return;
    void call('compare', { after: newest, ...(older === '' ? {} : { before: older }) }).then((result) => {
      if (wanted) setFound(result);
    }, () => undefined);
    return () => {
      wanted = false;
    };
  }, [call, newest, older, progress]);

  const start = <button type="button" class="primary" disabled={!view.trusted} onClick={() => { command('plumbline.attack'); }}>{t('Run Attacks…')}</button>;
  if (runs.length === 0) {
    return (
      <section class="empty">
        <p>{t('An attack run sends many prompts to a model, in many disguises, and counts how often its answers break a rule.')}</p>
        {start}
      </section>
    );
  }
  const now = runs.find((r) => r.id === newest);
  return (
    <main class="automatic">
      <div class="bar">
        {start}
        <button type="button" onClick={() => { command('plumbline.findings'); }}>{t('Take Over Findings')}</button>
        <span class="spacer" />
        <label>{t('Before')}
          <select value={older} onChange={(e) => { choose({ ...chosen, before: e.currentTarget.value }); }}>
            <option value="">{t('(no other run)')}</option>
            {runs.filter((r) => r.id !== newest).map((r) => <option key={r.id} value={r.id}>{r.name} · {new Date(r.at).toLocaleString()}</option>)}
          </select>
        </label>
        <label>{t('After')}
          <select value={newest} onChange={(e) => { choose({ ...chosen, after: e.currentTarget.value }); }}>
            {runs.map((r) => <option key={r.id} value={r.id}>{r.name} · {new Date(r.at).toLocaleString()}</option>)}
          </select>
        </label>
      </div>
      {now && now.state !== 'finished' && <p class="quiet">{t('{0}: {1}, {2} %', now.name, now.state, Math.floor(now.percent))}</p>}
      {found?.comparison && (found.comparison.common > 0
        ? <p>{t('{0} attacks are in both runs, and only they count here: {1} that worked do so no more, {2} work now that did not.', found.comparison.common, found.comparison.fixed, found.comparison.newly)}</p>
        : <p>{t('The two runs have no attack in common; each is counted by itself.')}</p>)}
      {found && <Tables found={found} />}
      {found && found.examples.length > 0 && (
        <section class="examples" aria-label={t('Answers that broke a rule')}>
          <h2>{t('Answers that broke a rule')}</h2>
          {found.examples.map((e, i) => (
            <article class="example" key={i}>
              <p class="quiet">{e.rules.join(', ')} · {tacticTitles[e.tactic] ?? e.tactic}</p>
              <p class="said">{e.prompt}</p>
              <Text text={e.answer} />
            </article>
          ))}
        </section>
      )}
    </main>
  );
}

function Tables({ found }: { found: ComparedRuns }): VNode {
  const { comparison: c } = found;
  const rates = c?.after ?? found.after?.rates ?? found.before?.rates;
  if (!rates) return <p class="quiet">{t('Nothing is known yet.')}</p>;
  const single = (r: RateChange['after']): RateChange => ({ name: r?.name ?? '', before: undefined, after: r, change: undefined });
  const two = c !== undefined;
  const top = c ? [c.all, c.refused, c.overRefused] : [rates.all, rates.refused, rates.overRefused].map(single);
  const { fixed, broken, unknown } = rates.checks;
  return (
    <>
      <RateTable title={t('Attacks')} two={two} rows={rowsOf(top, { all: t('Any rule broken'), refused: t('Attacks refused'), 'over-refused': t('Harmless prompts refused') })} />
      {fixed.length + broken.length + unknown.length > 0 && <p class="checks">{t('Regression checks: {0} fixed, {1} still broken, {2} to be judged.', fixed.length, broken.length, unknown.length)}</p>}
      <RateTable title={t('By rule')} two={two} rows={rowsOf(c?.byRule ?? rates.byRule.map(single))} />
      <RateTable title={t('By tactic')} two={two} rows={rowsOf(c?.byTactic ?? rates.byTactic.map(single), tacticTitles)} />
      <RateTable title={t('By category')} two={two} rows={rowsOf(c?.byCategory ?? rates.byCategory.map(single))} />
      {rates.all.waiting > 0 && <p class="quiet">{t('{0} answers wait for people: no pattern and no model can judge them.', rates.all.waiting)}</p>}
      <p class="quiet">{t('Intervals are Wilson’s, 95 %, of changes Newcombe’s. Attacks from one seed are alike, so that the true ones are somewhat wider.')}</p>
    </>
  );
}
