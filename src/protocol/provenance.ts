/** One link of the chain behind a model. */
export interface ProvenanceNode {
  readonly id: string;
  readonly what: 'run' | 'model' | 'labels' | 'labeler' | 'prompts' | 'texts' | 'data';
  readonly title: string;
  /** What is known about it, in sentences. */
  readonly says: readonly string[];
  readonly hash?: string;
  /** Whether the hash that was written down still fits; null when nothing can be compared. */
  readonly holds: boolean | null;
  /** What is broken about it. */
  readonly broken?: string;
  /** The run that it is, or that made it. */
  readonly run?: string;
}

/** From a run back to where everything in it came from. */
export interface Provenance {
  readonly root: string;
  readonly nodes: readonly ProvenanceNode[];
  /** `to` went into `from`, as its `role`. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly role: string }[];
}

/** A row of the chain drawn as a tree. */
export interface ProvenanceRow {
  readonly node: ProvenanceNode;
  /** Of the edge that leads here; empty for the root. */
  readonly role: string;
  readonly depth: number;
  /** The node stands further up already, with all that is behind it. */
  readonly again: boolean;
}

/** The chain as a tree, depth first; what two things have in common is told in full once. Pure. */
export function treeOf({ root, nodes, edges }: Provenance): ProvenanceRow[] {
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const rows: ProvenanceRow[] = [];
  const seen = new Set<string>();
  const walk = (id: string, role: string, depth: number): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const again = seen.has(id);
    rows.push({ node, role, depth, again });
    if (again) return;
    seen.add(id);
    for (const edge of edges) if (edge.from === id) walk(edge.to, edge.role, depth + 1);
  };
  walk(root, '', 0);
  return rows;
}
