import path from 'node:path';
import { createRng } from '../../src/base/rng';
import { coefficientsOf } from '../../src/domain/agreement/additive';
import { alphaOf, levels } from '../../src/domain/agreement/alpha';
import { manySums } from '../../src/domain/agreement/many';
import { buildRatings } from '../../src/domain/agreement/ratings';
import type { Ratings } from '../../src/domain/agreement/ratings';
import type { PairColumns } from '../../src/domain/ratings/columns';
import { scaledCovariates, styleDifference } from '../../src/domain/ratings/style';
import { openStatistics } from '../../src/statistics/client';

/** Statistics at the sizes that are promised: seconds of each, on this thread for α, on the worker (transfer included) for ratings. */
export async function benchStatistics(rounds: number): Promise<string[]> {
  const ratings = manyRatings(20_000);
  const alpha = median(rounds, () => {
    const { layout, sums } = manySums(ratings);
    coefficientsOf(sums, levels.map((level) => ({ finish: alphaOf(layout, ratings.values, level), n: 20_000, undefinedReason: '' })), { rng: createRng('bench'), draws: 1000 });
  });
  const one = median(rounds, () => {
    const { layout, sums } = manySums(ratings);
    coefficientsOf(sums, [{ finish: alphaOf(layout, ratings.values, 'ordinal'), n: 20_000, undefinedReason: '' }], { rng: createRng('bench'), draws: 1000 });
  });
  const statistics = openStatistics(path.join(__dirname, 'statistics.js'));
  const lines = [
    `| α (ordinal), 1,000 bootstrap draws over prompts, 20,000 ratings | ${one.toFixed(2)} s |`,
    `| the same, all four levels at once | ${alpha.toFixed(2)} s |`,
  ];
  for (const { method, covariates, name } of [
    { method: 'bradley-terry', covariates: 0, name: 'bradley-terry' },
    { method: 'davidson', covariates: 0, name: 'davidson' },
    { method: 'bradley-terry', covariates: 4, name: 'bradley-terry with control for style (4 covariates)' },
    { method: 'davidson', covariates: 4, name: 'davidson with control for style (4 covariates)' },
  ] as const) {
    const seconds: number[] = [];
    let told = '';
    // The first round starts the worker; it is not counted.
    for (let round = 0; round <= rounds; round++) {
      const pairs = manyComparisons(1_000_000, 100, 20_000, covariates);
      const begin = performance.now();
      const report = await statistics.compute('ratings', { method, pairs, seed: 0 });
      if (round > 0) seconds.push((performance.now() - begin) / 1000);
      told = `${report.intervals.method}, ${report.intervals.draws} draws`;
    }
    lines.push(`| ${name}, 1,000,000 comparisons of 100 models, with intervals (${told}), on the worker | ${seconds.sort((a, b) => a - b)[seconds.length >> 1]!.toFixed(2)} s |`);
  }
  statistics.dispose();
  return ['| statistics | seconds |', '|---|---|', ...lines];
}

/** Five raters, each on four of five answers; 4 answers a prompt; a scale of 7. */
function manyRatings(count: number): Ratings {
  const rng = createRng('bench ratings');
  const units = Math.ceil(count / 4);
  const builder = buildRatings(units, [1, 2, 3, 4, 5, 6, 7]);
  for (let u = 0; u < units; u++) {
    const truth = rng.int(7);
    for (let r = 0; r < 4; r++) builder.add(u, (u + r) % 5, 1 + Math.max(0, Math.min(6, truth + rng.int(3) - 1)));
  }
  return builder.finish((unit) => unit >> 2, Math.ceil(units / 4), 5);
}

/** @param covariates how many, each the difference of two small counts as that of words or list items is, with an effect of its own */
function manyComparisons(count: number, models: number, prompts: number, covariates: number): PairColumns {
  const rng = createRng('bench comparisons');
  const theta = Array.from({ length: models }, () => 0.7 * rng.normal());
  const style = Array.from({ length: covariates }, (_, k) => ({ name: `covariate ${k}`, values: Float64Array.from({ length: count }, () => styleDifference(rng.int(100), rng.int(100))) }));
  const scaled = scaledCovariates(style);
  const columns = { a: new Int32Array(count), b: new Int32Array(count), outcome: new Float32Array(count), weight: new Float32Array(count).fill(1), cluster: new Int32Array(count), order: new Int8Array(count) };
  for (let i = 0; i < count; i++) {
    const a = rng.int(models);
    const b = (a + 1 + rng.int(models - 1)) % models;
    columns.a[i] = a;
    columns.b[i] = b;
    const eta = scaled.reduce((sum, { values }, k) => sum + 0.3 * (k + 1) * values[i]!, theta[a]! - theta[b]!);
    columns.outcome[i] = rng.next() < 0.1 ? 0.5 : rng.next() < 1 / (1 + Math.exp(-eta)) ? 1 : 0;
    columns.cluster[i] = rng.int(prompts);
    columns.order[i] = rng.next() < 0.5 ? 1 : -1;
  }
  return { models, clusters: prompts, covariates: scaled, ...columns };
}

function median(rounds: number, work: () => void): number {
  const seconds = Array.from({ length: rounds }, () => {
    const begin = performance.now();
    work();
    return (performance.now() - begin) / 1000;
  });
  return seconds.sort((a, b) => a - b)[rounds >> 1]!;
}
