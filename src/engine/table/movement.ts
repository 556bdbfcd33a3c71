import { size, type Type, type Value } from '../graph';
import { expand, gather, gatherElements, gatherOnce, pad, reshape, scatterAddElements, scatterAddRows, slice, transpose } from '../ops';
import { onnx, type Ops } from '../op';
import { unbroadcast, zeros } from '../rules';
import { broadcast, must, same, sameShape, show, withDim } from '../shapes';
import { emitScatterAddRows } from './scatter';

type Movement = 'reshape' | 'transpose' | 'expand' | 'concat' | 'slice' | 'pad' | 'gather' | 'gatherElements' | 'scatterAddElements' | 'scatterAddRows';

const like = (x: Value, shape: readonly number[]): readonly Type[] => [{ dtype: x.dtype, shape }];
const integer = (ids: Value): boolean => ids.dtype === 'int64' || ids.dtype === 'int32';

/** Ops that move data without computing; all are linear, so each gradient is the move back. */
export const movementOps: Ops<Movement> = {
  reshape: {
    shape: ([x], { shape }) => {
      must(size(x!.shape) === size(shape), () => `${size(x!.shape)} elements do not fill ${show(shape)}`);
      return like(x!, shape);
    },
    emit: (e, { inputs, outputs, attributes }) => {
      e.node('Reshape', [e.name(inputs[0]!), e.ints(attributes.shape)], [e.name(outputs[0]!)]);
    },
    vjp: (g, dy, { inputs: [x] }) => [reshape(g, dy, x!.shape)],
  },
  transpose: {
    shape: ([x], { perm }) => {
      must(perm.length === x!.shape.length && new Set(perm).size === perm.length, () => `${show(perm)} is no permutation of ${x!.shape.length} axes`);
      return like(x!, perm.map((p) => x!.shape[p]!));
    },
    emit: onnx('Transpose', ({ perm }) => ({ perm: { ints: perm } })),
    vjp: (g, dy, { attributes: { perm } }) => [transpose(g, dy, perm.map((_, i) => perm.indexOf(i)))],
  },
  expand: {
    shape: ([x], { shape }) => {
      must(sameShape(broadcast(x!.shape, shape), shape), () => `${show(x!.shape)} does not expand to ${show(shape)}`);
      return like(x!, shape);
    },
    emit: (e, { inputs, outputs, attributes }) => {
      e.node('Expand', [e.name(inputs[0]!), e.ints(attributes.shape)], [e.name(outputs[0]!)]);
    },
    vjp: (g, dy, { inputs: [x] }) => [unbroadcast(g, dy, x!.shape)],
  },
  concat: {
    shape: (xs, { axis }) => {
      const first = xs[0]!;
      const fits = (x: Value) => x.dtype === first.dtype && sameShape(withDim(x.shape, axis, 0), withDim(first.shape, axis, 0));
      must(xs.every(fits), () => `shapes differ outside of axis ${axis}`);
      return like(first, withDim(first.shape, axis, xs.reduce((n, x) => n + x.shape[axis]!, 0)));
    },
    emit: onnx('Concat', ({ axis }) => ({ axis: { int: axis } })),
    vjp: (g, dy, { inputs, attributes: { axis } }) => {
      let start = 0;
      return inputs.map((x) => slice(g, dy, axis, start, (start += x.shape[axis]!)));
    },
  },
  slice: {
    shape: ([x], { axis, start, end }) => {
      must(0 <= start && start < end && end <= x!.shape[axis]!, () => `${start}:${end} is not inside of 0:${x!.shape[axis]!}`);
      return like(x!, withDim(x!.shape, axis, end - start));
    },
    emit: (e, { inputs, outputs, attributes: { axis, start, end } }) => {
      e.node('Slice', [e.name(inputs[0]!), e.ints([start]), e.ints([end]), e.ints([axis])], [e.name(outputs[0]!)]);
    },
    vjp: (g, dy, { inputs: [x], attributes: { axis, start, end } }) => [pad(g, dy, axis, start, x!.shape[axis]! - end)],
  },
  pad: {
    shape: ([x], { axis, before, after }) => like(x!, withDim(x!.shape, axis, before + x!.shape[axis]! + after)),
    emit: (e, { inputs: [x], outputs, attributes: { axis, before, after } }) => {
      const widths = (n: number) => x!.shape.map((_, i) => (i === axis ? n : 0));
      e.node('Pad', [e.name(x!), e.ints([...widths(before), ...widths(after)])], [e.name(outputs[0]!)], { mode: { string: 'constant' } });
    },
    vjp: (g, dy, { inputs: [x], attributes: { axis, before } }) => [slice(g, dy, axis, before, before + x!.shape[axis]!)],
  },

  gather: {
    shape: ([x, ids], { axis }) => {
      must(integer(ids!), () => `positions are ${ids!.dtype}`);
      return like(x!, [...x!.shape.slice(0, axis), ...ids!.shape, ...x!.shape.slice(axis + 1)]);
    },
    emit: onnx('Gather', ({ axis }) => ({ axis: { int: axis } })),
    vjp: (g, dy, { inputs: [x, ids], attributes: { axis, once } }) => {
      const n = size(ids!.shape);
      const flat = withDim(x!.shape, axis, n);
      if (axis === 0) return [scatterAddRows(g, zeros(g, x!.shape), reshape(g, ids!, [n]), reshape(g, dy, flat), once), undefined];
      const idx = expand(g, reshape(g, ids!, flat.map((_, i) => (i === axis ? n : 1))), flat);
      return [scatterAddElements(g, zeros(g, x!.shape), idx, reshape(g, dy, flat), axis), undefined];
    },
  },
  gatherElements: {
    shape: ([x, idx], { axis }) => {
      must(integer(idx!), () => `positions are ${idx!.dtype}`);
      must(sameShape(withDim(x!.shape, axis, 0), withDim(idx!.shape, axis, 0)), () => `shapes differ outside of axis ${axis}`);
      return like(x!, idx!.shape);
    },
    emit: onnx('GatherElements', ({ axis }) => ({ axis: { int: axis } })),
    vjp: (g, dy, { inputs: [x, idx], attributes: { axis } }) => [scatterAddElements(g, zeros(g, x!.shape), idx!, dy, axis), undefined],
  },
  scatterAddElements: {
    shape: ([x, idx, updates], { axis }) => {
      must(integer(idx!), () => `positions are ${idx!.dtype}`);
      must(sameShape(idx!.shape, updates!.shape), () => 'one update for each position');
      must(sameShape(withDim(x!.shape, axis, 0), withDim(idx!.shape, axis, 0)), () => `shapes differ outside of axis ${axis}`);
      return same([x!]);
    },
    emit: onnx('ScatterElements', ({ axis }) => ({ axis: { int: axis }, reduction: { string: 'add' } })),
    vjp: (g, dy, { inputs: [, idx], attributes: { axis } }) => [dy, undefined, gatherElements(g, dy, idx!, axis)],
  },
  scatterAddRows: {
    shape: ([x, ids, updates]) => {
      must(integer(ids!) && ids!.shape.length === 1, () => `wants positions [N], not ${ids!.dtype}${show(ids!.shape)}`);
      must(sameShape(updates!.shape, [ids!.shape[0]!, ...x!.shape.slice(1)]), () => `rows ${show(updates!.shape)} for ${show(x!.shape)} at ${show(ids!.shape)}`);
      return same([x!]);
    },
    emit: emitScatterAddRows,
    vjp: (g, dy, { inputs: [, ids], attributes: { once } }) => [dy, undefined, once ? gatherOnce(g, dy, ids!) : gather(g, dy, ids!)],
  },
};
