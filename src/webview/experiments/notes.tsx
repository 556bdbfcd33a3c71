import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ExperimentAction, ExperimentRow } from '../../protocol/panels-experiments';
import { t } from '../shared/l10n';

export interface NoteChange {
  readonly star?: boolean;
  readonly note?: string;
  readonly addTags?: string[];
  readonly removeTags?: string[];
}

interface Props {
  readonly row: ExperimentRow;
  readonly trusted: boolean;
  readonly save: (change: NoteChange) => void;
  readonly close: () => void;
  readonly act: (id: string, action: ExperimentAction) => void;
}

/** Tags and a note of a run, and what can be done with it. */
export function Notes({ row, trusted, save, close, act }: Props): VNode {
  const [tags, setTags] = useState(row.tags.join(', '));
  const [note, setNote] = useState(row.note);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const done = (): void => {
    const wanted = [...new Set(tags.split(',').map((x) => x.trim().slice(0, 60)).filter((x) => x !== ''))];
    const addTags = wanted.filter((x) => !row.tags.includes(x));
    const removeTags = row.tags.filter((x) => !wanted.includes(x));
    if (addTags.length + removeTags.length === 0 && note === row.note) close();
    else save({ ...(addTags.length > 0 ? { addTags } : {}), ...(removeTags.length > 0 ? { removeTags } : {}), ...(note === row.note ? {} : { note }) });
  };
  return (
    <form class="notes" aria-label={t('Notes and tags of {0}', row.name)} onSubmit={(e) => { e.preventDefault(); done(); }} onKeyDown={(e) => { if (e.key === 'Escape') close(); }}>
      <label class="field">{t('Tags, with commas between')}<input ref={first} class="text-input" value={tags} onInput={(e) => { setTags(e.currentTarget.value); }} /></label>
      <label class="field wide">{t('Note')}<textarea class="text-input" rows={3} maxLength={20000} dir="auto" value={note} onInput={(e) => { setNote(e.currentTarget.value); }} /></label>
      <div class="line">
        <button type="submit" class="primary">{t('Save')}</button>
        <button type="button" onClick={close}>{t('Cancel')}</button>
        <span class="spacer" />
        <button type="button" onClick={() => { act(row.id, 'open'); }}>{t('Open Run')}</button>
        {row.state === 'finished' && trusted && <button type="button" onClick={() => { act(row.id, 'reproduce'); }}>{t('Reproduce')}</button>}
        {(row.state === 'stopped' || row.state === 'interrupted' || row.state === 'failed') && trusted && <button type="button" onClick={() => { act(row.id, 'resume'); }}>{t('Resume')}</button>}
        {row.state === 'running' && <button type="button" onClick={() => { act(row.id, 'stop'); }}>{t('Stop')}</button>}
      </div>
    </form>
  );
}
