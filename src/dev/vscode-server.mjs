// A real VS Code without a download of its own: code-server on npm is VS Code's server and workbench. It is installed under
// `.vscode-test/` with the Node it wants (npm has that, too), its headers included, so that native modules are built against them.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { npm, seconds } from './npm.mjs';
import { alive, root, run, say, StepError, which } from './process.mjs';

/**
 * What can be installed, by VS Code version: the oldest that `engines.vscode` promises, and the newest.
 * `rebuild`: native modules that do not ship prebuilt; `smokeTestDriver`: whether the server needs (and knows) that option to take
 * a test from the URL.
 */
export const servers = {
  '1.100': { codeServer: '4.100.3', node: '20.20.2', rebuild: ['@vscode/spdlog', 'native-watchdog', 'node-pty', 'argon2'], smokeTestDriver: false },
  '1.139': { codeServer: '4.139.1', node: '24.21.0', rebuild: ['@vscode/spdlog', '@vscode/native-watchdog'], smokeTestDriver: true },
};

const folder = path.join(root, '.vscode-test');
/** Changes when the recipe below does, so that what an older one made is made again. */
const recipe = 1;

/**
 * Installs a server unless it is there.
 * @param {'1.100'|'1.139'} version
 * @returns {Promise<{node: string, entry: string, smokeTestDriver: boolean}>} programs to start it with
 * @throws {StepError} that names what is missing on this machine
 */
export async function installServer(version) {
  const server = servers[version];
  const target = path.join(folder, `code-server-${server.codeServer}`);
  if (!(await isComplete(target))) {
    checkTools();
    const started = Date.now();
    say(`installing code-server ${server.codeServer} (VS Code ${version}) and Node ${server.node} from npm into .vscode-test: about 800 MB, one to three minutes, once`);
    await build(version, target);
    say(`code-server ${server.codeServer} is installed (${seconds(started)} s)`);
  }
  return { node: nodeIn(target), entry: path.join(target, 'node_modules', 'code-server', 'out', 'node', 'entry.js'), smokeTestDriver: server.smokeTestDriver };
}

/** Builds in a folder of its own and renames it at the end: killed at any time, nothing half-made is taken for whole. */
async function build(version, target) {
  await sweep();
  const part = `${target}.part-${process.pid}`;
  await mkdir(part, { recursive: true });
  try {
    await assemble(servers[version], part);
    await writeFile(path.join(part, 'complete.json'), JSON.stringify({ recipe }));
    await rm(target, { recursive: true, force: true });
    await rename(part, target);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function assemble(server, part) {
  await npm(['install', '--prefix', part, '--no-save', '--ignore-scripts', nodePackage(server.node)], { cwd: part });
  const node = nodeIn(part);
  // JOBS: as many compilers at a time as there are processors.
  const env = { ...process.env, JOBS: 'max', npm_config_nodedir: path.dirname(path.dirname(node)), npm_config_engine_strict: 'false' };
  // Named together, because npm removes what it is not asked for.
  await npm(['install', '--prefix', part, '--no-save', '--ignore-scripts', nodePackage(server.node), `code-server@${server.codeServer}`], { cwd: part, env, node });
  const code = path.join(part, 'node_modules', 'code-server');
  const vscode = path.join(code, 'lib', 'vscode');
  // Not `npm ci`: the shrinkwrap lacks some packages.
  await npm(['install', '--omit=dev', '--ignore-scripts'], { cwd: vscode, env, node });
  for (const name of server.rebuild) await rebuild(name, [vscode, code, part], env, node);
  await link('code-linux.sh', path.join(vscode, 'bin', 'remote-cli', 'code-server'));
  await link('browser-linux.sh', path.join(vscode, 'bin', 'helpers', 'browser.sh'));
  const extensions = path.join(vscode, 'extensions');
  await npm(['install', '--omit=dev', '--ignore-scripts'], { cwd: extensions, env, node });
  if (existsSync(path.join(extensions, 'postinstall.mjs'))) await run(node, ['postinstall.mjs'], { cwd: extensions, env });
  // File search wants ripgrep, which older versions fetch from elsewhere: take the system's, if any. Nothing here depends on it.
  const ripgrep = path.join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin');
  const rg = which('rg');
  if (rg && existsSync(path.dirname(ripgrep)) && !existsSync(path.join(ripgrep, 'rg'))) {
    await mkdir(ripgrep, { recursive: true });
    await link(rg, path.join(ripgrep, 'rg'));
  }
}

/** Builds a native module where it was installed. */
async function rebuild(name, places, env, node) {
  const home = places.find((place) => existsSync(path.join(place, 'node_modules', name)));
  if (!home) throw new StepError(`code-server was installed without ${name}`);
  try {
    await npm(['rebuild', name, '--ignore-scripts=false'], { cwd: home, env, node });
  } catch (error) {
    // node-pty's last install step fails where its first, the compiler, has done what is needed.
    const built = path.join(home, 'node_modules', name, 'build', 'Release');
    if (!existsSync(built) || !(await readdir(built)).some((file) => file.endsWith('.node'))) throw error;
  }
}

function checkTools() {
  const { platform, arch } = process;
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    throw new StepError(
      `VS Code's server can be installed from npm on Linux (x64, arm64) only, and this is ${platform}-${arch}. For npm start, install desktop VS Code and put "code" on the path ` +
        '(https://code.visualstudio.com; on macOS its command "Shell Command: Install \'code\' command in PATH"). The tests in a real VS Code run on Linux, also in a container',
    );
  }
  const missing = [['python3', 'python'], ['make'], ['g++', 'c++']].filter((names) => !names.some(which)).map(([name]) => name);
  if (missing.length) throw new StepError(`VS Code's server has native modules to build, and this machine lacks ${missing.join(', ')}: install ${missing.length > 1 ? 'them' : 'it'} (Debian: apt-get install python3 make g++)`);
}

async function isComplete(target) {
  const stamp = await readFile(path.join(target, 'complete.json'), 'utf8').catch(() => '{}');
  return JSON.parse(stamp).recipe === recipe;
}

/** Removes what installs that were killed have left. */
async function sweep() {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const pid = /\.part-(\d+)$/.exec(name)?.[1];
    if (pid && !alive(Number(pid))) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

async function link(to, file) {
  await rm(file, { force: true });
  await mkdir(path.dirname(file), { recursive: true });
  await symlink(to, file);
}

const nodeName = `node-${process.platform}-${process.arch}`;
const nodePackage = (version) => `${nodeName}@${version}`;
const nodeIn = (target) => path.join(target, 'node_modules', nodeName, 'bin', 'node');
