import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, rankingCommands } from '../../../src/extension/contributions';
import { plumbline } from '../plumbline';

describe('activation', () => {
  it('takes less than 50 ms in activate(), its code once loaded', async () => {
    const api = await plumbline();
    assert.ok(api.activationMs < 50, `${api.activationMs.toFixed(1)} ms`);
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
