import { contentOf } from '../../domain/content';
import { buildJudgements } from '../../domain/agreement/judgements';
import type { GoldScore } from '../../domain/agreement/labelers';
import type { AgreementInput } from '../../domain/agreement/report';
import type { Generation, Label, ScreeningItem } from '../../domain/records';
import { agreementWithGold } from '../../domain/screening';
import type { TaskForm } from '../../domain/tasks';
import type { Data } from '../session';

/** So many labels are taken between two looks at what else the editor has to do. */
const slice = 2000;

/**
 * The columns that agreement is computed from, made in slices so that the editor's thread is never held.
 * Undefined when `stale` says that nobody wants them any more.
 */
export async function agreementInput(data: Data, form: TaskForm, stale: () => boolean): Promise<AgreementInput | undefined> {
  const generations = data.byKey(form.id);
  const builder = buildJudgements({ form, words: (_label, key) => wordsOf(generations.get(key)) });
  const gold = new Map(data.screening.flatMap((s) => s.records).map((item) => [item.id, item]));
  const scores = new Map<string, { sum: number; n: number }>();
  const { labels } = data;
  for (let from = 0; from < labels.length; from += slice) {
    for (const label of labels.slice(from, from + slice)) {
      if (label.task !== form.id || label.kind === 'screening') continue;
      if (label.kind === 'gold') addScore(scores, label, gold.get(label.gold ?? ''), form);
      else builder.add(label);
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (stale()) return undefined;
  }
  return { judgements: builder.finish(), form, gold: [...scores].map(([labeler, score]): GoldScore => ({ labeler, ...score })), seed: 'agreement' };
}

function addScore(scores: Map<string, { sum: number; n: number }>, label: Label, item: ScreeningItem | undefined, form: TaskForm): void {
  const parts = item ? agreementWithGold(item, label, form) : [];
  if (parts.length === 0) return;
  const score = scores.get(label.labeler) ?? { sum: 0, n: 0 };
  scores.set(label.labeler, score);
  score.sum += parts.reduce((sum, p) => sum + p.share, 0) / parts.length;
  score.n++;
}

/** Words of the prompt and all answers: what a labeler reads. */
function wordsOf(g: Generation | undefined): number | undefined {
  if (!g) return undefined;
  const content = contentOf(g);
  return count(typeof content === 'string' ? content : content.map((m) => m.content).join(' ')) + g.responses.reduce((sum, r) => sum + count(r.text), 0);
}

const count = (text: string): number => text.match(/\S+/g)?.length ?? 0;
