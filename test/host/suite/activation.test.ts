import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, rankingCommands } from '../../../src/extension/contributions';
import { plumbline } from '../plumbline';

describe('activation', () => {
  // Under 50 ms on a quiet machine (docs/architecture.md). The limit here is for what would read a whole workspace, whatever else the machine does.
  it('is over in a moment', async () => {
    const { activationMs } = await plumbline();
    assert.ok(activationMs < 1000, `activate() took ${activationMs.toFixed(1)} ms`);
  });
  it('registers every command that it contributes', async () => {
    await plumbline();
    const there = new Set(await vscode.commands.getCommands(true));
    for (const id of [...Object.values(commands), ...Object.values(rankingCommands)]) assert.ok(there.has(id), id);
  });
  it('loads no tensor library into the extension host', async () => {
    await plumbline();
    // Node's one table of loaded modules, whoever loaded them.
    assert.deepEqual(Object.keys(require.cache).filter((file) => /onnxruntime|dist.trainer/.test(file)), []);
  });
});
