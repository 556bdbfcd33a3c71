export const z95 = 1.959963984540054;

/**
 * The 97.5 % quantile of Student's t: for intervals from few clusters. Exact for one and two degrees of freedom, else the
 * expansion of Abramowitz and Stegun 26.7.5, good to 1 % at three and better above.
 */
export function t95(degrees: number): number {
  if (degrees <= 1) return 12.706204736174696;
  if (degrees <= 2) return 4.302652729749462;
  const z = z95;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3;
}

/** The chance of a standard normal above x ≥ 0 (Abramowitz and Stegun 26.2.17, to 7.5e-8). */
export function normalTail(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

/**
 * How far out the percentiles of a bootstrap lie that make a 95 % interval: 2.5 % with many clusters, further out with
 * few, whose draws vary too little (the expanded percentile interval of Hesterberg 2015, Am. Stat. 69(4) §3.3).
 */
export function tailOf(clusters: number): number {
  return normalTail(Math.sqrt(clusters / Math.max(1, clusters - 1)) * t95(clusters - 1));
}
