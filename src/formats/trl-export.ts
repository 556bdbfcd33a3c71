import type { ComparisonExample } from '../domain/comparisons';
import type { Message, PromptContent, Split } from '../domain/records';

export interface TrlExportOptions {
  /** TRL has no ties: leave them out, or write each in both directions. */
  readonly ties: 'drop' | 'both';
  /** Texts, or messages. `auto`: texts when every prompt is one, else messages for all, since a data set has one form. */
  readonly style?: 'auto' | 'plain' | 'conversational';
  /** One side only; both when left out. */
  readonly split?: Split;
  /** Adds `label_id`, `labeler` and `prompt_hash` to each row. */
  readonly provenance?: boolean;
}

export interface TrlExportCounts {
  readonly prompts: number;
  /** Rows written. */
  readonly rows: number;
  /** Preferences, one row each. */
  readonly preferences: number;
  /** Ties: rows are none or two for each, as `ties` says. */
  readonly ties: number;
  /** Comparisons of prompts on the other side of the split. */
  readonly otherSplit: number;
  readonly style: 'plain' | 'conversational';
}

/** How many rows an export would have; the same counts as {@link exportTrl} gives, without the text. */
export function countTrl(examples: readonly ComparisonExample[], options: TrlExportOptions): TrlExportCounts {
  const chosen = examples.filter((e) => options.split === undefined || e.split === options.split);
  const all = examples.reduce((n, e) => n + e.pairs.length, 0);
  const pairs = chosen.flatMap((e) => e.pairs);
  const ties = pairs.filter((p) => p.p === 0.5).length;
  const preferences = pairs.length - ties;
  return {
    prompts: chosen.filter((e) => e.pairs.some((p) => options.ties === 'both' || p.p === 1)).length,
    rows: preferences + (options.ties === 'both' ? 2 * ties : 0),
    preferences,
    ties,
    otherSplit: all - pairs.length,
    style: styleOf(chosen, options),
  };
}

/**
 * Comparisons as TRL preference JSONL (https://huggingface.co/docs/trl/dataset_formats#preference), one row per
 * comparison and labeler. Answers that nobody ordered (`all_bad`, `unsure`, `skipped`) are not in the examples and so not
 * here. Texts are exact: in the plain style prompt and answer are to be joined as they are.
 */
export function exportTrl(examples: readonly ComparisonExample[], options: TrlExportOptions): { text: string; counts: TrlExportCounts } {
  const counts = countTrl(examples, options);
  const lines: string[] = [];
  for (const e of examples) {
    if (options.split !== undefined && e.split !== options.split) continue;
    const prompt = counts.style === 'plain' ? plain(e.prompt) : conversational(e.prompt);
    const answer = (i: number): string | Message[] => (counts.style === 'plain' ? e.responses[i]! : [{ role: 'assistant', content: e.responses[i]! }]);
    for (const { i, j, p, label, labeler } of e.pairs) {
      if (p === 0.5 && options.ties === 'drop') continue;
      const origin = options.provenance === true ? { label_id: label, labeler, prompt_hash: e.promptHash } : {};
      lines.push(JSON.stringify({ prompt, chosen: answer(i), rejected: answer(j), ...origin }));
      if (p === 0.5) lines.push(JSON.stringify({ prompt, chosen: answer(j), rejected: answer(i), ...origin }));
    }
  }
  return { text: lines.map((l) => `${l}\n`).join(''), counts };
}

function styleOf(examples: readonly ComparisonExample[], { style = 'auto' }: TrlExportOptions): 'plain' | 'conversational' {
  return style === 'auto' ? (examples.every((e) => typeof e.prompt === 'string') ? 'plain' : 'conversational') : style;
}

const conversational = (prompt: PromptContent): readonly Message[] => (typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt);

/** Messages in the plain style are hh-rlhf transcripts, the one plain form that trainers know. */
function plain(prompt: PromptContent): string {
  if (typeof prompt === 'string') return prompt;
  return `${prompt.map(({ role, content }) => `\n\n${role === 'assistant' ? 'Assistant' : role === 'user' ? 'Human' : 'System'}: ${content}`).join('')}\n\nAssistant:`;
}
