// `npm start` with VS Code served: it comes up on a copy of the sample, and Ctrl-C leaves nothing running.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { alive, ended, root, until } from '../../src/dev/process.mjs';

const script = path.join(root, 'src', 'dev', 'start.mjs');

describe('npm start', function () {
  this.timeout(120_000);
  let temporary;
  const start = (...args) => {
    // Its own temporary folder, so that what it leaves there can be seen.
    const child = spawn(process.execPath, [script, ...args], { cwd: root, env: { ...process.env, TMPDIR: temporary, DISPLAY: undefined, WAYLAND_DISPLAY: undefined } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { output += data; });
    return { child, exited: ended(child), output: () => output };
  };

  before(async () => { temporary = await mkdtemp(path.join(os.tmpdir(), 'plumbline-start-')); });
  after(() => rm(temporary, { recursive: true, force: true }));

  it('serves VS Code on a copy of the sample, and Ctrl-C ends it with all its processes', async () => {
    const { child, exited, output } = start('--served', '--no-open');
    let over = false;
    void exited.then(() => { over = true; });
    const url = await until(() => (over ? '' : /VS Code is at (\S+)/.exec(output())?.[1]), 90_000, 'no address was printed');
    assert.ok(url, output());
    const folder = new URL(url).searchParams.get('folder');
    assert.ok(existsSync(path.join(folder, '.plumbline', 'project.json')));
    assert.match(await (await fetch(url)).text(), /vscode-workbench|workbench/i);
    // A trainer outlives its parent; what tells it is its command line.
    const trainer = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'trainer.js', path.join(folder, '.plumbline', 'runs', 'a')], { stdio: 'ignore', detached: true });
    trainer.unref();
    const trainerGone = ended(trainer);

    child.kill('SIGINT');
    assert.equal((await exited).code, 0, output());
    await trainerGone;
    assert.equal(alive(trainer.pid), false);
    await assert.rejects(fetch(url), 'the server still answers');
    assert.ok(existsSync(folder), 'the workspace is kept');
  });

  it('touches nothing in a folder that is not for it', async () => {
    const folder = path.join(temporary, 'mine');
    await mkdir(folder);
    await writeFile(path.join(folder, 'thesis.txt'), 'x');
    const { exited, output } = start('--served', '--no-open', folder);
    assert.equal((await exited).code, 1);
    assert.match(output(), /mine is neither empty nor a Plumbline workspace/);
    assert.equal(existsSync(path.join(folder, '.plumbline')), false);
  });

  it('says what is wrong with its arguments', async () => {
    const { exited, output } = start('--port', 'http');
    assert.equal((await exited).code, 1);
    assert.match(output(), /--port http: a port is a whole number/);
  });
});
