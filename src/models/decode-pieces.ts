import { microsoft } from '../engine/op';
import { storedPieces } from './decode-stored';
import { inputRows, rowsOfProjection, stack, type Rows } from './decode-weights';
import type { Activation, Attention, Norm, Pieces, Projection } from './family';
import type { OnnxBuilder } from './onnx-builder';
import { view, type Params } from './params';
import { ropeKey, ropeTables, type Rope } from './rope';

/** Activations [B, S, D] as a sum that is not computed yet: a norm that follows does both in one kernel. */
export interface Sum {
  terms: string[];
}

export interface DecodePieces extends Pieces<Sum> {
  /** Name of a value that holds the whole sum. */
  value(x: Sum): string;
  /** Keys and values of the new tokens of layer 0, then 1, and so on. */
  readonly cached: string[];
}

/**
 * The pieces of blocks in the graph that generates (see `decodeModel`), where weights are baked in: q k v and gate up are one product
 * each, and the factor of attention is part of the queries' weights, because a product without one has the faster kernel for one row.
 */
export function decodePieces(b: OnnxBuilder, params: Params, maxLength: number): DecodePieces {
  const { op, ints, floats } = b;
  const cached: string[] = [];
  const tables = new Map<string, readonly [string, string]>();

  const split = (x: string, axis: number, sizes: readonly number[] | string): string[] => {
    const outs = Array.from({ length: typeof sizes === 'string' ? 2 : sizes.length }, () => op.fresh());
    return op.into(outs, 'Split', [x, typeof sizes === 'string' ? sizes : ints(sizes)], { axis: { int: axis } });
  };
  const product = (x: string, name: string, { from, weight, bias }: Rows): string => {
    const y = b.product({ name: x, rank: 3 }, { name: floats(`${name}.joined`, weight, [weight.length / from, from]), rank: 2 }, { transB: true });
    return bias === undefined ? y : op('Add', [y, floats(`${name}.joined_bias`, bias, [bias.length])]);
  };
  const stored = storedPieces(b, params);
  const project = (x: string, ...projections: readonly Projection[]): string => {
    if (!stored.has(projections)) return product(x, projections[0]!.name, stack(projections.map((p) => rowsOfProjection(params, p))));
    const parts = projections.map((p) => stored.project(x, p));
    return parts.length === 1 ? parts[0]! : op('Concat', parts, { axis: { int: -1 } });
  };

  /** A norm's weight as an input of its node, times `factor`, and its bias. */
  const normInputs = ({ name, kind, size, plusOne }: Norm, factor = 1): string[] => {
    const stored = view(params, `${name}.weight`);
    const data = plusOne === true || factor !== 1 ? stored.map((x) => (x + (plusOne === true ? 1 : 0)) * factor) : stored;
    return [floats(`${name}.weight`, data, [size]), ...(kind === 'layer' ? [floats(`${name}.bias`, view(params, `${name}.bias`), [size])] : [])];
  };
  const plainNorm = (x: string, n: Norm, factor = 1): string =>
    op(n.kind === 'layer' ? 'LayerNormalization' : 'SimplifiedLayerNormalization', [x, ...normInputs(n, factor)], { axis: { int: -1 }, epsilon: { float: n.epsilon } });

  const value = (x: Sum): string => {
    while (x.terms.length > 1) x.terms = [op('Add', x.terms.slice(0, 2)), ...x.terms.slice(2)];
    return x.terms[0]!;
  };
  const sum = (...terms: string[]): Sum => ({ terms });

  const turned = (x: string, r: Rope | undefined, heads: number, headDim: number): string => {
    if (r === undefined) return x;
    let names = tables.get(ropeKey(r));
    if (names === undefined) {
      const { cos, sin } = ropeTables(r, maxLength);
      const name = (part: string): string => `rope_${part}${tables.size === 0 ? '' : `_${tables.size}`}`;
      names = [floats(name('cos'), cos, [maxLength, r.size / 2]), floats(name('sin'), sin, [maxLength, r.size / 2])];
      tables.set(ropeKey(r), names);
    }
    const some = r.size === headDim ? {} : { rotary_embedding_dim: { int: r.size }, num_heads: { int: heads } };
    return op('RotaryEmbedding', [x, 'positions', ...names], some, microsoft);
  };

  /** Queries times `factor`, keys and values of x, side by side [B, S, (heads + 2 kvHeads) · headDim]. */
  const queriesKeysValues = (x: string, a: Attention, factor: number): string => {
    const { inputs, heads, kvHeads, headDim } = a;
    const projections = 'joined' in inputs ? [inputs.joined] : [inputs.q, inputs.k, inputs.v];
    if (!stored.has(projections)) return product(x, projections[0]!.name, stack(inputRows(params, a, factor)));
    let all = project(x, ...projections);
    if ('joined' in inputs && inputs.order !== 'q k v') {
      const byHead = op('Transpose', [op('Reshape', [all, ints([0, 0, heads, 3, headDim])])], { perm: { ints: [0, 1, 3, 2, 4] } });
      all = op('Reshape', [byHead, ints([0, 0, 3 * heads * headDim])]);
    }
    const factors = new Float32Array((heads + 2 * kvHeads) * headDim).fill(1).fill(factor, 0, heads * headDim);
    return factor === 1 ? all : op('Mul', [all, floats(`query_factor_${heads}_${kvHeads}_${headDim}_${factor}`, factors, [factors.length])]);
  };

  /** Queries [B, H, S, d], keys and values [B, Hkv, S, d]. */
  const attentionInputs = (x: string, a: Attention): readonly [string, string, string] => {
    const { heads, kvHeads, headDim, norms } = a;
    const all = queriesKeysValues(x, a, norms === undefined ? a.scale : 1);
    const byHead = (y: string, n: number): string => op('Transpose', [op('Reshape', [y, ints([0, 0, n, headDim])])], { perm: { ints: [0, 2, 1, 3] } });
    if (norms === undefined) {
      const [qk, v] = split(byHead(all, heads + 2 * kvHeads), 1, [heads + kvHeads, kvHeads]); // [B, heads + 2 kvHeads, S, headDim]
      const [q, k] = split(turned(qk!, a.rope, heads + kvHeads, headDim), 1, [heads, kvHeads]);
      return [q!, k!, v!];
    }
    const own = (y: string, n: number, norm: Norm, factor: number): string => {
      const ready = norms.over === 'head' ? plainNorm(y, norm, factor) : byHead(plainNorm(y, norm, factor), n);
      return turned(ready, a.rope, n, headDim);
    };
    const parts = norms.over === 'head' ? split(byHead(all, heads + 2 * kvHeads), 1, [heads, kvHeads, kvHeads]) : split(all, 2, [heads, kvHeads, kvHeads].map((n) => n * headDim));
    const v = norms.over === 'head' ? parts[2]! : byHead(parts[2]!, kvHeads);
    return [own(parts[0]!, heads, norms.q, a.scale), own(parts[1]!, kvHeads, norms.k, 1), v];
  };

  const transposed = (x: string, y: string): string => b.product({ name: x, rank: 4 }, { name: y, rank: 4 }, { transB: true });

  return {
    cached,
    value,
    add: (x, y) => sum(...x.terms, ...y.terms),
    norm(x, n) {
      while (x.terms.length > 2) x.terms = [op('Add', x.terms.slice(0, 2)), ...x.terms.slice(2)];
      if (x.terms.length === 1) return sum(plainNorm(x.terms[0]!, n));
      const [normed, total] = [op.fresh(), op.fresh()];
      const type = n.kind === 'layer' ? 'SkipLayerNormalization' : 'SkipSimplifiedLayerNormalization';
      op.into([normed, '', '', total], type, [...x.terms, ...normInputs(n)], { epsilon: { float: n.epsilon } }, microsoft);
      x.terms = [total];
      return sum(normed);
    },
    attention(x, a) {
      const { heads, kvHeads, headDim } = a;
      const layer = cached.length / 2;
      const [q, k, v] = attentionInputs(value(x), a);
      cached.push(k, v);
      const grouped = heads === kvHeads ? q : op('Reshape', [q, ints([0, kvHeads, -1, headDim])]); // [B, kvHeads, G·S, headDim]
      const mask = a.window !== undefined && a.window < maxLength ? 'window_mask' : 'mask';
      const mixed = b.target === 'cpu' ? mixBeside(grouped, k, v, layer, mask) : mixJoined(grouped, k, v, layer, mask);
      const perHead = heads === kvHeads ? mixed : op('Reshape', [mixed, ints([0, heads, -1, headDim])]);
      const rows = op('Reshape', [op('Transpose', [perHead], { perm: { ints: [0, 2, 1, 3] } }), ints([0, 0, heads * headDim])]);
      return sum(project(rows, a.output));
    },
    mlp(x, { gate, up, down, activation }) {
      if (gate === undefined) return sum(project(activate(project(value(x), up), activation), down));
      const [gated, straight] = split(project(value(x), gate, up), -1, [gate.to, up.to]);
      return sum(project(op('Mul', [activate(gated!, activation), straight!]), down));
    },
  };

  /** Attention to cached and new positions without joining them: the cache stays where the host keeps it. */
  function mixBeside(grouped: string, k: string, v: string, layer: number, mask: string): string {
    const scores = op('Concat', [transposed(grouped, `keys.${layer}`), transposed(grouped, k)], { axis: { int: -1 } });
    const [toCached, toNew] = split(op('Softmax', [op('Add', [scores, mask])], { axis: { int: -1 } }), -1, 'split');
    return op('Add', [op('MatMul', [toCached!, `values.${layer}`]), op('MatMul', [toNew!, v])]);
  }

  /** Attention to the cache with the new positions behind it, which is the next cache: it never leaves the device. */
  function mixJoined(grouped: string, k: string, v: string, layer: number, mask: string): string {
    const [keys] = op.into([`keys.${layer}.next`], 'Concat', [`keys.${layer}`, k], { axis: { int: 2 } });
    const [values] = op.into([`values.${layer}.next`], 'Concat', [`values.${layer}`, v], { axis: { int: 2 } });
    return op('MatMul', [op('Softmax', [op('Add', [transposed(grouped, keys!), mask])], { axis: { int: -1 } }), values!]);
  }

  function activate(x: string, activation: Activation): string {
    if (activation === 'silu') return op('QuickGelu', [x], { alpha: { float: 1 } }, microsoft); // x σ(x), which is SiLU
    return op(activation === 'gelu tanh' ? 'FastGelu' : 'Gelu', [x], {}, microsoft);
  }
}
