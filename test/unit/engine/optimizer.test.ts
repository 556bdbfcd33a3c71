import assert from 'node:assert/strict';
import fc from 'fast-check';
import { accumulate, adamwStep, clipScale, globalNorm, type AdamwStep } from '../../../src/engine/optimizer';
import { fixture, maxDifference, unpack } from './fixture';

interface Fixture {
  params: string;
  grads: string[];
  after: string[];
  decayLength: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
}

describe('adamwStep', () => {
  it('makes ten steps like torch.optim.AdamW, with gradients as small as eps and decay on a prefix', () => {
    const f = fixture('adamw.json') as Fixture;
    const params = { data: unpack(f.params), decayLength: f.decayLength };
    const [m, v] = [new Float32Array(50), new Float32Array(50)];
    f.grads.forEach((grads, i) => {
      const { learningRate, beta1, beta2, eps, weightDecay } = f;
      adamwStep({ params, grads: unpack(grads), m, v, step: i + 1, learningRate, beta1, beta2, eps, weightDecay });
      const difference = maxDifference(params.data, unpack(f.after[i]!));
      assert.ok(difference < 1e-6, `step ${i + 1} differs by ${difference}`);
    });
    assert.ok(maxDifference(params.data, unpack(f.params)) > 0.01);
  });

  it('the first step in TensorFlow style is smaller by as much as was measured', () => {
    // Ratio of the styles at eps 1e-5: https://github.com/vwxyzjn/lm-human-preference-details, Adam of TF 1 against PyTorch.
    const first = (gradient: number, style: 'torch' | 'tensorflow'): number => {
      const params = { data: Float32Array.of(0), decayLength: 0 };
      adamwStep({ params, grads: Float32Array.of(gradient), m: new Float32Array(1), v: new Float32Array(1), step: 1, learningRate: 1, beta1: 0.9, beta2: 0.999, eps: 1e-5, weightDecay: 0, style });
      return params.data[0]!;
    };
    for (const [gradient, ratio] of [[1e-2, 1.03], [1e-4, 3.78], [1e-6, 28.8]] as const) {
      const got = first(gradient, 'torch') / first(gradient, 'tensorflow');
      assert.ok(Math.abs(got / ratio - 1) < 0.005, `${got} at ${gradient}`);
    }
  });

  it('gives the same bits for the same input', () => {
    const run = (): Float32Array => {
      const params = { data: Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i)), decayLength: 700 };
      const [m, v] = [new Float32Array(1000), new Float32Array(1000)];
      for (let step = 1; step <= 5; step++) {
        const grads = Float32Array.from({ length: 1000 }, (_, i) => Math.cos(i * step));
        adamwStep({ params, grads, m, v, step, learningRate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1 });
      }
      return params.data;
    };
    assert.deepEqual(run(), run());
  });

  it('refuses arrays of unequal length and a step before the first', () => {
    const good: AdamwStep = {
      params: { data: new Float32Array(2), decayLength: 2 }, grads: new Float32Array(2), m: new Float32Array(2), v: new Float32Array(2),
      step: 1, learningRate: 1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0,
    };
    assert.throws(() => { adamwStep({ ...good, grads: new Float32Array(3) }); }, /2 parameters, 3 gradients/);
    assert.throws(() => { adamwStep({ ...good, step: 0 }); }, /from 1, not 0/);
  });
});

describe('global norm', () => {
  it('is clipped to what is asked for, and smaller gradients are left alone', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 1, maxLength: 40 }), fc.double({ min: 0.01, max: 100, noNaN: true }), (xs, maxNorm) => {
        const grads = Float32Array.from(xs);
        const norm = globalNorm(grads);
        const scale = clipScale(norm, maxNorm);
        assert.ok(scale > 0 && scale <= 1);
        if (norm < maxNorm - 1e-6) assert.equal(scale, 1);
        else assert.ok(norm * scale <= maxNorm && norm * scale >= maxNorm * (1 - 2e-4));
      }),
    );
  });

  it('does not overflow where float32 squares would', () => {
    assert.ok(Math.abs(globalNorm(Float32Array.of(3e30, 4e30)) / 5e30 - 1) < 1e-6);
  });

  it('of micro-batches is that of their sum', () => {
    const sum = Float32Array.of(3, 0);
    accumulate(sum, Float32Array.of(0, 4));
    assert.equal(globalNorm(sum), 5);
  });

  it('a step with a factor is the step with scaled gradients', () => {
    const step = (grads: Float32Array, scale: number): Float32Array => {
      const params = { data: Float32Array.of(1, -2), decayLength: 1 };
      adamwStep({ params, grads, scale, m: Float32Array.of(0.5, 0.1), v: Float32Array.of(0.2, 0.3), step: 3, learningRate: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1 });
      return params.data;
    };
    assert.deepEqual(step(Float32Array.of(4, -8), 0.25), step(Float32Array.of(1, -2), 1));
  });
});
