import type { VNode } from 'preact';
import type { ScreeningResult } from '../../domain/screening';
import type { TaskForm } from '../../domain/tasks';
import { t } from '../shared/l10n';

const percent = (x: number): string => `${Math.round(100 * x)} %`;

/** A part of the test as the task words it: `rule:no-insult` is the rule. */
function nameOfPart(part: string, form: TaskForm): string {
  const at = part.indexOf(':');
  const [of, id] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  if (of === 'preference') return t('Preference');
  if (of === 'flags') return t('Flags');
  if (of === 'criterion') return form.criteria.find((c) => c.id === id)?.title ?? id;
  if (of === 'rule') return form.rules.find((r) => r.id === id)?.text ?? id;
  return form.questions.find((q) => q.id === id)?.text ?? id;
}

/** How a candidate did in the entrance test, part by part, with 95 % intervals. */
export function Result({ result, form }: { result: ScreeningResult; form: TaskForm }): VNode {
  const { passed, parts, overall } = result;
  return (
    <>
      <h1>{passed === undefined ? t('Not finished yet') : passed ? t('Passed') : t('Not passed')}</h1>
      <p class="quiet reason">{result.reason.replaceAll(' %', '\u00a0%')}</p>
      <table class={`result${parts.length > 1 ? ' with-sum' : ''}`}>
        <thead><tr><th scope="col">{t('Part')}</th><th scope="col">{t('Agreement')}</th><th scope="col">{t('95 % interval')}</th></tr></thead>
        <tbody>
          {[...parts.map(({ part, agreement }) => ({ key: part, part: nameOfPart(part, form), agreement })), ...(parts.length === 1 ? [] : [{ key: '', part: t('All parts'), agreement: overall }])].map(({ key, part, agreement }) => (
            <tr key={key}>
              <th scope="row">{part}</th>
              <td class="number">{agreement ? percent(agreement.share) : '–'}</td>
              <td class="number quiet">{agreement ? `${percent(agreement.low)} – ${percent(agreement.high)}` : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
