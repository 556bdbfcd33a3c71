import type { VNode } from 'preact';
import { splitCode } from './code';

/** Model text. Text nodes only: markup in it stays text. Direction is each paragraph's own. */
export function Text({ text }: { text: string }): VNode {
  return (
    <div class="text" dir="auto">
      {splitCode(text).map((part, i) => (part.code ? <code class="code" key={i}>{part.text}</code> : part.text))}
    </div>
  );
}
