// A graphics processor made of software, for the tests: SwiftShader, which comes with Debian's chromium.
import { existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDebian } from './chromium.mjs';
import { run, say } from './process.mjs';

const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
const loaders = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib64/libvulkan.so.1'];
/** Chromium brings a loader of its own; the folder has more in it, so that it may not be searched as it is. */
const chromiumsLoader = '/usr/lib/chromium/libvulkan.so.1';

/**
 * The environment in which WebGPU finds SwiftShader, or why there is none. On Debian as root what is missing is installed with apt-get.
 * @returns {Promise<{ env: Record<string, string> } | { why: string }>}
 */
export async function ensureSoftwareVulkan() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { why: `onnxruntime-node and SwiftShader come together for linux-x64 only, this is ${process.platform}-${process.arch}` };
  const missing = [...(existsSync(driver) ? [] : ['chromium']), ...(existsSync(driver) && [...loaders, chromiumsLoader].some(existsSync) ? [] : ['libvulkan1'])];
  if (missing.length) {
    if (!isDebian() || process.getuid?.() !== 0) return { why: `${missing.join(' and ')} of Debian ${missing.length > 1 ? 'are' : 'is'} not installed, and this is not Debian as root` };
    say(`installing ${missing.join(' and ')} with apt-get`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env });
  }
  if (!existsSync(driver)) return { why: `the package chromium has no ${driver}` };
  const env = { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, PLUMBLINE_SOFTWARE_VULKAN: driver };
  if (loaders.some(existsSync)) return { env };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumbline-vulkan-'));
  symlinkSync(chromiumsLoader, path.join(folder, 'libvulkan.so.1'));
  return { env: { ...env, LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') } };
}
