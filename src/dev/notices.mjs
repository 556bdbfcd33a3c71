// The licences of what is bundled: most ask to be passed on with the code.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './process.mjs';

/**
 * One text with name, version and licence of every package that the given files come from.
 * @param {string[]} inputs paths relative to the project, as esbuild lists them
 */
export async function noticesFor(inputs) {
  const folders = new Set(inputs.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean));
  const parts = await Promise.all([...folders].sort().map(notice));
  return `Plumbline contains code of these packages.\n\n${parts.join('\n\n')}\n`;
}

async function notice(folder) {
  const home = path.join(root, folder);
  const { name, version, license } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8'));
  const file = (await readdir(home)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const licence = file ? (await readFile(path.join(home, file), 'utf8')).trim() : `Licence: ${license}`;
  return `${'-'.repeat(78)}\n${name} ${version} (${license})\n${'-'.repeat(78)}\n\n${licence}`;
}
