import type { VNode } from 'preact';
import { formatSeconds } from '../../base/text';
import type { RunHeader, RunPageAction } from '../../protocol/panels-run';
import { t } from '../shared/l10n';

const kinds = (): Record<RunHeader['kind'], string> => ({
  dpo: t('DPO'),
  ppo: t('PPO'),
  reward: t('Reward model'),
  rule: t('Rule model'),
  bestOfN: t('Best of n'),
  sft: t('SFT'),
  generate: t('Generation'),
  evaluate: t('Evaluation'),
  score: t('Scores'),
  attack: t('Attack'),
});

export const stateNames = (): Record<RunHeader['state'], string> => ({
  queued: t('Queued'),
  starting: t('Starting'),
  running: t('Running'),
  stopping: t('Stopping at the next checkpoint'),
  stopped: t('Stopped'),
  interrupted: t('Interrupted'),
  failed: t('Failed'),
  finished: t('Finished'),
  cancelled: t('Cancelled'),
});

/** Name, state, how far it is, and what can be done with it. */
export function Header({ header, act }: { header: RunHeader; act: (action: RunPageAction) => void }): VNode {
  const { state } = header;
  const active = state === 'starting' || state === 'running' || state === 'stopping';
  const resumable = state === 'stopped' || state === 'interrupted' || state === 'failed' || state === 'cancelled';
  const facts = [
    header.total > 0 && state !== 'finished' && t('step {0} of {1}', header.step, header.total),
    active && header.total > 0 && `${Math.floor(header.percent)} %`,
    header.secondsLeft !== undefined && t('{0} left', formatSeconds(header.secondsLeft)),
    state === 'queued' && header.position !== undefined && t('place {0} in the queue', header.position),
    header.startedAt !== undefined && header.finishedAt !== undefined && t('took {0}', formatSeconds((Date.parse(header.finishedAt) - Date.parse(header.startedAt)) / 1000)),
  ].filter((f) => f !== false);
  return (
    <header class={`top is-${state}`}>
      <progress class="progress" max={100} value={header.percent} aria-label={t('Progress')} />
      <div class="title">
        <h1>{header.name}</h1>
        <span class="kind quiet">{kinds()[header.kind]}</span>
        <span class="spacer" />
        {active && <button type="button" class="primary" disabled={state === 'stopping'} onClick={() => { act('stop'); }}>{t('Stop')}</button>}
        {state === 'queued' && <button type="button" onClick={() => { act('cancel'); }}>{t('Take out of the Queue')}</button>}
        {resumable && <button type="button" class="primary" disabled={!header.trusted} title={header.trusted ? '' : t('Restricted Mode: trust this workspace first')} onClick={() => { act('resume'); }}>{t('Resume')}</button>}
        {state === 'finished' && <button type="button" class="primary" onClick={() => { act('openReport'); }}>{t('Open Report')}</button>}
        <button type="button" onClick={() => { act('revealFolder'); }}>{t('Show Folder')}</button>
      </div>
      <p class="facts" role="status" aria-live="off">
        <span class="dot" aria-hidden="true" />
        <strong>{stateNames()[state]}</strong>
        {facts.map((f) => <span class="number quiet" key={f}>{f}</span>)}
      </p>
    </header>
  );
}
