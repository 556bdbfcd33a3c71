import type { TaskForm } from '../../domain/tasks';
import { t } from '../shared/l10n';

/** Keys and what they do, for what the task asks. */
export function keysFor(form: TaskForm, count: number): [string[], string][] {
  const { preference } = form;
  const ranks = preference?.form === 'ranking';
  const perAnswer = form.criteria.length > 0 || form.rules.length > 0 || form.questions.length > 0 || form.flags.length > 0;
  const fields = perAnswer || form.rationale !== 'off' || form.confidence !== undefined || preference?.strength === true;
  const spans = form.rules.length > 0 || form.questions.some((q) => q.kind === 'span');
  const list: [boolean, string[], string][] = [
    [ranks, ['1', '…', String(count)], t('On the answers: give this answer the next rank, or take its rank away')],
    [preference?.form === 'best', ['1', '…', String(count)], t('On the answers: this one is the best, or no longer')],
    [preference?.form === 'pairwise', ['1', '2'], t('On the answers: this one is better, or no longer')],
    [fields, ['1', '…', '9'], t('On a field: choose its first, second … option, or the point of a scale; the same again, or 0, takes it back')],
    [fields, ['Q', '⇧Q'], t('Next, previous field')],
    [fields, ['Esc'], t('Back to the answers; out of a text')],
    [spans, ['←', '→'], t('On a field that marks words: choose words of the answer, with Shift more of them; a digit marks, Delete takes away')],
    [form.flags.length > 0, ['F'], t('Flags of this answer')],
    [form.rationale !== 'off', ['R'], t('Write why')],
    [count > 1, ['J', 'K'], t('Next, previous answer')],
    [ranks, ['⇧J', '⇧K'], t('Lower, raise its rank')],
    [preference !== undefined && preference.ties !== false, ['='], ranks ? t('Tie with the answer ranked above') : t('The same')],
    [ranks, ['W'], t('Answers left without a rank: compared with nothing, or worse than the ranked')],
    [preference !== undefined, ['B'], t('All are bad')],
    [true, ['U'], t('Unsure')],
    [true, ['S'], t('Skip')],
    [true, ['↵'], fields ? t('To the next field that is still needed; when none is, save and go on') : t('Save and go on')],
    [true, ['Z', '⇧Z'], t('Undo, redo: also what was saved, also after a restart')],
    [true, ['[', ']'], t('Back to what you have judged, to change it; forward again')],
    [count > 1, ['D'], t('Mark the words that differ')],
    [true, ['G'], t('Guideline')],
    [true, ['E'], t('Show all of a long answer')],
    [true, ['?'], t('This list')],
  ];
  return list.flatMap(([applies, names, what]) => (applies ? [[names, what] as [string[], string]] : []));
}
