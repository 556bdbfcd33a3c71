import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

/** What the files of a folder of src may import besides each other. */
export interface FolderRule {
  /** Folders of src. */
  readonly folders: readonly string[];
  /** Node built-ins by name, or all of them. */
  readonly builtins: readonly string[] | 'all';
  /** Whether npm packages may be imported (those with a rule of their own are checked apart). */
  readonly packages?: false;
}

const fsAndPath = ['fs', 'fs/promises', 'path'];
const hostFolders = ['base', 'domain', 'protocol', 'formats', 'store', 'modelio', 'jobs', 'sources', 'statistics'];

/** The table of docs/architecture.md. */
export const folderRules: Readonly<Record<string, FolderRule>> = {
  base: { folders: [], builtins: [] },
  domain: { folders: ['base'], builtins: [] },
  protocol: { folders: ['base', 'domain'], builtins: [] },
  formats: { folders: ['base', 'domain'], builtins: [] },
  store: { folders: ['base', 'domain', 'protocol'], builtins: [...fsAndPath, 'crypto', 'zlib', 'os', 'worker_threads'] },
  modelio: { folders: ['base'], builtins: [...fsAndPath, 'vm'] },
  engine: { folders: ['base'], builtins: [] },
  models: { folders: ['base', 'engine', 'modelio'], builtins: [] },
  training: { folders: ['base', 'domain', 'engine', 'models', 'modelio'], builtins: [] },
  // Of sources only the client of OpenAI-compatible servers: an attack run talks to one.
  trainer: { folders: ['base', 'domain', 'protocol', 'store', 'modelio', 'models', 'training', 'sources'], builtins: 'all' },
  jobs: { folders: ['base', 'domain', 'protocol', 'store'], builtins: 'all' },
  // A local model is a process of the trainer.
  sources: { folders: ['base', 'domain', 'protocol', 'store', 'jobs'], builtins: ['child_process'] },
  // Statistics on a worker thread.
  statistics: { folders: ['base', 'domain'], builtins: ['worker_threads'] },
  sample: { folders: ['base', 'domain', 'protocol'], builtins: [] },
  cli: { folders: [...hostFolders, 'sample'], builtins: 'all' },
  extension: { folders: [...hostFolders, 'sample'], builtins: ['path', 'crypto'] },
  webview: { folders: ['base', 'domain', 'protocol'], builtins: [] },
  dev: { folders: [], builtins: 'all', packages: false },
};

/** Files that may do more than their folder. */
const fileRules: Readonly<Record<string, FolderRule>> = {
  'src/sample/build.ts': { folders: hostFolders, builtins: 'all' },
  // The other scripts must run before anything is installed.
  'src/dev/schemas.mjs': { folders: [], builtins: 'all' },
};

/** Packages that only some files may import. */
const packageRules: readonly { readonly name: RegExp; readonly only: RegExp; readonly where: string }[] = [
  { name: /^vscode$/, only: /^src\/extension\//, where: 'src/extension' },
  { name: /^onnxruntime-/, only: /^src\/engine\/session\.ts$/, where: 'src/engine/session.ts' },
  { name: /^(preact|uplot)(\/|$)/, only: /^src\/webview\//, where: 'src/webview' },
];

/**
 * Checks one source file.
 * @param file its path from the project's folder, with forward slashes
 * @param text its source
 * @returns a sentence for each import that the rule forbids
 */
export function violations(file: string, text: string): string[] {
  const folder = file.split('/')[1] ?? '';
  const rule = fileRules[file] ?? folderRules[folder];
  if (!rule || file.split('/').length < 3) return [`${file}: src/${folder} is not in the table of folders`];
  return importsOf(file, text).flatMap((name) => {
    const fault = name.startsWith('.') ? relativeFault(file, name, folder, rule) : outerFault(file, name, rule);
    return fault ? [`${file} imports ${name}: ${fault}`] : [];
  });
}

/** Every module that a file names: imports and re-exports, of types too, `import()` in code and in types, `require()`. */
export function importsOf(file: string, text: string): string[] {
  const names: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, /x$/.test(file) ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const visit = (node: ts.Node): void => {
    const name = moduleNamed(node);
    if (name) names.push(ts.isStringLiteralLike(name) ? name.text : '(a computed name)');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function moduleNamed(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'require') return node.arguments[0];
  return undefined;
}

function relativeFault(file: string, name: string, folder: string, rule: FolderRule): string | undefined {
  const target = path.posix.join(path.posix.dirname(file), name);
  if (target === 'package.json') return undefined;
  const [top, to] = target.split('/');
  if (top !== 'src' || !to) return 'it lies outside src';
  if (to === folder || rule.folders.includes(to)) return undefined;
  return `src/${folder} may import ${['itself', ...rule.folders].join(', ')}`;
}

function outerFault(file: string, name: string, rule: FolderRule): string | undefined {
  const builtin = name.replace(/^node:/, '');
  if (name.startsWith('node:') || builtinModules.includes(builtin)) {
    if (rule.builtins === 'all' || rule.builtins.includes(builtin)) return undefined;
    return rule.builtins.length ? `of Node's built-ins it may import ${rule.builtins.join(', ')}` : "it may import none of Node's built-ins";
  }
  const special = packageRules.find((candidate) => candidate.name.test(name));
  if (special) return special.only.test(file) ? undefined : `only ${special.where} may`;
  return rule.packages === false ? 'it may import no packages' : undefined;
}
