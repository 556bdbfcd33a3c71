import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { input, newGraph, output, size } from '../../src/engine/graph';
import { matmul } from '../../src/engine/ops';
import { createSession } from '../../src/engine/session';
import { trainingStep, type Job } from './work';

/** One event of ONNX Runtime's trace: a node's kernel, in microseconds. */
interface TraceEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly dur?: number;
  readonly args?: { readonly op_name?: string; readonly input_type_shape?: readonly Record<string, readonly number[]>[]; readonly output_type_shape?: readonly Record<string, readonly number[]>[] };
}

/** Time and arithmetic of one kind of kernel within a step. */
export interface OpTime {
  readonly op: string;
  readonly calls: number;
  readonly ms: number;
  /** Floating point operations of matrix products; 0 for other ops. */
  readonly flop: number;
}

const products = new Set(['MatMul', 'FusedMatMul', 'Gemm', 'FusedGemm']);

/** Sums up a trace over `steps` equal steps, the longest first. Products are kept apart by the shapes that they multiply. */
export function timesByOp(trace: readonly TraceEvent[], steps: number, byShape: boolean): OpTime[] {
  const sums = new Map<string, { calls: number; ms: number; flop: number }>();
  for (const { cat, name, dur, args } of trace) {
    if (cat !== 'Node' || dur === undefined || args?.op_name === undefined || name?.endsWith('_kernel_time') !== true) continue;
    const shapes = (args.input_type_shape ?? []).map((s) => Object.values(s)[0] ?? []);
    const result = Object.values(args.output_type_shape?.[0] ?? {})[0] ?? [];
    const key = byShape ? `${args.op_name} ${shapes.slice(0, 2).map((s) => `[${s.join(',')}]`).join(' ')} → [${result.join(',')}]` : args.op_name;
    const sum = sums.get(key) ?? { calls: 0, ms: 0, flop: 0 };
    sum.calls++;
    sum.ms += dur / 1000;
    // Elements of the result, times the length of the sums behind each: |A|·|B|/|C| is its square where nothing broadcasts; so from A and the rows of C.
    if (products.has(args.op_name)) sum.flop += 2 * size(result) * innerLength(shapes[0]!, result);
    sums.set(key, sum);
  }
  return [...sums].map(([op, { calls, ms, flop }]) => ({ op, calls: calls / steps, ms: ms / steps, flop: flop / steps })).sort((a, b) => b.ms - a.ms);
}

/** The length of the sums of a product: what of its left factor are not rows of the result. */
function innerLength(left: readonly number[], result: readonly number[]): number {
  const rows = result.at(-2) ?? 1;
  const [a, b] = [left.at(-2) ?? 1, left.at(-1) ?? 1];
  return a === rows ? b : a; // [rows, k], or [k, rows] where the product transposes it
}

/** Billions of floating point operations a second of a product of two 2048 × 2048 matrices: what this machine can reach. */
async function roofline(threads: number): Promise<number> {
  const g = newGraph();
  const n = 2048;
  output(g, 'y', matmul(g, input(g, 'a', 'float32', [n, n]), input(g, 'b', 'float32', [n, n])));
  const session = await createSession(g, { threads });
  const feeds = { a: new Float32Array(n * n).fill(1), b: new Float32Array(n * n).fill(1) };
  const rates: number[] = [];
  for (let i = 0; i < 6; i++) {
    const start = performance.now();
    await session.run(feeds);
    rates.push((2 * n ** 3) / 1e6 / (performance.now() - start));
  }
  await session.release();
  return Math.max(...rates);
}

/** Where the time of a training step goes: lines of a report. */
export async function profileStep(job: Job, steps: number, byShape: boolean): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-profile-'));
  try {
    const peak = await roofline(job.threads);
    const { backward, update, release } = await trainingStep(job, join(folder, 'trace'));
    await backward();
    update();
    let [inGraph, onHost] = [0, 0];
    for (let i = 0; i < steps; i++) {
      const start = performance.now();
      await backward();
      const middle = performance.now();
      update();
      inGraph += (middle - start) / steps;
      onHost += (performance.now() - middle) / steps;
    }
    await release();
    const file = readdirSync(folder)[0];
    if (file === undefined) throw new Error('ONNX Runtime wrote no trace');
    const times = timesByOp(JSON.parse(readFileSync(join(folder, file), 'utf8')) as TraceEvent[], steps + 1, byShape);
    const total = inGraph + onHost;
    const row = (op: string, calls: number, ms: number, flop: number): string =>
      `| ${op} | ${calls.toFixed(0)} | ${ms.toFixed(1)} | ${((100 * ms) / total).toFixed(1)} % | ${flop === 0 ? '' : `${((100 * flop) / 1e6 / ms / peak).toFixed(0)} %`} |`;
    const kernels = times.reduce((n, t) => n + t.ms, 0);
    return [
      `step ${total.toFixed(1)} ms, MatMul roofline ${peak.toFixed(0)} GFLOP/s (2048³, ${job.threads} threads)`,
      '| op | calls | ms | share of the step | of the roofline |',
      '|---|---|---|---|---|',
      ...times.slice(0, byShape ? 40 : 30).map((t) => row(t.op, t.calls, t.ms, t.flop)),
      row('between kernels, and copies in and out', 1, inGraph - kernels, 0),
      row('clipping and AdamW', 1, onHost, 0),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
