// `npm run package`: the .vsix for this platform. A folder of its own is filled with what users get, vsce packs that, and the result is
// checked: its size, that nothing is missing, and that nothing else is in it. `-- --target win32-x64` packs for another platform.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from './build.mjs';
import { installPackages } from './npm.mjs';
import { noticesFor } from './notices.mjs';
import { root, run, say, StepError } from './process.mjs';
import { squeeze } from './squeeze.mjs';
import { zipEntries } from './zip-entries.mjs';

/** At most 20 MB, of 1024 × 1024 bytes. */
const limit = 20 * 1024 * 1024;

/**
 * ONNX Runtime's files for the CPU, by platform. Left out: DirectML, dxcompiler and dxil (Windows loads them late, for GPUs), and the second
 * copy of the library for macOS. An Intel Mac has none: labeling, export and remote jobs work there, and local training says why it can't.
 */
const binaries = {
  'linux-x64': ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
  'linux-arm64': ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
  'darwin-arm64': ['libonnxruntime.1.dylib', 'onnxruntime_binding.node'],
  'darwin-x64': [],
  'win32-x64': ['onnxruntime.dll', 'onnxruntime_binding.node'],
  'win32-arm64': ['onnxruntime.dll', 'onnxruntime_binding.node'],
};

const text = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'];

/** Everything a package may hold, as paths in the archive; vsce renames the three texts. */
const allowed = (target) => [
  /^\[Content_Types\]\.xml$|^extension\.vsixmanifest$/,
  /^extension\/(package\.json|package\.nls(\.[\w-]+)?\.json|readme\.md|changelog\.md|LICENSE\.txt|THIRD-PARTY-NOTICES\.txt)$/,
  /^extension\/l10n\/[\w.-]+\.json$/,
  /^extension\/dist\/(extension|trainer|reward-program|statistics|labels|cli)\.js$/,
  /^extension\/dist\/webview\/[\w-]+\.(js|css)$/,
  /^extension\/media\/(tour\/)?[\w.-]+\.(png|svg)$/,
  /^extension\/media\/schemas\/[\w.-]+\.json$/,
  /^extension\/media\/sample\/(?!.*\.(map|ts|pt|onnx)$)/,
  /^extension\/node_modules\/onnxruntime-(node|common)\/package\.json$/,
  /^extension\/node_modules\/onnxruntime-node\/dist\/[\w-]+\.js$/,
  /^extension\/node_modules\/onnxruntime-common\/dist\/cjs\/([\w-]+\.js|package\.json)$/,
  new RegExp(`^extension/node_modules/onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}/(${binaries[target].map((name) => name.replaceAll('.', '\\.')).join('|')})$`),
];

/** What a package must hold. */
const required = (target, panels) => [
  'extension/package.json', 'extension/package.nls.json', 'extension/readme.md', 'extension/changelog.md', 'extension/LICENSE.txt', 'extension/THIRD-PARTY-NOTICES.txt',
  'extension/dist/extension.js', 'extension/dist/trainer.js', 'extension/dist/reward-program.js', 'extension/dist/statistics.js', 'extension/dist/labels.js', 'extension/dist/cli.js', ...panels.map((name) => `extension/dist/webview/${name}`),
  'extension/media/sample/.plumbline/project.json', 'extension/node_modules/onnxruntime-node/dist/index.js', 'extension/node_modules/onnxruntime-common/dist/cjs/index.js',
  ...binaries[target].map((name) => `extension/node_modules/onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}/${name}`),
];

/**
 * Packs, checks and prints.
 * @param {string} [target] `<platform>-<arch>` as VS Code names them
 * @returns {Promise<string>} the path of the `.vsix`
 */
