import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExperimentRow, SamplesView } from '../../protocol/panels-experiments';
import { formatValue } from '../run/curves';
import { t } from '../shared/l10n';
import { Text } from '../shared/text';

const most = 8;

/** Answers of several runs to the same prompts, a row a prompt. */
export function Answers({ rows, samples, step, setStep }: { rows: readonly ExperimentRow[]; samples: readonly SamplesView[]; step: number | undefined; setStep: (step: number | undefined) => void }): VNode {
  const [all, setAll] = useState(false);
  const shown = rows.slice(0, most);
  const of = shown.map((r) => samples.find((s) => s.run === r.id));
  const prompts = [...new Set(of.flatMap((s) => s?.samples.map((x) => x.prompt) ?? []))];
  const steps = [...new Set(of.flatMap((s) => s?.steps ?? []))].sort((a, b) => a - b);
  if (prompts.length === 0) return <p class="quiet">{t('None of the chosen runs has written answers down. Runs of PPO, generation and evaluation do.')}</p>;
  const at = step === undefined ? steps.length - 1 : Math.max(0, steps.findLastIndex((s) => s <= step));
  return (
    <>
      <div class="line">
        {steps.length > 1 && (
          <label class="smoothing">{t('at step')}
            <input type="range" min={0} max={steps.length - 1} step={1} value={at} aria-valuetext={t('step {0}', steps[at]!)} onInput={(e) => { setStep(steps[Number(e.currentTarget.value)]); }} />
            <span class="number">{steps[at]}</span>
          </label>
        )}
        {rows.length > most && <span class="quiet">{t('The first {0} runs are shown.', most)}</span>}
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('Answers')}>
        <table class="answers">
          <thead><tr><th scope="col">{t('Prompt')}</th>{shown.map((r, i) => <th scope="col" key={r.id} dir="auto"><span class={`key c${i % 8}`}><i aria-hidden="true" />{r.name}</span> <span class="quiet number">{of[i]?.step == null ? '' : t('step {0}', of[i].step)}</span></th>)}</tr></thead>
          <tbody>
            {(all ? prompts : prompts.slice(0, 12)).map((prompt) => (
              <tr key={prompt}>
                <th scope="row"><Text text={prompt} /></th>
                {of.map((s, i) => {
                  const answer = s?.samples.find((x) => x.prompt === prompt);
                  return (
                    <td key={i}>
                      {answer === undefined ? <span class="quiet">–</span> : (
                        <>
                          {(answer.reward !== undefined || answer.kl !== undefined) && <p class="quiet number">{[...(answer.reward === undefined ? [] : [t('reward {0}', formatValue(answer.reward))]), ...(answer.kl === undefined ? [] : [t('KL {0}', formatValue(answer.kl))])].join(' · ')}</p>}
                          <Text text={answer.text} />
                        </>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {prompts.length > 12 && !all && <button type="button" class="link" onClick={() => { setAll(true); }}>{t('Show all {0} prompts', prompts.length)}</button>}
    </>
  );
}
