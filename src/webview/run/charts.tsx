import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { RunKind } from '../../protocol/run';
import { t } from '../shared/l10n';
import { Chart } from './chart';
import type { Curve } from './curves';
import { defaultCurves, titleOf } from './curves';

interface Props {
  readonly curves: readonly Curve[];
  readonly kind: RunKind;
  readonly total: number;
  /** What the user chose earlier, if anything. */
  readonly shown: readonly string[] | undefined;
  readonly onShown: (names: readonly string[]) => void;
}

/** The curves, and the picker that adds and takes away. */
export function Charts({ curves, kind, total, shown, onShown }: Props): VNode | null {
  const [chosen, setChosen] = useState(shown);
  const [picking, setPicking] = useState(false);
  if (curves.length === 0) return null;
  const names = chosen ?? defaultCurves(curves, kind);
  const toggle = (name: string): void => {
    const next = names.includes(name) ? names.filter((n) => n !== name) : [...names, name];
    setChosen(next);
    onShown(next);
  };
  return (
    <section aria-label={t('Curves')}>
      <div class="section-title">
        <h2>{t('Curves')}</h2>
        <span class="spacer" />
        <button type="button" class="plain" aria-expanded={picking} onClick={() => { setPicking(!picking); }}>{t('Choose Metrics')} <span class="quiet number">{names.length}/{curves.length}</span></button>
      </div>
      {picking && (
        <div class="picker" role="group" aria-label={t('Metrics')}>
          {curves.map((c) => <button type="button" key={c.name} aria-pressed={names.includes(c.name)} title={c.name} onClick={() => { toggle(c.name); }}>{titleOf(c.name)}</button>)}
        </div>
      )}
      <div class="charts">
        {curves.filter((c) => names.includes(c.name)).map((c) => <Chart key={c.name} curve={c} total={total} />)}
      </div>
    </section>
  );
}
