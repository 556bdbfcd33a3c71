import { UserError } from '../base/errors';
import { plural } from '../base/text';
import { contentOf } from '../domain/content';
import { contradictedLabels, reAskedReport, type ReAskedReport, type ScoresOf } from '../domain/contradictions';
import { foldLabels } from '../domain/labels';
import type { Label } from '../domain/records';
import { readGenerations } from '../store/data-files';
import { readLabels } from '../store/label-files';
import type { Workspace } from '../store/workspace';
import { promptText } from './report';
import { readScores, scoreKey } from './scores';
import type { RunView } from './view';
import { number, percent, plain, table } from './words';

/** A contradicted label, as a report shows it. */
export interface ContradictedLabel {
  readonly label: string;
  readonly labeler: string;
  readonly task: string;
  /** Mean probability of the reward models that it is the other way round. */
  readonly against: number;
  readonly prompt: string;
  /** The answer that the labeler took for the best of the item, and the one that the models do. */
  readonly labelers: string;
  readonly models: string;
}

export interface ContradictionsReport {
  readonly v: 1;
  /** Ordinary labels that make a comparison and whose answers are all scored. */
  readonly contradicted: readonly ContradictedLabel[];
  readonly reAsked: ReAskedReport;
}

/** What reward models contradict, and what became of what was asked again. @throws UserError when nothing is scored. */
export async function contradictionsReport(workspace: Workspace, runs: readonly RunView[], most = 50): Promise<ContradictionsReport> {
  const scores = await readScores(runs);
  if (scores.size === 0) throw noScores();
  const scoresOf: ScoresOf = (promptHash, hash) => scores.get(scoreKey(promptHash, hash));
  const lines = (await readLabels(workspace)).records;
  const { current } = foldLabels(lines);
  const texts = new Map<string, string>();
  const prompts = new Map<string, string>();
  for (const g of (await readGenerations(workspace)).records.flatMap((s) => s.records)) {
    const content = contentOf(g);
    prompts.set(g.promptHash, promptText(typeof content === 'string' ? content : [...content]));
    for (const r of g.responses) texts.set(r.hash, r.text);
  }
  const byId = new Map(lines.flatMap((l) => (l.op === 'label' ? [[l.id, l] as const] : [])));
  const shown = (label: Label, best: (i: number) => number): string => {
    const at = label.items.map((_, i) => i).reduce((a, b) => (best(b) > best(a) ? b : a));
    return texts.get(label.items[at]!.hash) ?? '(the answer is gone)';
  };
  const meanScore = (label: Label, i: number): number => {
    const s = scoresOf(label.promptHash, label.items[i]!.hash) ?? [];
    return s.reduce((a, b) => a + b, 0) / Math.max(1, s.length);
  };
  return {
    v: 1,
    contradicted: contradictedLabels(current, scoresOf, most).map(({ label, against }) => ({
      label: label.id,
      labeler: label.labeler,
      task: label.task,
      against,
      prompt: prompts.get(label.promptHash) ?? '(the prompt is gone)',
      labelers: shown(label, (i) => -(label.ranks?.[i] ?? Infinity)),
      models: shown(label, (i) => meanScore(label, i)),
    })),
    reAsked: reAskedReport(current, (id) => byId.get(id), scoresOf),
  };
}

export const noScores = (): UserError => new UserError('jobs.no-scores', 'Nothing is scored yet: let reward models score the answers first (Plumbline: Score Answers).', { title: 'Score answers', command: 'plumbline.scoreAnswers' });

export function contradictionsMarkdown({ contradicted, reAsked }: ContradictionsReport): string {
  const { labels, labelers, kept, reversed, tied, open, before, after } = reAsked;
  const comparisons = kept + reversed + tied + open;
  const parts = [
    '# Labels that reward models contradict',
    labels === 0
      ? 'None was asked again yet (Plumbline: Ask Contradicted Labels Again).'
      : `${plural(labels, 'label')} of ${plural(labelers, 'labeler')} were asked again, blind. Of ${plural(comparisons, 'comparison')} people kept ${kept} (${percent(kept / comparisons)}), reversed ${reversed} (${percent(reversed / comparisons)}) and tied ${tied}${open === 0 ? '' : `; of ${open} they say no order any more`}.${before === undefined || after === undefined ? '' : ` Model and person agreed on ${percent(before)} of them before, on ${percent(after)} now. These items were chosen since the two disagreed: some of that gain is chance, and how much people reverse tells more.`} The first labels stay what training takes.`,
    contradicted.length === 0 ? 'No label is contradicted.' : table(['contradicted', 'labeler', 'prompt', 'best by the labeler', 'best by the models'], contradicted.map((c) => [number(c.against), plain(c.labeler), plain(c.prompt), plain(c.labelers), plain(c.models)])),
    '"Contradicted": the mean probability of the reward models that the label is the other way round. A model that has learned from these labels contradicts them less than one that has not.',
  ];
  return `${parts.join('\n\n')}\n`;
}
