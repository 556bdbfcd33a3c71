import assert from 'node:assert/strict';
import fc from 'fast-check';
import { layoutChart, ticks, tickText } from '../../../src/base/chart';
import { csvOf, paper, svgOf } from '../../../src/base/chart-svg';
import { decimate, frontier, placeOf, smooth } from '../../../src/base/series';

const column = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('series', () => {
  it('keeps the ends, the order and every peak when it decimates', () => {
    fc.assert(fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 400 }), fc.integer({ min: 4, max: 90 }), (y, most) => {
      const x = column(y.length);
      const found = decimate({ x, y }, most);
      assert.ok(found.x.length <= Math.max(most, 0) || y.length <= most);
      assert.deepEqual(found.x, [...found.x].sort((a, b) => a - b));
      assert.equal(new Set(found.x).size, found.x.length);
      assert.equal(found.x[0], 0);
      assert.equal(found.x.at(-1), y.length - 1);
      assert.equal(Math.max(...found.y), Math.max(...y));
      assert.equal(Math.min(...found.y), Math.min(...y));
      for (const [i, at] of found.x.entries()) assert.equal(found.y[i], y[at]);
    }));
  });

  it('smooths as TensorBoard does', () => {
    // m: 0.5, 1.25, 2.125 of 1, 2, 3 with a = 0.5, freed from bias by 1 − 0.5ⁿ.
    assert.deepEqual(smooth([1, 2, 3], 0.5), [1, 1.25 / 0.75, 2.125 / 0.875]);
    assert.deepEqual(smooth([1, 2], 0), [1, 2]);
    for (const value of smooth([7, 7, 7, 7], 0.97)) assert.ok(Math.abs(value - 7) < 1e-12);
  });

  it('finds who is beaten by nobody', () => {
    const points = [[3, 1], [1, 0.5], [2, 2], [1, 0.7], [4, 2], [5, 3], [NaN, 9]] as const;
    assert.deepEqual(frontier(points.slice(0, 6)), [3, 2, 5]);
    assert.deepEqual(frontier([]), []);
  });

  it('finds the place of a step', () => {
    assert.deepEqual([-1, 0, 1, 2, 5, 9].map((at) => placeOf([0, 2, 5], at)), [-1, 0, 0, 1, 2, 2]);
  });
});

describe('charts', () => {
  it('has round ticks within the range', () => {
    assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
    assert.deepEqual(ticks(-0.13, 0.31, 4), [0, 0.2]);
    assert.deepEqual(ticks(0, 2000, 4), [0, 500, 1000, 1500, 2000]);
    assert.deepEqual([0, 1e-5, 0.3, 12345.6, 2e6].map(tickText), ['0', '1e-5', '0.3', '12346', '2e6']);
  });

  it('lays lines out within the plot, whatever the values', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -1e9, max: 1e9 }), { maxLength: 50 }), (y) => {
      const layout = layoutChart({ title: 't', xLabel: 'x', yLabel: 'y', width: 400, height: 200, series: [{ name: 'a', x: column(y.length), y, marks: true }] });
      for (const [px, py] of layout.lines[0]!.points) {
        assert.ok(px >= layout.plot.left && px <= layout.plot.right, `${px}`);
        assert.ok(py >= layout.plot.top && py <= layout.plot.bottom, `${py}`);
      }
      for (const tick of [...layout.xTicks, ...layout.yTicks]) assert.ok(Number.isFinite(tick.at));
    }));
  });

  it('takes values that differ by rounding alone for one, the smallest there are among them', () => {
    for (const y of [[5e-324], [-5e-324, 5e-324], [1e9, 1e9 + 2 ** -22], [-1e-310, 0]]) {
      const { yTicks, lines, plot } = layoutChart({ title: '', xLabel: '', yLabel: '', width: 300, height: 150, series: [{ name: 'a', x: column(y.length), y, marks: true }] });
      assert.ok(yTicks.length >= 2 && yTicks.every(({ at }) => Number.isFinite(at)), String(y));
      assert.ok(lines[0]!.points.every(([, py]) => py >= plot.top && py <= plot.bottom), String(y));
    }
  });

  it('shows one value as a point, and a pale line without a name', () => {
    const layout = layoutChart({ title: '', xLabel: '', yLabel: '', width: 300, height: 150, series: [{ name: 'one', x: [3], y: [2] }, { name: 'raw', x: [0, 1], y: [0, 1], pale: true }] });
    assert.equal(layout.lines[0]!.points.length, 1);
    assert.equal(layout.lines[0]!.d, '');
    const svg = svgOf(layout, paper, true);
    assert.ok(svg.includes('>one</text>') && !svg.includes('>raw</text>'));
  });

  it('is text only: a hostile name is no element', () => {
    const layout = layoutChart({ title: '<script>alert(1)</script>', xLabel: '"', yLabel: '&', width: 300, height: 150, series: [{ name: "</text><image href='x'/>\u0000\ud800", x: [0, 1], y: [0, 1] }] });
    const svg = svgOf(layout, paper, true);
    assert.ok(!['<script', '<image', '\u0000', '\ud800'].some((bad) => svg.includes(bad)));
    assert.equal((svg.match(/<text/g) ?? []).length, (svg.match(/<\/text>/g) ?? []).length);
  });

  it('writes CSV that spreadsheets take for what it is', () => {
    assert.equal(csvOf([['a,b', 'say "x"', '=1+1', -2, null, NaN]]), '"a,b","say ""x""",\'=1+1,-2,,\r\n');
  });
});
