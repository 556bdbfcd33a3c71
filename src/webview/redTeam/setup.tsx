import type { VNode } from 'preact';
import type { pageCommands } from '../../protocol/panels';
import type { RedTeamView } from '../../protocol/panels-red-team';
import { t } from '../shared/l10n';

/** What a new conversation is about. */
export interface SetupState {
  readonly target: string;
  readonly goal: string;
  readonly rule: string;
}

export function emptySetup(view: RedTeamView): SetupState {
  return { target: view.targets[0]?.id ?? '', goal: '', rule: '' };
}

/** The choice as it stands: that of the conversation that is shown, else what was chosen; a target that is gone is replaced. */
export function setupOf(view: RedTeamView, setup: SetupState): SetupState {
  if (view.current) return { target: view.current.target, goal: view.current.goal, rule: view.current.rule ?? '' };
  return view.targets.some((x) => x.id === setup.target) ? setup : { ...setup, target: view.targets[0]?.id ?? '' };
}

interface Props {
  readonly view: RedTeamView;
  readonly setup: SetupState;
  readonly change: (setup: SetupState) => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** Whom to talk to, what for, under which rule. Of a conversation that has begun, as a sentence. */
export function Setup({ view, setup, change, command }: Props): VNode {
  const { current } = view;
  if (current) {
    const rule = view.rules.find((r) => r.id === current.rule);
    return (
      <p class="about">
        <strong>{current.targetTitle}</strong>
        {current.goal !== '' && <span>{t('Goal: {0}', current.goal)}</span>}
        {current.rule !== undefined && <span class="quiet">{t('Rule: {0}', rule?.text ?? current.rule)}</span>}
      </p>
    );
  }
  const now = setupOf(view, setup);
  if (view.targets.length === 0) {
    return (
      <section class="empty">
        <p>{t('There is nothing to talk to yet: a language model of the project, or a server that speaks the OpenAI protocol.')}</p>
        <button type="button" class="primary" onClick={() => { command('plumbline.addEndpoint'); }}>{t('Add an Endpoint…')}</button>
      </section>
    );
  }
  return (
    <section class="setup" aria-label={t('New conversation')}>
      <label>{t('Target')}
        <select value={now.target} onChange={(e) => { change({ ...now, target: e.currentTarget.value }); }}>
          {view.targets.map((x) => <option key={x.id} value={x.id}>{x.title}</option>)}
        </select>
      </label>
      <label>{t('Rule to break')}
        <select value={now.rule} onChange={(e) => { change({ ...now, rule: e.currentTarget.value }); }}>
          <option value="">{t('Any')}</option>
          {view.rules.map((r) => <option key={r.id} value={r.id}>{r.text}</option>)}
        </select>
      </label>
      <label class="wide">{t('Goal')}
        <input type="text" value={now.goal} placeholder={t('What you try to make it say, in your words')} onInput={(e) => { change({ ...now, goal: e.currentTarget.value }); }} />
      </label>
      <button type="button" class="link" onClick={() => { command('plumbline.addEndpoint'); }}>{t('Add an endpoint…')}</button>
    </section>
  );
}
