import { basename } from 'node:path';

/** How generations name a model: `policy@<run>` for one that a run made, else the folder's name. */
export function sourceOf(path: string): string {
  const parts = path.split(/[\\/]/).filter((p) => p !== '');
  const runs = parts.lastIndexOf('runs');
  return runs >= 0 && parts[runs + 2] === 'model' ? `policy@${parts[runs + 1]!}` : basename(path).replaceAll(/\s/g, '-');
}
