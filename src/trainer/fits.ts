import { UserError } from '../base/errors';
import type { Weights } from '../modelio/weights';
import { sizeOf, type NamedShape } from '../models/params';
import { freeMemory, gigabytes } from './plan';

/**
 * Compares what `config.json` asks for with what the weights' headers say, before anything is made of that size: a number in a file must not
 * decide how much memory is taken. Tensors named in `fresh` need not be there.
 * @throws UserError naming the tensor and both shapes, or saying how much memory is missing.
 */
export function checkFits(specs: readonly NamedShape[], weights: Weights, where: string, fresh: readonly string[] = []): void {
  for (const { name, shape, aliases = [] } of specs) {
    const entry = [name, ...aliases].map((n) => weights.tensors.get(n)).find((e) => e !== undefined);
    if (entry === undefined) {
      if (fresh.includes(name)) continue;
      throw new UserError('model.tensor', `${where} has no tensor "${name}", which config.json asks for, of shape [${shape.join(', ')}]. Is it the configuration of these weights?`);
    }
    if (entry.shape.join() !== shape.join()) {
      throw new UserError('model.tensor', `${where}: tensor "${name}" has shape [${entry.shape.join(', ')}], config.json asks for [${shape.join(', ')}]. Is it the configuration of these weights?`);
    }
  }
  checkRoom(specs, where);
}

/** @throws UserError when the weights alone, 4 bytes each, are more than the machine has left. */
export function checkRoom(specs: readonly NamedShape[], where: string, free = freeMemory()): void {
  const bytes = specs.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes > free) throw new UserError('run.memory', `${where}: the weights of this model take ${gigabytes(bytes)} of memory; ${gigabytes(free)} are free. Close other programs, or choose a smaller model.`);
}
