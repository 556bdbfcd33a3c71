import { response } from '../domain/content';
import { collector } from './collect';
import { column, listNames, numberedColumns, plainName, promptOf, textOf } from './columns';
import type { RowFormat } from './format';

/**
 * Two answers that several people have judged, one row an item: columns `annotator1`, `annotator2`, … (PandaLM's test set,
 * arXiv 2306.05087: 0 tie, 1, 2), or a list `votes` of `[labeler, choice]` (the pairs of UKPConvArg, Habernal and Gurevych,
 * ACL 2016). Each person becomes a labeler with a file of labels. Who wrote the answers is told by `model_a` and `model_b`,
 * `model1` and `model2`, or PandaLM's `cmp_key`.
 */
export const votes: RowFormat = {
  id: 'votes',
  title: 'Two answers with the votes of several people',
  detect: (rows) => rows.slice(0, 20).some(({ value }) => answersOf(value) !== undefined && votesOf(value, '').length > 0),
  read(rows, options) {
    const found = collector(options);
    for (const { line, value } of rows) {
      const asked = promptOf(value);
      const answers = answersOf(value);
      if ('fault' in asked || answers === undefined) {
        found.problem(line, 'error', 'fault' in asked ? asked.fault : 'there are no two answers: "response1" and "response2", or a list of two');
        continue;
      }
      if (answers[0].text === answers[1].text) {
        found.problem(line, 'warning', 'the two answers are the same text; the row is left out');
        continue;
      }
      const sources = sourcesOf(value, options.source);
      const responses = answers.map(({ text, source }, i) => response(text, source ?? sources[i]!));
      found.add(line, asked.content, responses);
      for (const { labeler, choice } of votesOf(value, options.labeler)) {
        const side = sideOf(choice);
        if (side === undefined) found.problem(line, 'warning', `${labeler} chose ${JSON.stringify(choice)}; a choice is 1, 2 or 0 for a tie (or a1, a2, equal). This vote is left out`);
        else found.add(line, asked.content, responses, side === 0 ? [1, 1] : side === 1 ? [1, 2] : [2, 1], undefined, labeler);
      }
    }
    return found.result();
  },
};

type Value = Readonly<Record<string, unknown>>;

interface Answer {
  readonly text: string;
  /** Where the answer says it itself. */
  readonly source?: string;
}

/** Two texts, or two objects with a `text` and perhaps a `source`. */
function answersOf(value: Value): readonly [Answer, Answer] | undefined {
  const list = column(value, listNames);
  const both = list !== undefined && Array.isArray(value[list]) ? (value[list] as unknown[]) : numberedColumns(value).map((name) => value[name]);
  const [a, b] = both.map(answerOf);
  return both.length === 2 && a !== undefined && b !== undefined ? [a, b] : undefined;
}

function answerOf(value: unknown): Answer | undefined {
  if (typeof value === 'string') return { text: value };
  if (typeof value !== 'object' || value === null) return undefined;
  const { text, source } = value as Value;
  const name = textOf(source)?.replace(/\s+/g, '-');
  return typeof text !== 'string' ? undefined : name === undefined ? { text } : { text, source: name };
}

function votesOf(value: Value, prefix: string): { labeler: string; choice: unknown }[] {
  const list = value['votes'];
  if (Array.isArray(list)) {
    return (list as unknown[]).flatMap((v) => {
      const [labeler, choice] = Array.isArray(v) ? (v as unknown[]) : typeof v === 'object' && v !== null ? [(v as Value)['labeler'], (v as Value)['choice']] : [];
      const name = textOf(labeler);
      return name === undefined ? [] : [{ labeler: name, choice }];
    });
  }
  return Object.keys(value)
    .filter((name) => /^annotator\d+$/.test(plainName(name)) && value[name] !== null && value[name] !== '')
    .map((name) => ({ labeler: prefix === '' ? name : `${prefix}-${plainName(name)}`, choice: value[name] }));
}

function sourcesOf(value: Value, source: string): readonly [string, string] {
  const key = textOf(value['cmp_key'])?.split('_') ?? [];
  if (key.length === 2 && key.every((k) => k !== '')) return [key[0]!, key[1]!];
  const name = (names: readonly string[]): string => {
    const found = column(value, names);
    return (found === undefined ? undefined : textOf(value[found])?.replace(/\s+/g, '-')) ?? source;
  };
  return [name(['modela', 'model1']), name(['modelb', 'model2'])];
}

/** 1: the first answer, 2: the second, 0: a tie. */
function sideOf(choice: unknown): 0 | 1 | 2 | undefined {
  const text = textOf(choice)?.toLowerCase().replace(/[\s_-]+/g, '') ?? '';
  if (/^(1|a1?|first|left|modela|response1)$/.test(text)) return 1;
  if (/^(2|b|a2|second|right|modelb|response2)$/.test(text)) return 2;
  return /^(0|tie|equal|same|both)$/.test(text) ? 0 : undefined;
}
