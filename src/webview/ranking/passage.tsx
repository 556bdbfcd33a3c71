import type { VNode } from 'preact';
import type { Mark } from '../../domain/form';
import type { Stretch } from '../../domain/masking';
import { splitCode } from '../shared/code';
import { t } from '../shared/l10n';

interface Props {
  readonly text: string;
  readonly hidden: readonly Stretch[];
  readonly marks?: readonly Mark[];
  /** Tags in their order, which gives each its look. */
  readonly tags?: readonly string[];
  /** What is chosen to be marked. */
  readonly chosen?: Stretch | undefined;
}

/**
 * Model text with what is hidden and marked in it. Text nodes only: markup in it stays text. Every piece knows its offset in
 * the true text (`data-start`), so that a selection can be told in it.
 */
export function Passage({ text, hidden, marks = [], tags = [], chosen }: Props): VNode {
  const edges = [...hidden, ...marks, ...(chosen ? [chosen] : [])].flatMap((s) => [s.start, s.end]);
  let at = 0;
  return (
    <div class="text" dir="auto">
      {splitCode(text).map((part, i) => {
        const start = at;
        at += part.text.length + 1;
        const pieces = cut(start, start + part.text.length, edges).map((piece) => <Piece key={piece.start} {...piece} text={text} hidden={hidden} marks={marks} tags={tags} chosen={chosen} />);
        return part.code ? <code class="code" key={i}>{pieces}</code> : <span key={i}>{pieces}</span>;
      })}
    </div>
  );
}

function Piece({ start, end, text, hidden, marks = [], tags = [], chosen }: Props & Stretch): VNode | null {
  const mask = hidden.find((h) => h.start <= start && end <= h.end);
  const over = marks.filter((m) => m.start <= start && end <= m.end);
  const isChosen = chosen !== undefined && chosen.start <= start && end <= chosen.end;
  if (mask && mask.start !== start) return null;
  const mark = over[0];
  const looks = [isChosen ? 'chosen' : '', mark ? `marked look-${Math.max(0, tags.indexOf(mark.tag)) % 6}` : ''].filter(Boolean).join(' ');
  const content = mask ? <span class="masked" data-start={start} data-length={mask.end - mask.start}>▇▇▇ <i>{t('hidden')}</i></span> : <span data-start={start}>{text.slice(start, end)}</span>;
  const ends = over.filter((m) => m.end === end || m.end === mask?.end);
  if (looks === '') return content;
  return (
    <>
      {mark ? <mark class={looks}>{content}</mark> : <span class={looks}>{content}</span>}
      {ends.map((m) => <span class="tag" key={m.tag}>{m.tag}</span>)}
    </>
  );
}

/** Pieces of a stretch between these edges. */
function cut(start: number, end: number, edges: readonly number[]): Stretch[] {
  const inside = [...new Set([start, ...edges.filter((e) => e > start && e < end), end])].sort((a, b) => a - b);
  return inside.slice(0, -1).map((from, i) => ({ start: from, end: inside[i + 1]! }));
}

/** The offsets, in the true text, of what is selected by mouse inside an element; undefined when nothing is. */
export function selectedIn(element: HTMLElement): Stretch | undefined {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return undefined;
  const range = selection.getRangeAt(0);
  if (!element.contains(range.startContainer) || !element.contains(range.endContainer)) return undefined;
  const start = offsetOf(element, range.startContainer, range.startOffset, false);
  const end = offsetOf(element, range.endContainer, range.endOffset, true);
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** A place in the page as an offset in the text: within a piece, or at the nearest piece after (before, for an end) it. */
function offsetOf(root: HTMLElement, node: Node, offset: number, isEnd: boolean): number | undefined {
  const piece = (node instanceof Element ? node : node.parentElement)?.closest<HTMLElement>('[data-start]');
  if (piece) {
    const start = Number(piece.dataset['start']);
    if (piece.dataset['length'] !== undefined) return isEnd ? start + Number(piece.dataset['length']) : start;
    return start + (node.nodeType === Node.TEXT_NODE ? offset : offset > 0 ? (piece.textContent.length) : 0);
  }
  const point = document.createRange();
  point.setStart(node, offset);
  const pieces = [...root.querySelectorAll<HTMLElement>('[data-start]')];
  const lengthOf = (p: HTMLElement): number => (p.dataset['length'] === undefined ? p.textContent.length : Number(p.dataset['length']));
  if (isEnd) {
    const before = pieces.findLast((p) => point.comparePoint(p, 0) < 0);
    return before && Number(before.dataset['start']) + lengthOf(before);
  }
  const after = pieces.find((p) => point.comparePoint(p, 0) >= 0);
  return after && Number(after.dataset['start']);
}
