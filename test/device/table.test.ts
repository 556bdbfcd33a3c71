import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gradients } from '../../src/engine/autodiff';
import { input, newGraph, output, type OpName } from '../../src/engine/graph';
import { gather, mul, reduceSum } from '../../src/engine/ops';
import { cpuOnly, needsFeature, onCpu } from '../../src/engine/provider';
import { createSession, type Feed } from '../../src/engine/session';
import { table } from '../../src/engine/table';
import { caseGraph, casesOf } from '../unit/engine/case-graph';
import { needSoftware, worst } from './software';

const copy = (results: Record<string, Feed>): Record<string, Feed> => Object.fromEntries(Object.entries(results).map(([name, data]) => [name, data.slice()]));

/** Runs a case there; `nodes` are the kinds of node that the CPU computed instead, by ONNX Runtime's own trace. */
async function onDevice({ graph, feeds }: ReturnType<typeof caseGraph>): Promise<{ results: Record<string, Feed>; nodes: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-placement-'));
  try {
    const session = await createSession(graph, { threads: 1, provider: 'webgpu', profile: join(folder, 'p') });
    const results = copy(await session.run(feeds));
    await session.release();
    const [file] = readdirSync(folder);
    const trace = JSON.parse(readFileSync(join(folder, file!), 'utf8')) as { cat: string; args?: { provider?: string; op_name?: string } }[];
    const ran = trace.flatMap(({ cat, args }) => (cat === 'Node' && args?.provider !== undefined ? [args] : []));
    assert.ok(ran.some((node) => node.provider === 'WebGpuExecutionProvider'), 'nothing ran on the device');
    return { results, nodes: ran.filter((node) => node.provider !== 'WebGpuExecutionProvider').map((node) => node.op_name!) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('op table on WebGPU', function () {
  this.timeout(120_000);
  before(needSoftware);

  /** In few bits: `cpuOnly`. */
  const isStored = (c: ReturnType<typeof casesOf>[number]): boolean => caseGraph(c, false).graph.values.some(({ dtype }) => ['uint8', 'uint16', 'float16'].includes(dtype));

  for (const op of (Object.keys(table) as OpName[]).filter((name) => !cpuOnly.has(name))) {
    it(`${op}: value and gradients are the CPU's, and ${op in onCpu ? 'what is listed' : 'nothing'} runs on the CPU`, async () => {
      for (const [n, c] of casesOf(op).filter((each) => op in needsFeature || !isStored(each)).entries()) {
        const made = caseGraph(c, false);
        if (op in needsFeature) {
          await assert.rejects(onDevice(made), /requires f16/);
          continue;
        }
        const session = await createSession(made.graph, { threads: 1 });
        const here = copy(await session.run(made.feeds));
        await session.release();
        const there = await onDevice(made);
        for (const [name, data] of Object.entries(here)) {
          const difference = worst(data, there.results[name]!);
          assert.ok(difference <= 5e-6, `case ${n}, ${name}: differs by ${difference}`);
        }
        if (op in onCpu) assert.ok(there.nodes.length > 0, `${op} is listed, but everything ran on the device: take it off the list`);
        else assert.deepEqual(there.nodes, [], `case ${n}`);
      }
    });
  }

  it('adds up the rows of a token with the same bits every time', async () => {
    const [vocabulary, width, tokens] = [40, 4, 1100];
    const g = newGraph();
    const [x, ids, weights] = [input(g, 'x', 'float32', [vocabulary, width]), input(g, 'ids', 'int64', [tokens]), input(g, 'w', 'float32', [tokens, width])];
    const [dx] = gradients(g, reduceSum(g, mul(g, gather(g, x, ids), weights), [0, 1]), [x]);
    output(g, 'dx', dx!);
    const feeds = {
      x: new Float32Array(vocabulary * width),
      ids: BigInt64Array.from({ length: tokens }, (_, i) => BigInt((i * i + 3 * i) % vocabulary)),
      w: Float32Array.from({ length: tokens * width }, (_, i) => Math.cos(1.7 * i)),
    };
    const session = await createSession(g, { threads: 1, provider: 'webgpu' });
    const first = copy(await session.run(feeds));
    for (let again = 0; again < 5; again++) assert.deepEqual(copy(await session.run(feeds)), first);
    await session.release();
  });

  it('refuses a graph of which a node would run on the CPU', async () => {
    const { graph } = caseGraph(casesOf('argMax')[0]!, false);
    // Without its place on the list: the op is there under a name that is not on it.
    const disguised = { ...graph, nodes: graph.nodes.map((node) => (node.op === 'argMax' ? { ...node, op: 'hidden' as OpName } : node)) } as typeof graph;
    Object.assign(table, { hidden: table.argMax });
    try {
      await assert.rejects(createSession(disguised, { threads: 1, provider: 'webgpu' }), /fallback to CPU EP has been explicitly disabled/);
    } finally {
      delete (table as Record<string, unknown>)['hidden'];
    }
  });
});
