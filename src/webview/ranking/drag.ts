/** Own type, so that nothing else that is dragged over the panel is taken for an answer. */
const type = 'application/x-plumbline-answer';

export function dragStart(event: DragEvent, position: number): void {
  event.dataTransfer?.setData(type, String(position));
  if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
}

/** Handlers of a place that takes answers; `over` is called with whether one hovers there. */
export function dropTarget(onDrop: (position: number) => void): { onDragOver: (e: DragEvent) => void; onDragEnter: (e: DragEvent) => void; onDragLeave: (e: DragEvent) => void; onDrop: (e: DragEvent) => void } {
  const mark = (event: DragEvent, on: boolean): void => {
    (event.currentTarget as HTMLElement).classList.toggle('over', on);
  };
  const accept = (event: DragEvent): void => {
    if (event.dataTransfer?.types.includes(type) !== true) return;
    event.preventDefault();
    mark(event, true);
  };
  return {
    onDragOver: accept,
    onDragEnter: accept,
    onDragLeave: (event) => {
      mark(event, false);
    },
    onDrop: (event) => {
      mark(event, false);
      const position = event.dataTransfer?.getData(type) ?? '';
      if (!/^\d$/.test(position)) return;
      event.preventDefault();
      onDrop(Number(position));
    },
  };
}
