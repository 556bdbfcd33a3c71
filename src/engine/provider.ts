import type { Graph, OpName } from './graph';
import type { Target } from './op';

/** ONNX Runtime's execution providers that can be asked for. */
export const providers = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Provider = (typeof providers)[number];

export const targetOf = (provider: Provider): Target => (provider === 'cpu' ? 'cpu' : 'device');

/**
 * Whether arrays can stay on the device from one run to the next. onnxruntime-node knows one kind of memory beside the host's, WebGPU's
 * (`location: 'gpu-buffer'`); with the other providers every run copies the weights there and the gradients back.
 */
export const keepsArrays = (provider: Provider): boolean => provider === 'webgpu';

/**
 * The ops of which some node may run on the CPU when the graph is for a device, and why. A session whose graph has none of them is
 * created with the fallback forbidden: it fails, with the node's name, rather than copy arrays back and forth unseen. No training
 * graph has one; a test looks.
 */
export const onCpu: Readonly<Partial<Record<OpName, string>>> = {
  argMax: 'gives int64, whose Cast WebGPU lacks',
};

/** What a device may lack, by op: a run that needs it fails with the provider's message. */
export const needsFeature: Readonly<Partial<Record<OpName, string>>> = {
  cast: 'to float16 needs the WebGPU feature shader-f16; SwiftShader has none',
};

/** Matrices that are kept in few bits: no device multiplies them. Models are widened where they run elsewhere (`storageOn`). */
export const cpuOnly: ReadonlySet<OpName> = new Set<OpName>(['storedMatmul', 'storedRows']);

/** Whether every node of the graph must be on the device. */
export const mustBeOnDevice = (g: Graph): boolean => !g.nodes.some((node) => node.op in onCpu);
