// One table of what is built. `node esbuild.js` builds everything, `node esbuild.js extension cli` only those,
// `--watch` keeps going. A failed build exits non-zero.
const { rmSync, existsSync, readdirSync } = require('node:fs');
const path = require('node:path');

/** Test files under `folder`, found by walking, so that none can be forgotten in a list. */
const testsIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter((f) => /\.test\.tsx?$/.test(f)).map((f) => path.join(folder, f))
    : [];

const panels = readdirSync('src/webview', { withFileTypes: true })
  .filter((d) => d.isDirectory() && existsSync(`src/webview/${d.name}/main.tsx`))
  .map((d) => d.name);

const node = { platform: 'node', format: 'cjs', target: 'node20', external: ['vscode', 'onnxruntime-node', 'mocha', 'playwright-core'] };
const browser = { platform: 'browser', format: 'iife', target: 'es2022', jsx: 'automatic', jsxImportSource: 'preact' };

/** name → esbuild options. */
const targets = {
  extension: { ...node, entryPoints: { extension: 'src/extension/main.ts' }, outdir: 'dist' },
  trainer: { ...node, entryPoints: { trainer: 'src/trainer/main.ts' }, outdir: 'dist' },
  cli: { ...node, entryPoints: { cli: 'src/cli/main.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  sample: { ...node, entryPoints: { sample: 'src/sample/build.ts' }, outdir: 'dist' },
  bench: { ...node, entryPoints: { bench: 'test/bench/main.ts' }, outdir: 'dist' },
  webviews: { ...browser, entryPoints: Object.fromEntries(panels.map((p) => [p, `src/webview/${p}/main.tsx`])), outdir: 'dist/webview' },
  tests: { ...node, entryPoints: [...testsIn('test/unit'), ...testsIn('test/process'), ...testsIn('test/host'), 'test/host/index.ts'], outbase: 'test', outdir: 'dist/test' },
};

async function main() {
  const esbuild = require('esbuild');
  const args = process.argv.slice(2);
  const watch = args.includes('--watch');
  const names = args.filter((a) => !a.startsWith('--'));
  for (const name of names) if (!(name in targets)) throw new Error(`no target "${name}"; there are ${Object.keys(targets).join(', ')}`);
  const chosen = names.length ? names : Object.keys(targets);
  if (chosen.includes('tests')) rmSync('dist/test', { recursive: true, force: true });
  for (const name of chosen) {
    const options = { bundle: true, sourcemap: 'linked', logLevel: 'warning', legalComments: 'none', minify: args.includes('--minify'), ...targets[name] };
    if (watch) await (await esbuild.context(options)).watch();
    else await esbuild.build(options);
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
