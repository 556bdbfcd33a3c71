import type { VNode } from 'preact';
import type { ExperimentsState } from '../../protocol/panels-experiments';
import { t } from '../shared/l10n';

const ids = ['curves', 'parameters', 'answers', 'frontier', 'provenance'] as const satisfies readonly ExperimentsState['tab'][];

/** Tabs as ARIA has them: arrows move, Home and End go to the ends, the chosen one is in the order of Tab. */
export function Tabs({ chosen, choose }: { chosen: ExperimentsState['tab']; choose: (id: ExperimentsState['tab']) => void }): VNode {
  const names: Record<ExperimentsState['tab'], string> = { curves: t('Curves'), parameters: t('Settings'), answers: t('Answers'), frontier: t('Reward against KL'), provenance: t('Where It Comes From') };
  const move = (event: KeyboardEvent): void => {
    const at = ids.indexOf(chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = ids[(to + ids.length) % ids.length]!;
    choose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={t('Comparison')} onKeyDown={move}>
      {ids.map((id) => <button type="button" key={id} id={`tab-${id}`} role="tab" aria-selected={id === chosen} aria-controls={id === chosen ? `panel-${id}` : undefined} tabIndex={id === chosen ? 0 : -1} class="plain" onClick={() => { choose(id); }}>{names[id]}</button>)}
    </div>
  );
}
