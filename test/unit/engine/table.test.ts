import assert from 'node:assert/strict';
import type { OpName } from '../../../src/engine/graph';
import { createSession, type Feed } from '../../../src/engine/session';
import { table } from '../../../src/engine/table';
import { caseGraph, casesOf } from './case-graph';
import { cases, type Case } from './cases';
import { map, sum, type Plain } from './plain';

interface Outcome {
  inputs: Plain[];
  /** The result, then d (Σ weights · result) / d input for every float input. */
  outputs: Float32Array[];
  weights: Plain;
}

const same = (a: Float32Array, b: Float32Array): boolean => Buffer.compare(Buffer.from(a.buffer, a.byteOffset, a.byteLength), Buffer.from(b.buffer, b.byteOffset, b.byteLength)) === 0;

/** Runs a case `runs` times; every run must give the bits of the first. */
async function run(c: Case, big: boolean, threads: number, runs: number): Promise<Outcome> {
  const { graph: g, feeds, inputs, weights } = caseGraph(c, big);
  const session = await createSession(g, { threads });
  const names = g.outputs.map((o) => o.name);
  const copy = (result: Record<string, Feed>): Float32Array[] => names.map((n) => (result[n] as Float32Array).slice());
  const outputs = copy(await session.run(feeds));
  for (let i = 1; i < runs; i++) {
    const again = await session.run(feeds);
    names.forEach((n, k) => { assert.ok(same(again[n] as Float32Array, outputs[k]!), `run ${i + 1} gives other bits in ${n}`); });
  }
  await session.release();
  return { inputs, outputs, weights };
}

function close(got: Float32Array, want: Float64Array, tolerance: number, what: string): void {
  assert.equal(got.length, want.length, `${what}: number of elements`);
  const scale = want.reduce((m, x) => Math.max(m, Math.abs(x)), 1);
  for (let i = 0; i < want.length; i++) {
    if (!(Math.abs(got[i]! - want[i]!) <= tolerance * scale)) assert.fail(`${what}: element ${i} is ${got[i]!}, expected ${want[i]!}`);
  }
}

const ops = Object.keys(table) as OpName[];

describe('op table', () => {
  it('has a case for every op', () => {
    assert.deepEqual(ops.filter((op) => !(op in cases)), []);
  });

  for (const op of ops) {
    it(`${op}: value and gradient, against plain code and its finite differences`, async () => {
      for (const [n, c] of casesOf(op).entries()) {
        const { inputs, outputs, weights } = await run(c, false, 1, 1);
        const loss = (xs: readonly Plain[]): number => sum(map((a, b) => a * b, c.plain(xs), weights).data);
        // Casting to 16 bits and back rounds; its derivative is that of the identity.
        const tolerance = op === 'cast' ? 1e-3 : 2e-6;
        close(outputs[0]!, c.plain(inputs).data, tolerance, `case ${n}`);
        const floats = inputs.filter((_, i) => c.ids?.[i] === undefined);
        floats.forEach((x, i) => {
          const numeric = x.data.map((at, k) => {
            const h = 1e-5;
            const shifted = (d: number): number => {
              x.data[k] = at + d;
              const value = loss(inputs);
              x.data[k] = at;
              return value;
            };
            return op === 'stopGradient' ? 0 : (shifted(h) - shifted(-h)) / (2 * h);
          });
          close(outputs[i + 1]!, numeric, op === 'cast' ? 1e-3 : 1e-5, `case ${n}, gradient of float input ${i}`);
        });
      }
    });
  }
});

describe('op table, large, two threads, twenty runs', () => {
  for (const op of ops) {
    it(`${op}: the same bits at every run, near plain code`, async () => {
      for (const [n, c] of casesOf(op).entries()) {
        const { inputs, outputs } = await run(c, true, 2, 20);
        close(outputs[0]!, c.plain(inputs).data, op === 'cast' ? 1e-3 : 1e-5, `case ${n}`);
      }
    }).timeout(60_000);
  }
});
