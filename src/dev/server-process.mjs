// One running VS Code server: a fresh profile, quiet settings, a free port on 127.0.0.1.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { ended, killTree, StepError, until } from './process.mjs';
import { installServer } from './vscode-server.mjs';

/** For `npm start`: the workspace's own README is what a person sees first. */
export const startSettings = { 'workbench.startupEditor': 'readme' };

/** What keeps the window still: no AI offers, no start page, no side panels of others, no tips. */
export const quietSettings = {
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'git.openRepositoryInParentFolders': 'never',
};

/**
 * Starts VS Code's server.
 * @param {object} options
 * @param {'1.100'|'1.139'} options.version
 * @param {string} options.profile folder for settings, extensions and logs; made when it isn't there
 * @param {number} [options.port] a free one by default
 * @param {boolean} [options.trust] false: folders are untrusted until the person says otherwise
 * @param {Record<string, unknown>} [options.settings] user settings on top of the quiet ones
 * @param {string[]} [options.extensions] extension folders to show as installed (linked), or `.vsix` files to install
 * @param {boolean} [options.test] whether test code may be named in the URL
 * @param {Record<string, string>} [options.env] more environment for the server and its extension host
 * @returns {Promise<{url: string, authority: string, pid: number, log(): string, exited: Promise<{code: number|string|null}>, stop(): Promise<void>}>}
 */
export async function startServer({ version, profile, port, trust = true, settings = {}, extensions = [], test = false, env = {} }) {
  const { node, entry, smokeTestDriver } = await installServer(version);
  const user = path.join(profile, 'user');
  const installed = path.join(profile, 'extensions');
  await mkdir(installed, { recursive: true });
  await writeSettings(profile, settings);
  const places = ['--user-data-dir', user, '--extensions-dir', installed, '--config', path.join(profile, 'config.yaml')];
  await writeFile(path.join(profile, 'config.yaml'), '');
  const environment = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}', CODE_SERVER_PARENT_PID: undefined, VSCODE_IPC_HOOK_CLI: undefined, ...env };
  for (const extension of extensions) await addExtension(extension, installed, [node, entry, ...places], environment);

  const listen = port ?? (await freePort());
  const authority = `127.0.0.1:${listen}`;
  const args = [
    entry, '--bind-addr', authority, '--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override',
    '--disable-proxy', ...places,
    ...(trust ? ['--disable-workspace-trust'] : []),
    ...(test && smokeTestDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
  ];
  // A group of its own, so that Ctrl-C reaches us alone and we end it in order.
  const child = spawn(node, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { log = (log + data).slice(-100_000); });
  const exited = ended(child);
  // The last resort, when this process ends without `stop`: the group goes with it.
  const leaveNothing = () => process.kill(-child.pid, 'SIGKILL');
  process.once('exit', leaveNothing);
  void exited.then(() => process.off('exit', leaveNothing));
  let over;
  void exited.then((end) => { over = end; });
  const stop = async () => {
    if (over === undefined) await killTree(child.pid);
    await exited;
  };
  try {
    await until(async () => {
      if (over) throw new StepError(`VS Code's server ended at once (${over.code ?? over.error?.message}):\n${log}`);
      return fetch(`http://${authority}/healthz`).then((answer) => answer.ok || undefined, () => undefined);
    }, 60_000, `VS Code's server did not answer on ${authority} within 60 s`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://${authority}/`, authority, pid: child.pid, log: () => log, exited, stop };
}

/** Writes a profile's user settings, the quiet ones below: a window that is opened then has them. */
export async function writeSettings(profile, settings) {
  const user = path.join(profile, 'user', 'User');
  await mkdir(user, { recursive: true });
  await writeFile(path.join(user, 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }, undefined, 2));
}

/** Logs of the extension hosts of a profile: where an extension's own failures are written. */
export async function extensionHostLogs(profile) {
  const names = await readdir(path.join(profile, 'user'), { recursive: true });
  return names.filter((name) => /remoteexthost\.log$/.test(name)).map((name) => path.join(profile, 'user', name));
}

async function addExtension(extension, installed, [node, ...cli], env) {
  if (!extension.endsWith('.vsix')) return linkExtension(extension, installed);
  const { code, output } = await ended(spawn(node, [...cli, '--install-extension', extension], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  if (code !== 0 || !/successfully installed/.test(output)) throw new StepError(`VS Code would not install ${extension}:\n${output}`);
}

/**
 * Shows an extension's folder as installed: a real folder (links themselves are not seen) of copied manifests and links to the rest, so
 * that a new build is there after a reload, and "Uninstall" removes links and no sources.
 */
async function linkExtension(extension, installed) {
  const { publisher, name, version } = JSON.parse(await readFile(path.join(extension, 'package.json'), 'utf8'));
  const target = path.join(installed, `${publisher}.${name}-${version}`.toLowerCase());
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(extension)) {
    const from = path.join(extension, entry);
    const to = path.join(target, entry);
    await rm(to, { force: true });
    if (/^package(\.nls.*)?\.json$/.test(entry)) await copyFile(from, to);
    else if (!entry.startsWith('.')) await symlink(from, to);
  }
}

/** A port that is free now. */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
