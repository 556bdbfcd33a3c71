import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { AdapterFolder } from '../modelio/adapter-folder';
import { adaptedView, adapterShapes, type Adapter } from './adapter';
import type { ModelConfig } from './config';
import { layoutParams, view, type NamedShape, type Params } from './params';
import { modelSpecs, type Head } from './specs';

/** What a person chooses; the same fields as in `run.json`. */
export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  /** `all-linear`, or the ends of layers' names: `q_proj`, `layers.0.mlp.up_proj`. */
  readonly targets: string | readonly string[];
  readonly rsLora: boolean;
}

/** A model as graphs and optimizers take it. */
export interface Net {
  readonly config: ModelConfig;
  readonly params: Params;
}

/** Names of the linear layers of a model's blocks: those that an adapter may be on. The head and the embedding are none of them. */
export function linearModules(config: ModelConfig): string[] {
  return modelSpecs(config, 'none')
    .filter(({ name, shape }) => shape.length === 2 && /\.\d+\..*\.weight$/.test(name))
    .map(({ name }) => name.slice(0, -'.weight'.length));
}

/**
 * The layers that `targets` mean, as PEFT reads them: `all-linear`, or every layer whose name is a target or ends in a dot and a target.
 * @throws UserError for a target that is the name of no layer, with those that are.
 */
export function targetModules(config: ModelConfig, targets: string | readonly string[]): string[] {
  const all = linearModules(config);
  if (targets === 'all-linear') return all;
  const wanted = typeof targets === 'string' ? [targets] : targets;
  const matches = (module: string, target: string): boolean => module === target || module.endsWith(`.${target}`);
  const missing = wanted.filter((target) => !all.some((module) => matches(module, target)));
  if (missing.length > 0 || wanted.length === 0) {
    const known = [...new Set(all.map((module) => module.split('.').at(-1)!))];
    throw new UserError('lora.targets', `lora.targets: this model has no linear layer ${missing.length === 0 ? 'without a name' : missing.map((t) => `"${t}"`).join(', ')}. It has ${known.join(', ')}; "all-linear" means all of them.`);
  }
  return all.filter((module) => wanted.some((target) => matches(module, target)));
}

/** Tensors that are trained: A and B of each layer, and a whole score head (PEFT's `modules_to_save`). */
function trainedShapes(config: ModelConfig, adapter: Adapter, head: Head): NamedShape[] {
  const specs = modelSpecs(config, head);
  return [...adapterShapes(adapter, specs), ...specs.filter((s) => s.name === 'score.weight')];
}

/**
 * A model with an adapter of zeros on it. The model's weights are shared and stay as they are: the result's own weights are the adapter's
 * and a copy of the score head where there is one, and all of the model lies beneath them.
 */
function attach(model: Net, adapter: Adapter, head: Head): Net {
  if (model.config.lora !== undefined) throw new Error('there is an adapter on this model already');
  const params: Params = { ...layoutParams(trainedShapes(model.config, adapter, head)), base: model.params, adapter };
  if (head === 'score') view(params, 'score.weight').set(view(model.params, 'score.weight'));
  return { config: { ...model.config, lora: adapter }, params };
}

/**
 * A new adapter, which starts as PEFT's does: A from U(−1/√in, 1/√in), which is Kaiming's with a = √5, and B zero, so that the model at
 * first does what it did before. @throws UserError when `settings` name a layer that is not there.
 */
export function addLora(model: Net, { rank, alpha, rsLora, targets }: LoraSettings, head: Head, seed: number): Net {
  const net = attach(model, { rank, alpha, rsLora, modules: targetModules(model.config, targets) }, head);
  const rng = createRng(seed).fork('adapter');
  for (const { name, shape } of net.params.specs) {
    if (!name.endsWith('.lora_A.weight')) continue;
    const a = view(net.params, name);
    const bound = 1 / Math.sqrt(shape[1]!);
    for (let i = 0; i < a.length; i++) a[i] = bound * (2 * rng.next() - 1);
  }
  return net;
}

/** The adapter of a folder on the model it was made for. @throws UserError when it does not fit. */
export async function loadAdapter(model: Net, folder: AdapterFolder, head: Head): Promise<Net> {
  const { rank, alpha, rsLora, hasScore } = folder;
  const fail = (message: string): never => {
    throw new UserError('adapter.model', `${folder.folder}: ${message} Was it made for this model?`);
  };
  const all = linearModules(model.config);
  const unknown = folder.modules.find((m) => !all.includes(m));
  if (unknown !== undefined) fail(`the adapter is on "${unknown}", which is no linear layer of the model's blocks.`);
  if (hasScore && head !== 'score') fail('the adapter has a score head; it is one of a reward model.');
  const net = attach(model, { rank, alpha, rsLora, modules: all.filter((m) => folder.modules.includes(m)) }, head);
  for (const { name, shape } of net.params.specs) {
    const entry = folder.tensors.get(name);
    if (entry === undefined) continue; // The score head, which is then the model's.
    if (entry.shape.join() !== shape.join()) fail(`${name} has shape [${entry.shape.join(', ')}], the model and r ask for [${shape.join(', ')}].`);
    await folder.read(name, view(net.params, name));
  }
  return net;
}

/** The model beneath the adapter: what it was before. */
export function withoutAdapter({ config, params }: Net): Net {
  const { lora, ...plain } = config;
  return lora === undefined || params.base === undefined ? { config, params } : { config: plain, params: params.base };
}

/** All weights in one array of their own, with the adapter added: a model without an adapter. */
export function merged(params: Params): Params {
  if (params.base === undefined) return params;
  const { base } = params;
  const out = layoutParams(base.specs);
  for (const { name } of out.specs) view(out, name).set(adaptedView(params, name));
  return out;
}

/** The shortest names that mean exactly an adapter's layers, as `target_modules` of PEFT. */
export function targetNames(config: ModelConfig, { modules }: Adapter): string[] {
  const ends = [...new Set(modules.map((m) => m.split('.').at(-1)!))];
  return targetModules(config, ends).length === modules.length ? ends : [...modules];
}
