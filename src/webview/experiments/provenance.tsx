import type { VNode } from 'preact';
import type { ExperimentRow } from '../../protocol/panels-experiments';
import type { Provenance as Chain, ProvenanceRow } from '../../protocol/provenance';
import { treeOf } from '../../protocol/provenance';
import { t } from '../shared/l10n';

interface Props {
  readonly rows: readonly ExperimentRow[];
  readonly of: string | undefined;
  readonly chain: Chain | undefined;
  readonly choose: (run: string) => void;
  readonly open: (run: string) => void;
}

/** Where a run and its model come from, as a nested list. */
export function Provenance({ rows, of, chain, choose, open }: Props): VNode {
  const broken = chain?.nodes.filter((n) => n.broken !== undefined).length ?? 0;
  return (
    <>
      <div class="line">
        <label class="field-inline">{t('Of')} <select value={of ?? ''} onChange={(e) => { choose(e.currentTarget.value); }}>{rows.map((r) => <option key={r.id} value={r.id}>{r.name} · {r.id}</option>)}</select></label>
        {chain && <span role="status" class={broken > 0 ? 'warn' : 'quiet'}>{broken > 0 ? (broken === 1 ? t('One link is broken') : t('{0} links are broken', broken)) : t('Every link that can be checked holds.')}</span>}
      </div>
      {chain && <Branch rows={treeOf(chain)} open={open} />}
    </>
  );
}

function Branch({ rows, open }: { rows: readonly ProvenanceRow[]; open: (run: string) => void }): VNode {
  const [first] = rows;
  const depth = first?.depth ?? 0;
  const starts = rows.flatMap((r, i) => (r.depth === depth ? [i] : []));
  return (
    <ul class="chain">
      {starts.map((start, n) => {
        const { node, role, again } = rows[start]!;
        const inner = rows.slice(start + 1, starts[n + 1] ?? rows.length);
        return (
          <li key={start}>
            <p>
              {role !== '' && <span class="role">{role}</span>} <strong dir="auto">{node.what === 'run' && node.run !== undefined ? <button type="button" class="link" onClick={() => { open(node.run!); }}>{node.title}</button> : node.title}</strong>
              {node.hash !== undefined && <code title={node.hash}> {node.hash.slice(0, 19)}…</code>}
              {node.holds === true && <span class="ok"> ✓ {t('unchanged')}</span>}
              {again && <span class="quiet"> {t('(as above)')}</span>}
            </p>
            {!again && node.says.map((s) => <p class="quiet" key={s}>{s}</p>)}
            {node.broken !== undefined && <p class="warn">⚠ {node.broken}</p>}
            {inner.length > 0 && <Branch rows={inner} open={open} />}
          </li>
        );
      })}
    </ul>
  );
}
