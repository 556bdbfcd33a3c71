import { contentOf } from '../content';
import type { Generation, Label, ScreeningItem } from '../records';
import { agreementWithGold } from '../screening';
import type { TaskForm } from '../tasks';
import { buildJudgements } from './judgements';
import type { GoldScore } from './labelers';
import type { AgreementInput } from './report';

/** Takes labels one by one, so that a caller can do it in slices. */
export interface AgreementCollector {
  /** Labels of other tasks and screening labels are passed over. */
  add(label: Label): void;
  finish(): AgreementInput;
}

/**
 * What agreement is computed from: columns of the task's labels, and each labeler's agreement with the gold items.
 * @param generations by item key of the task, for the number of words that were read
 */
export function agreementCollector(form: TaskForm, generations: ReadonlyMap<string, Generation>, screening: Iterable<ScreeningItem>): AgreementCollector {
  const builder = buildJudgements({ form, words: (_label, key) => wordsOf(generations.get(key)) });
  const items = new Map([...screening].map((item) => [item.id, item]));
  const scores = new Map<string, { sum: number; n: number }>();

  function addGold(label: Label): void {
    const item = items.get(label.gold ?? '');
    const parts = item ? agreementWithGold(item, label, form) : [];
    if (parts.length === 0) return;
    const score = scores.get(label.labeler) ?? { sum: 0, n: 0 };
    scores.set(label.labeler, score);
    score.sum += parts.reduce((sum, p) => sum + p.share, 0) / parts.length;
    score.n++;
  }

  return {
    add(label) {
      if (label.task !== form.id || label.kind === 'screening') return;
      if (label.kind === 'gold') addGold(label);
      else builder.add(label);
    },
    finish: () => ({ judgements: builder.finish(), form, gold: [...scores].map(([labeler, score]): GoldScore => ({ labeler, ...score })), seed: 'agreement' }),
  };
}

/** Words of the prompt and all answers: what a labeler reads. */
function wordsOf(g: Generation | undefined): number | undefined {
  if (!g) return undefined;
  const content = contentOf(g);
  return count(typeof content === 'string' ? content : content.map((m) => m.content).join(' ')) + g.responses.reduce((sum, r) => sum + count(r.text), 0);
}

const count = (text: string): number => text.match(/\S+/g)?.length ?? 0;
