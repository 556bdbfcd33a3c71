import type { Disposable } from '../base/events';
import { disposables } from '../base/events';
import { lastFinished } from '../jobs/model-ref';
import { setContext } from './edge';
import type { Data, Sessions } from './session';

/** Tells the editor how far the workspace has come: welcome views, menus and the tour go by it. */
export function createStage(sessions: Sessions): Disposable {
  const all = disposables();
  const ofRuns = (): void => {
    const runs = sessions.current()?.runs.list() ?? [];
    setContext('plumbline.hasRewardModel', lastFinished(runs, 'reward') !== undefined);
    setContext('plumbline.hasTunedModel', lastFinished(runs, 'ppo') !== undefined);
  };
  all.add(sessions.onData((data) => {
    setContext('plumbline.stage', data === undefined ? 'none' : stageOf(data));
    setContext('plumbline.hasLabels', (data?.index.size ?? 0) > 0);
  }));
  all.add(sessions.onChange(ofRuns));
  all.add(sessions.onRuns((changes) => {
    if (changes.some((c) => c.removed || (c.view.state === 'finished' && c.before?.state !== 'finished'))) ofRuns();
  }));
  return all;
}

function stageOf(data: Data): 'empty' | 'prompts' | 'answers' {
  if (data.generations.some((s) => s.records.length > 0)) return 'answers';
  return data.prompts.some((s) => s.records.length > 0) ? 'prompts' : 'empty';
}
