import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { plural } from '../../base/text';
import { t } from '../shared/l10n';
import { Text } from '../shared/text';
import type { History, Sample } from './curves';
import { formatValue } from './curves';

/** What the model answered at each evaluation, beside what it answered first. */
export function Samples({ samples }: { samples: History['samples'] }): VNode | null {
  const steps = [...samples.keys()].sort((a, b) => a - b);
  const [chosen, setChosen] = useState<number>();
  const [all, setAll] = useState(false);
  if (steps.length === 0) return null;
  const first = steps[0]!;
  const step = chosen !== undefined && steps.includes(chosen) ? chosen : steps.at(-1)!;
  const now = [...samples.get(step)!.values()].sort((a, b) => a.index - b.index);
  const visible = all ? now : now.slice(0, 8);
  return (
    <section aria-label={t('Answers')}>
      <div class="section-title">
        <h2>{t('Answers')}</h2>
        <span class="spacer" />
        {steps.length > 1 && (
          <label class="step number">
            <span class="quiet">{t('at step')}</span>
            <input type="range" min={0} max={steps.length - 1} step={1} value={steps.indexOf(step)} aria-valuetext={t('step {0}', step)} onInput={(e) => { setChosen(steps[Number(e.currentTarget.value)]); }} />
            <strong>{step}</strong>
          </label>
        )}
      </div>
      <div class="samples">
        {visible.map((sample) => {
          const before = step === first ? undefined : samples.get(first)?.get(sample.index);
          return (
            <article class="sample" key={sample.index}>
              <div class="asked"><Text text={sample.prompt} /></div>
              {before?.prompt === sample.prompt && <Answer sample={before} label={t('step {0}', first)} />}
              <Answer sample={sample} label={t('step {0}', step)} before={before} />
            </article>
          );
        })}
      </div>
      {now.length > visible.length && <button type="button" class="link" onClick={() => { setAll(true); }}>{t('Show all {0}', plural(now.length, 'answer'))}</button>}
    </section>
  );
}

function Answer({ sample, label, before }: { sample: Sample; label: string; before?: Sample | undefined }): VNode {
  const change = before?.reward !== undefined && sample.reward !== undefined ? sample.reward - before.reward : undefined;
  return (
    <div class="answer">
      <div class="answer-head quiet number">
        <span>{label}</span>
        {sample.reward !== undefined && (
          <span class={change === undefined || change === 0 ? '' : change >= 0 ? 'up' : 'down'}>
            {t('reward {0}', formatValue(sample.reward))}
            {change !== undefined && change !== 0 && ` (${change >= 0 ? '+' : '−'}${formatValue(Math.abs(change))})`}
          </span>
        )}
        {sample.kl !== undefined && <span>{t('KL {0}', formatValue(sample.kl))}</span>}
        {sample.finished === false && <span>{t('cut off')}</span>}
      </div>
      {sample.text.trim() === '' ? <p class="quiet">{t('(empty answer)')}</p> : <Text text={sample.text} />}
    </div>
  );
}
