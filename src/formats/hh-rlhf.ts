import { addPair, collector } from './collect';
import type { RowFormat } from './format';

const turn = '\n\nAssistant:';

/**
 * Anthropic's hh-rlhf (https://github.com/anthropics/hh-rlhf): `{chosen, rejected}`, two whole transcripts that share a
 * beginning. Prompt and answers stay exact texts, the blank after `Assistant:` included.
 */
export const hhRlhf: RowFormat = {
  id: 'hh-rlhf',
  title: 'hh-rlhf transcripts (chosen and rejected)',
  detect: (rows) => rows.some(({ value: { chosen, rejected, prompt } }) => prompt === undefined && isTranscript(chosen) && isTranscript(rejected)),
  read(rows, options) {
    const found = collector(options);
    for (const { line, value } of rows) {
      const { chosen, rejected } = value;
      if (typeof chosen !== 'string' || typeof rejected !== 'string') {
        found.problem(line, 'error', '"chosen" and "rejected" must be texts');
        continue;
      }
      const cut = sharedPrompt(chosen, rejected);
      if (cut === undefined) found.problem(line, 'error', 'the two transcripts share no beginning up to an "Assistant:" turn');
      else if (chosen.length === cut || rejected.length === cut) found.problem(line, 'error', 'one of the two answers is empty');
      else {
        const later = [chosen, rejected].some((t) => t.indexOf('\n\nHuman:', cut) >= 0);
        if (later) found.problem(line, 'warning', 'the transcripts part before their last turn; the answers hold several turns');
        addPair(found, line, chosen.slice(0, cut), chosen.slice(cut), rejected.slice(cut), options.source);
      }
    }
    return found.result();
  },
};

const isTranscript = (text: unknown): boolean => typeof text === 'string' && text.includes(turn);

/** Where the shared prompt ends: the longest common beginning, cut after its last `\n\nAssistant:`. Undefined when there is no such turn in it. */
export function sharedPrompt(a: string, b: string): number | undefined {
  let common = 0;
  while (common < a.length && common < b.length && a.charCodeAt(common) === b.charCodeAt(common)) common++;
  const last = common < turn.length ? -1 : a.lastIndexOf(turn, common - turn.length);
  return last < 0 ? undefined : last + turn.length;
}
