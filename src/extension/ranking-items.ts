import { contentOf } from '../domain/content';
import type { Cards } from '../domain/form-label';
import { blindOrder } from '../domain/progress';
import type { Generation, Label, Mask } from '../domain/records';
import type { Masker } from '../jobs/mask-texts';
import type { PanelMessage, RankingItem } from '../protocol/panels-ranking';

/** The order in which a labeler sees an item's answers: drawn, as it was in a label, or the reverse of that. */
export function orderOf(labeler: string, key: string, generation: Generation, label?: Label, reversed = false): number[] {
  const drawn = blindOrder(labeler, key, generation.responses.length);
  const shown = label?.shown?.map((item) => label.items[item]?.hash);
  const order = shown && sortByHashes(drawn, generation, shown);
  return reversed ? (order ?? drawn).toReversed() : (order ?? drawn);
}

/** Answers with the same text stand on one card, where the first of them falls. `cards[position]` are indices of responses. */
export function cardsIn(order: readonly number[], { responses }: Generation): Cards {
  const cards = new Map<string, number[]>();
  for (const i of order) {
    const { hash } = responses[i]!;
    const card = cards.get(hash);
    if (card) card.push(i);
    else cards.set(hash, [i]);
  }
  return [...cards.values()];
}

/** The same cards with indices of a label's items: it may have been made from another generation with the same answers. */
export function cardsInLabel(cards: Cards, generation: Generation, label: Label): Cards {
  const at = new Map(label.items.map((item, i) => [item.hash, i]));
  return cards.map((card) => card.map((i) => at.get(generation.responses[i]!.hash) ?? -1));
}

/** An item as the page gets it, and what of it is hidden, as a label keeps it. */
export function pageItem(id: string, generation: Generation, cards: Cards, masker: Masker): { item: RankingItem; masked: Mask[] } {
  const content = contentOf(generation);
  const messages = typeof content === 'string' ? [{ role: 'user', content }] : content;
  const answers = cards.map((card) => generation.responses[card[0]!]!.text);
  // Only what a model may have written gives a model away.
  const turns = messages.map((m) => (m.role === 'assistant' ? m.content : ''));
  const hidden = masker.hide([...turns, ...answers]);
  const prompt = messages.map((m, i): PanelMessage => ({ role: m.role, text: m.content, hidden: hidden[i]! }));
  // Offsets in the prompt count through all messages, one after the other, joined by nothing.
  let before = 0;
  const inPrompt = messages.flatMap((m, i) => {
    const at = before;
    before += m.content.length;
    return hidden[i]!.map((h): Mask => ({ item: -1, start: at + h.start, end: at + h.end }));
  });
  const inAnswers = cards.flatMap((card, position) => card.flatMap((item) => hidden[turns.length + position]!.map((h): Mask => ({ item, ...h }))));
  return { item: { id, prompt, answers: answers.map((text, position) => ({ text, hidden: hidden[turns.length + position]! })) }, masked: [...inPrompt, ...inAnswers] };
}

/** Indices of responses in the order of these hashes; undefined when they are not of the same answers. */
function sortByHashes(all: readonly number[], generation: Generation, hashes: readonly (string | undefined)[]): number[] | undefined {
  const free = new Map<string, number[]>();
  for (const i of all) {
    const { hash } = generation.responses[i]!;
    free.set(hash, [...(free.get(hash) ?? []), i]);
  }
  const order = hashes.map((hash) => (hash === undefined ? undefined : free.get(hash)?.shift()));
  return order.length === all.length && order.every((i) => i !== undefined) ? order : undefined;
}
