// One table of what is built. `node esbuild.js` builds everything, `node esbuild.js extension cli` only those,
// `--minify` makes them small, `--watch` keeps going. A failed build exits non-zero.
const { rmSync, existsSync, readdirSync } = require('node:fs');
const path = require('node:path');

process.chdir(__dirname);

/** Test files under `folder`, found by walking, so that none can be forgotten in a list. */
const testsIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter((f) => /\.test\.tsx?$/.test(f)).map((f) => path.join(folder, f))
    : [];

const panels = readdirSync('src/webview', { withFileTypes: true })
  .filter((d) => d.isDirectory() && existsSync(`src/webview/${d.name}/main.tsx`))
  .map((d) => d.name);

const node = {
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // fast-check stays outside, so that all test files share the seed that test/mocha.mjs gives it.
  external: ['vscode', 'onnxruntime-node', 'mocha', 'fast-check', 'playwright-core', 'typescript'],
  // VS Code logs an error with a stack when an extension reads `navigator`; a library asks it only whether it runs in a Cloudflare worker.
  define: { navigator: 'undefined' },
};
const browser = { platform: 'browser', format: 'iife', target: 'es2022', jsx: 'automatic', jsxImportSource: 'preact' };

/** name → esbuild options. */
const targets = {
  extension: { ...node, entryPoints: { extension: 'src/extension/main.ts' }, outdir: 'dist' },
  trainer: { ...node, entryPoints: { trainer: 'src/trainer/main.ts' }, outdir: 'dist' },
  'reward-program': { ...node, entryPoints: { 'reward-program': 'src/trainer/program/worker.ts' }, outdir: 'dist' },
  statistics: { ...node, entryPoints: { statistics: 'src/statistics/main.ts' }, outdir: 'dist' },
  labels: { ...node, entryPoints: { labels: 'src/store/label-thread.ts' }, outdir: 'dist' },
  cli: { ...node, entryPoints: { cli: 'src/cli/main.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  sample: { ...node, entryPoints: { sample: 'src/sample/build.ts' }, outdir: 'dist' },
  bench: { ...node, entryPoints: { bench: 'test/bench/main.ts' }, outdir: 'dist' },
  webviews: { ...browser, entryPoints: Object.fromEntries(panels.map((p) => [p, `src/webview/${p}/main.tsx`])), outdir: 'dist/webview' },
  tests: { ...node, entryPoints: [...testsIn('test/unit'), ...testsIn('test/process'), ...testsIn('test/device'), ...testsIn('test/host'), 'test/host/index.ts'], outbase: 'test', outdir: 'dist/test' },
};

/** What users get: the rest serves development. */
const shipped = ['extension', 'trainer', 'reward-program', 'statistics', 'labels', 'cli', 'webviews'];

/**
 * Builds targets by name. `overrides` go over every target's options; `out` is the folder that stands for `dist`.
 * Returns the paths of all files that went in.
 */
async function build(names, overrides = {}, out = 'dist') {
  const esbuild = require('esbuild');
  const inputs = new Set();
  const failed = [];
  if (names.includes('tests')) rmSync(path.join(out, 'test'), { recursive: true, force: true });
  for (const name of names) {
    if (!(name in targets)) throw new Error(`no target "${name}"; there are ${Object.keys(targets).join(', ')}`);
    const options = { bundle: true, sourcemap: 'linked', logLevel: 'warning', legalComments: 'none', metafile: true, ...targets[name], ...overrides };
    // The others are built all the same: a broken bench must not hide what the tests would say.
    const result = await esbuild.build({ ...options, outdir: path.join(out, path.relative('dist', options.outdir)) }).catch(() => undefined);
    if (!result) failed.push(name);
    for (const input of Object.keys(result?.metafile.inputs ?? {})) inputs.add(input);
  }
  if (failed.length) throw new Error(`not built: ${failed.join(', ')}`);
  return [...inputs];
}

async function main() {
  const args = process.argv.slice(2);
  const given = args.filter((a) => !a.startsWith('--'));
  const names = given.length ? given : Object.keys(targets);
  if (!args.includes('--watch')) return void (await build(names, { minify: args.includes('--minify') }));
  const { context } = require('esbuild');
  for (const name of names) await (await context({ bundle: true, sourcemap: 'linked', logLevel: 'info', ...targets[name] })).watch();
}

module.exports = { build, shipped, all: Object.keys(targets) };

if (require.main === module) {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
