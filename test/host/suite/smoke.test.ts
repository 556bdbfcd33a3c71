import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { hostTest } from '../contract.js';

describe('the VS Code that the suite runs in', () => {
  const { version, mode, root } = hostTest();
  const extension = () => {
    const found = vscode.extensions.getExtension('plumbline.plumbline');
    assert.ok(found, 'the extension plumbline.plumbline is not there');
    return found;
  };

  it(`is version ${version}`, () => {
    assert.equal(vscode.version.split('.').slice(0, 2).join('.'), version);
  });

  it(`has the extension from ${mode === 'package' ? 'the package' : 'the project'}`, () => {
    const fromProject = path.relative(root, extension().extensionPath) === '';
    assert.equal(fromProject, mode === 'development', `it comes from ${extension().extensionPath}`);
  });

  it('activates it', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it('has opened a copy of the sample workspace', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder);
    assert.notEqual(path.relative(root, folder.uri.fsPath).split(path.sep)[0], 'media', 'tests must not write into the project');
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, '.plumbline', 'project.json'));
  });
});
