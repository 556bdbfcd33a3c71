import { response } from '../domain/content';
import type { Message, Response } from '../domain/records';
import { collector } from './collect';
import type { Collector } from './collect';
import type { RowFormat } from './format';

/**
 * OpenAssistant's conversation trees (https://github.com/LAION-AI/Open-Assistant, oasst export format): one tree a row,
 * `{message_tree_id, prompt: {text, role, replies: […]}}`. Wherever an assistant's turn has two or more replies they become
 * one generation; their `rank` (0 is best, aggregated over the labelers by ranked pairs) becomes one judgement.
 */
export const oasstTrees: RowFormat = {
  id: 'oasst',
  title: 'OpenAssistant trees',
  detect: (rows) => rows.some(({ value }) => 'message_tree_id' in value && typeof value['prompt'] === 'object'),
  read(rows, options) {
    const found = collector(options);
    for (const { line, value } of rows) {
      const root = messageOf(value['prompt']);
      if (root === undefined) found.problem(line, 'error', 'the tree has no "prompt" with a "text" and a "role"');
      else walk(found, line, root);
    }
    return found.result();
  },
};

interface Node {
  readonly text: string;
  readonly role: 'user' | 'assistant';
  readonly source: string;
  readonly rank: number | null;
  readonly replies: readonly unknown[];
}

/** Every turn of the tree. Trees can be deep, so the way is kept on a list and not on the call stack. */
function walk(found: Collector, line: number, root: Node): void {
  const open: { node: Node; path: readonly Message[] }[] = [{ node: root, path: [] }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const path = [...at.path, { role: at.node.role, content: at.node.text }];
    const replies: Node[] = [];
    for (const reply of at.node.replies) {
      const node = messageOf(reply);
      if (node !== undefined) replies.push(node);
      else if (!isDeleted(reply)) found.problem(line, 'warning', 'a reply without a "text" and a "role" is left out, with what follows it');
    }
    addTurn(found, line, path, replies.filter((r) => r.role === 'assistant'));
    for (const node of replies.toReversed()) open.push({ node, path });
  }
}

function addTurn(found: Collector, line: number, path: readonly Message[], replies: readonly Node[]): void {
  if (replies.length < 2) return;
  const responses: Response[] = replies.map((r) => response(r.text, r.source));
  const ranked = replies.filter((r) => r.rank !== null).length;
  const content = path.length === 1 ? path[0]!.content : path;
  if (ranked >= 2) found.add(line, content, responses, replies.map((r) => (r.rank === null ? null : r.rank + 1)));
  else found.add(line, content, responses);
}

function messageOf(value: unknown): Node | undefined {
  if (typeof value !== 'object' || value === null || isDeleted(value)) return undefined;
  const { text, role, rank, model_name: model, synthetic, replies } = value as Record<string, unknown>;
  if (typeof text !== 'string' || (role !== 'prompter' && role !== 'assistant')) return undefined;
  return {
    text,
    role: role === 'prompter' ? 'user' : 'assistant',
    source: synthetic === true && typeof model === 'string' && model !== '' ? model.replace(/\s+/g, '-') : 'person',
    rank: typeof rank === 'number' && Number.isInteger(rank) && rank >= 0 ? rank : null,
    replies: Array.isArray(replies) ? (replies as unknown[]) : [],
  };
}

const isDeleted = (value: unknown): boolean => typeof value === 'object' && value !== null && (value as Record<string, unknown>)['deleted'] === true;
