import type { Problem } from '../base/problems';
import { missingText, textsByPrompt, type ComparisonOptions } from './comparisons';
import { keyOfLabel } from './content';
import type { Generation, Label, PromptContent, Split } from './records';

/** What one labeler says of an answer and a rule. */
export interface Mark {
  readonly rule: string;
  /** `na`: the rule does not apply. */
  readonly mark: 'broken' | 'kept' | 'na';
  /** The labeler's. */
  readonly weight: number;
  readonly labeler: string;
  /** The id of the label. */
  readonly label: string;
}

/** One answer with its marks: one example of a rule model. The shape of `data.jsonl`. */
export interface MarkedAnswer {
  readonly promptHash: string;
  readonly prompt: PromptContent;
  readonly response: string;
  readonly marks: readonly Mark[];
  readonly split: Split;
}

export interface RuleMarks {
  /** Sorted by prompt hash and answer hash. */
  readonly examples: MarkedAnswer[];
  /** Labels left out since their labeler is not admitted. */
  readonly notAdmitted: number;
  /** Labels that give way to an adjudication of the same item. */
  readonly settled: number;
  readonly problems: Problem[];
}

/**
 * The marks of standing labels on the rules, by answer. As in `foldComparisons` the result depends on the sets alone, tests of a labeler do not
 * count, and an adjudication that has marks on rules counts instead of the labels of its item.
 */
export function foldRuleMarks(labels: readonly Label[], generations: Iterable<Generation>, options: ComparisonOptions & { readonly rules: readonly string[] }): RuleMarks {
  const { admitted, splits, task, rules } = options;
  const known = textsByPrompt(generations);
  const problems: Problem[] = [];
  const wanted = labels.filter((l) => (l.kind === undefined || l.kind === 'adjudication') && (task === undefined || l.task === task) && rules.some((r) => l.rules?.[r] !== undefined));
  const adjudicated = new Set(wanted.filter((l) => l.kind === 'adjudication' && admitted.has(l.labeler)).map(keyOfLabel));
  const answers = new Map<string, Omit<MarkedAnswer, 'marks'> & { readonly marks: Mark[] }>();
  let notAdmitted = 0;
  let settled = 0;
  for (const label of [...wanted].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const fault = missingText(label, known);
    if (label.kind === undefined && adjudicated.has(keyOfLabel(label))) settled++;
    else if (!admitted.has(label.labeler)) notAdmitted++;
    else if (fault !== undefined) problems.push({ file: `labels of ${label.labeler}`, severity: 'warning', message: `label ${label.id} is not used: ${fault}` });
    else {
      const { prompt, texts } = known.get(label.promptHash)!;
      label.items.forEach(({ hash }, item) => {
        for (const mark of marksOf(label, item, rules, admitted.get(label.labeler)!)) {
          const key = `${label.promptHash} ${hash}`;
          const entry = answers.get(key) ?? { promptHash: label.promptHash, prompt, response: texts.get(hash)!, marks: [], split: splits?.get(label.promptHash) ?? 'train' };
          answers.set(key, entry);
          entry.marks.push(mark);
        }
      });
    }
  }
  return { examples: [...answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => e), notAdmitted, settled, problems };
}

function marksOf(label: Label, item: number, rules: readonly string[], weight: number): Mark[] {
  return rules.flatMap((rule): Mark[] => {
    const said = label.rules?.[rule]?.[item];
    if (said === undefined || said === null) return [];
    return [{ rule, mark: said === 'na' ? 'na' : said ? 'broken' : 'kept', weight, labeler: label.labeler, label: label.id }];
  });
}
