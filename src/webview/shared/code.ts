/** A stretch of model text: prose, or the inside of a code fence with the fence lines that enclose it. */
export interface Part {
  readonly code: boolean;
  readonly text: string;
}

/**
 * Splits text at Markdown code fences. Nothing is dropped or changed: the parts joined by line feeds are the text, so that
 * a labeler judges exactly what the model wrote. A fence that is never closed runs to the end.
 */
export function splitCode(text: string): Part[] {
  const parts: Part[] = [];
  let lines: string[] = [];
  let fence: string | undefined;
  const flush = (code: boolean): void => {
    if (lines.length > 0) parts.push({ code, text: lines.join('\n') });
    lines = [];
  };
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) {
      flush(false);
      fence = mark;
      lines.push(line);
    } else if (fence !== undefined && mark?.startsWith(fence) === true && line.trim() === mark) {
      lines.push(line);
      flush(true);
      fence = undefined;
    } else lines.push(line);
  }
  flush(fence !== undefined);
  return parts;
}
