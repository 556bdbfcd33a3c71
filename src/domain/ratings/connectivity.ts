/**
 * Whether ratings exist: finite ones do, and only one set of them, if and only if from every model a chain of wins leads
 * to every other one (Ford 1957, Amer. Math. Monthly 64; Hunter 2004 §2, Assumption 1; the same for rankings). The groups
 * within which this holds are the strongly connected components of the graph of wins.
 */
export interface Connectivity {
  /** Component of each model. */
  readonly component: Int32Array;
  readonly components: number;
  /** Components that no comparison joins, directly or through others, have different islands. By model. */
  readonly island: Int32Array;
  readonly islands: number;
}

/** Wins (ties half) of the row over the column: models × models. */
export function connectivity(wins: Float64Array, models: number): Connectivity {
  const { component, count } = stronglyConnected(models, (i, j) => wins[i * models + j]! > 0);
  const islands = stronglyConnected(models, (i, j) => wins[i * models + j]! + wins[j * models + i]! > 0);
  return { component, components: count, island: islands.component, islands: islands.count };
}

/**
 * Strongly connected components (Tarjan 1972, SIAM J. Comput. 1(2)), with a stack of its own. Components are numbered so
 * that an edge between two of them leads from the higher number to the lower: the last one is beaten by nobody outside it.
 */
export function stronglyConnected(nodes: number, edge: (from: number, to: number) => boolean): { component: Int32Array; count: number } {
  const index = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const component = new Int32Array(nodes).fill(-1);
  const next = new Int32Array(nodes);
  const path: number[] = [];
  const open: number[] = [];
  let order = 0;
  let count = 0;
  for (let root = 0; root < nodes; root++) {
    if (index[root] !== -1) continue;
    enter(root);
    while (path.length > 0) {
      const v = path.at(-1)!;
      if (next[v]! < nodes) {
        const w = next[v]!++;
        if (w === v || !edge(v, w)) continue;
        if (index[w] === -1) enter(w);
        else if (component[w] === -1) low[v] = Math.min(low[v]!, index[w]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[v]!);
      if (low[v] === index[v]) {
        for (let w = -1; w !== v; ) {
          w = open.pop()!;
          component[w] = count;
        }
        count++;
      }
    }
  }
  return { component, count };

  function enter(v: number): void {
    index[v] = low[v] = order++;
    path.push(v);
    open.push(v);
  }
}
