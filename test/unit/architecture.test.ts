import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { importsOf, violations } from './dependency-rule';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => path.posix.join('src', file.split(path.sep).join('/')))
  .filter((file) => /\.(ts|tsx|mjs|js)$/.test(file));

describe('the dependency rule', () => {
  it('finds the sources', () => {
    assert.ok(sources.length > 50, `only ${sources.length} files`);
  });

  for (const folder of new Set(sources.map((file) => file.split('/')[1] ?? ''))) {
    it(`holds in src/${folder}`, () => {
      const files = sources.filter((file) => file.startsWith(`src/${folder}/`));
      const faults = files.flatMap((file) => violations(file, readFileSync(file, 'utf8')));
      assert.deepEqual(faults, []);
    });
  }

  it('keeps the types of the DOM out of all but the webviews', () => {
    const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8')) as { compilerOptions: { lib: string[] } };
    assert.deepEqual(compilerOptions.lib.filter((lib) => lib.startsWith('dom')), []);
  });
});

describe('the checker of the dependency rule', () => {
  const faults = (file: string, text: string) => violations(file, text).length;

  for (const [what, text] of [
    ['an import', "import { a } from '../store/log';"],
    ['an import of types', "import type { A } from '../store/log';"],
    ['an import for its effects', "import '../store/log';"],
    ['a re-export', "export { a } from '../store/log';"],
    ['a re-export of everything', "export * from '../store/log';"],
    ['a re-export of types', "export type { A } from '../store/log';"],
    ['a dynamic import', "export const load = async () => (await import('../store/log')).a;"],
    ['an import in a type', "export type A = import('../store/log').A;"],
    ['a typeof import', "export type A = typeof import('../store/log');"],
    ['import = require', "import log = require('../store/log');"],
    ['require', "const log = require('../store/log');"],
    ['an import after other code', "const x = `${1}`;\n/* import */ import { a } from '../store/log';"],
    ['a dynamic import of a computed name', 'export const load = (name: string) => import(name);'],
  ] as const) {
    it(`sees ${what}`, () => {
      assert.equal(importsOf('src/domain/a.ts', text).length, 1);
      if (!text.includes('import(name)')) assert.equal(faults('src/domain/a.ts', text), 1);
    });
  }

  it('is not misled by comments and strings', () => {
    assert.deepEqual(importsOf('src/domain/a.ts', "// import '../store/log'\nconst s = \"import('../store/log')\" + `import x from '../store/log'`;"), []);
  });

  it('lets a folder import itself and its row, from any depth', () => {
    assert.equal(faults('src/domain/deep/a.ts', "import '../b'; import '../../base/rng';"), 0);
    assert.equal(faults('src/webview/run/main.tsx', "import { h } from 'preact'; import './run.css'; export const a = <b>{1}</b>;"), 0);
  });

  it("keeps Node's built-ins where the table has them", () => {
    assert.equal(faults('src/domain/a.ts', "import 'node:fs';"), 1);
    assert.equal(faults('src/domain/a.ts', "import { join } from 'path';"), 1);
    assert.equal(faults('src/store/a.ts', "import 'node:fs/promises'; import 'node:path';"), 0);
    assert.equal(faults('src/store/a.ts', "import 'node:child_process';"), 1);
    assert.equal(faults('src/extension/a.ts', "import 'node:fs';"), 1);
    assert.equal(faults('src/jobs/a.ts', "import 'node:child_process';"), 0);
    assert.equal(faults('src/webview/run/a.ts', "import 'node:path';"), 1);
  });

  it('keeps some packages to some files', () => {
    assert.equal(faults('src/extension/a.ts', "import * as vscode from 'vscode';"), 0);
    assert.equal(faults('src/cli/a.ts', "import type { Uri } from 'vscode';"), 1);
    assert.equal(faults('src/engine/session.ts', "import 'onnxruntime-node';"), 0);
    assert.equal(faults('src/engine/ops.ts', "import type { Tensor } from 'onnxruntime-common';"), 1);
    assert.equal(faults('src/extension/a.ts', "import { render } from 'preact/hooks';"), 1);
    assert.equal(faults('src/dev/a.mjs', "import 'esbuild';"), 1);
    assert.equal(faults('src/dev/a.mjs', "import '../base/errors';"), 1);
  });

  it('knows that the extension holds no tensor library', () => {
    for (const folder of ['engine', 'models', 'training', 'trainer']) {
      assert.equal(faults('src/extension/a.ts', `import type { A } from '../${folder}/a';`), 1);
      assert.equal(faults('src/cli/a.ts', `import type { A } from '../${folder}/a';`), 1);
    }
  });

  it('lets the sample be pure but for the script that builds it', () => {
    assert.equal(faults('src/sample/judge.ts', "import 'node:fs';"), 1);
    assert.equal(faults('src/sample/judge.ts', "import '../jobs/create';"), 1);
    assert.equal(faults('src/sample/build.ts', "import 'node:fs'; import '../jobs/create';"), 0);
    assert.equal(faults('src/sample/build.ts', "import '../training/sft';"), 1);
  });

  it('rejects what lies outside src, and folders it does not know', () => {
    assert.equal(faults('src/cli/a.ts', "import '../../test/x';"), 1);
    assert.equal(faults('src/cli/a.ts', "import { version } from '../../package.json';"), 0);
    assert.equal(faults('src/other/a.ts', ''), 1);
    assert.equal(faults('src/a.ts', ''), 1);
  });
});
