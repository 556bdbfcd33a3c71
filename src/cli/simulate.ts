import { UserError } from '../base/errors';
import { createRng } from '../base/rng';
import { keyOfGeneration, labelItems } from '../domain/content';
import { foldLabels } from '../domain/labels';
import { labelsByItem } from '../domain/progress';
import type { Label, Verdict } from '../domain/records';
import type { Data } from '../jobs/plan';
import { rank, simulatedLabelers } from '../sample/labelers';
import { appendLabels, newLabel } from '../store/label-files';
import type { Workspace } from '../store/workspace';
import { judgeOf } from '../sample/project-judge';

export interface Simulated {
  readonly labeler: string;
  readonly labels: number;
  /** Items that this labeler had judged before. */
  readonly known: number;
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
}

/**
 * Lets the sample's simulated labelers judge every generation that they have not judged yet. Same seed, same judgements.
 * @throws UserError in a workspace that is not the sample's: nobody else's answers can be judged by a grammar.
 */
export async function simulateLabels(workspace: Workspace, data: Data, seed: number, names?: readonly string[]): Promise<Simulated[]> {
  if (judgeOf(data.project) === undefined) throw new UserError('cli.not-the-sample', `Simulated labelers know only the sample's small world; ${workspace.root} is not a copy of it. Rank the answers yourself (Plumbline: Label Answers).`);
  const unknown = names?.find((n) => !simulatedLabelers.some((l) => l.name === n));
  if (unknown !== undefined) throw new UserError('cli.no-labeler', `There is no simulated labeler "${unknown}"; there are ${simulatedLabelers.map((l) => l.name).join(', ')}.`);
  const items = data.generations.flatMap((s) => s.records).filter((g) => g.responses.length >= 2);
  if (items.length === 0) throw new UserError('cli.nothing-to-label', 'There are no answers to judge yet: generate some first (plumbline generate).', { title: 'Generate answers', command: 'plumbline.generate' });
  const { current } = foldLabels(data.lines);
  const results: Simulated[] = [];
  for (const labeler of simulatedLabelers) {
    if (names !== undefined && !names.includes(labeler.name)) continue;
    const done = labelsByItem(current, labeler.name);
    const verdicts: Partial<Record<Verdict, number>> = {};
    const labels: Label[] = [];
    for (const g of items) {
      if (done.has(keyOfGeneration(g))) continue;
      // An own generator for each item, by what it is, not by when it was made: what a labeler says of one does not depend on which others there are.
      const rng = createRng(`simulated ${seed} ${labeler.name} ${keyOfGeneration(g)}`);
      const said = rank({ prompt: g.prompt ?? '', responses: g.responses.map((r) => r.text) }, labeler, rng);
      verdicts[said.verdict] = (verdicts[said.verdict] ?? 0) + 1;
      labels.push(
        newLabel(
          { task: 'ranking', labeler: labeler.name, promptHash: g.promptHash, items: labelItems(g), shown: said.shown, touched: true, verdict: said.verdict, ...(said.ranks === undefined ? {} : { ranks: said.ranks }), ms: said.ms, generation: g.id },
          new Date(),
        ),
      );
    }
    await appendLabels(workspace, labels);
    results.push({ labeler: labeler.name, labels: labels.length, known: items.length - labels.length, verdicts });
  }
  return results;
}