export async function makePackage(target = `${process.platform}-${process.arch}`) {
  if (!(target in binaries)) throw new StepError(`there is no package for ${target}; there is one for each of ${Object.keys(binaries).join(', ')}`);
  const stage = await mkdtemp(path.join(os.tmpdir(), 'plumbline-package-'));
  try {
    const { version, panels } = await fill(stage, target);
    const vsix = path.join(root, `plumbline-${target}-${version}.vsix`);
    const vsce = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
    const packed = path.join(stage, 'packed.zip');
    await run(process.execPath, [vsce, 'package', '--target', target, '--out', packed, '--no-rewrite-relative-links', '--allow-missing-repository'], { cwd: stage });
    await squeeze(packed, vsix);
    check(vsix, (await stat(vsix)).size, await zipEntries(vsix), target, panels);
    return vsix;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Fills the folder that is packed. */
async function fill(stage, target) {
  const missing = text.filter((name) => !existsSync(path.join(root, name)));
  if (missing.length) throw new StepError(`cannot pack without ${missing.join(', ')}`);
  const strings = (await readdir(root)).filter((name) => /^package\.nls.*\.json$/.test(name));
  for (const name of [...text, ...strings, '.vscodeignore', 'media', 'l10n']) {
    if (existsSync(path.join(root, name))) await cp(path.join(root, name), path.join(stage, name), { recursive: true });
  }
  const { build, shipped } = table();
  const inputs = await build(shipped, { minify: true, sourcemap: false }, path.join(stage, 'dist'));
  await writeFile(path.join(stage, 'THIRD-PARTY-NOTICES.txt'), await noticesFor([...inputs, 'node_modules/onnxruntime-node/', 'node_modules/onnxruntime-common/']));

  const modules = (folder) => path.join(folder, 'node_modules');
  for (const name of ['onnxruntime-node/dist', 'onnxruntime-common/dist/cjs', 'onnxruntime-common/package.json']) {
    await cp(path.join(modules(root), name), path.join(modules(stage), name), { recursive: true });
  }
  for (const name of binaries[target]) {
    const file = path.join('onnxruntime-node', 'bin', 'napi-v6', ...target.split('-'), name);
    await mkdir(path.dirname(path.join(modules(stage), file)), { recursive: true });
    await cp(path.join(modules(root), file), path.join(modules(stage), file));
  }
  // Its other dependencies serve its install script alone, which is not packed; vsce asks npm whether all are there.
  const runtime = JSON.parse(await readFile(path.join(modules(root), 'onnxruntime-node', 'package.json'), 'utf8'));
  delete runtime.scripts;
  runtime.dependencies = { 'onnxruntime-common': runtime.dependencies['onnxruntime-common'] };
  await writeFile(path.join(modules(stage), 'onnxruntime-node', 'package.json'), JSON.stringify(runtime, undefined, 2));

  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  for (const key of ['scripts', 'devDependencies', 'private', 'bin']) delete manifest[key];
  await writeFile(path.join(stage, 'package.json'), JSON.stringify(manifest, undefined, 2));
  const panels = await readdir(path.join(stage, 'dist', 'webview'));
  return { version: manifest.version, panels };
}

/** Throws when the package is too large, lacks something or holds something else; prints what it holds otherwise. */
function check(vsix, bytes, entries, target, panels) {
  const names = entries.map((entry) => entry.name);
  const extra = names.filter((name) => !allowed(target).some((pattern) => pattern.test(name)));
  const lacking = required(target, panels).filter((name) => !names.includes(name));
  for (const [name, size] of listing(entries)) console.log(`  ${String(size).padStart(10)}  ${name}`);
  say(`${path.basename(vsix)}: ${entries.length} files, ${(bytes / 1e6).toFixed(1)} MB packed, ${(entries.reduce((sum, entry) => sum + entry.size, 0) / 1e6).toFixed(1)} MB unpacked`);
  if (extra.length) throw new StepError(`the package holds what it should not: ${extra.join(', ')}`);
  if (lacking.length) throw new StepError(`the package lacks ${lacking.join(', ')}`);
  if (bytes > limit) throw new StepError(`the package has ${bytes} bytes, more than the limit of ${limit}`);
}

/** Name and size of each file; the scripts of a package in node_modules are one line. */
function listing(entries) {
  const lines = new Map();
  for (const { name, size } of entries) {
    const line = name.replace(/(\/node_modules\/[^/]+\/).*\.js(on)?$/, '$1**.js');
    lines.set(line, (lines.get(line) ?? 0) + size);
  }
  return lines;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const { values } = parseArgs({ options: { target: { type: 'string' } } });
    await installPackages();
    await makePackage(values.target);
  } catch (error) {
    console.error(error instanceof StepError ? `plumbline: ${error.message}` : error);
    process.exitCode = 1;
  }
}
