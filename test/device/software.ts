/** Whether the runner found SwiftShader: these tests are run by `node test/run.mjs device`, which sets the environment up or says that it cannot. */
export function needSoftware(): void {
  if (process.env['PLUMBLINE_SOFTWARE_VULKAN'] === undefined) throw new Error('run these tests with: node test/run.mjs device');
}

/** The largest difference of two arrays, as a share of the largest number (at least 1). NaN differs infinitely. */
export function worst(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  if (a.length !== b.length) return Infinity;
  let [difference, scale] = [0, 1];
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(Number(a[i]) - Number(b[i]));
    difference = d >= 0 ? Math.max(difference, d) : Infinity;
    scale = Math.max(scale, Math.abs(Number(a[i])));
  }
  return difference / scale;
}
