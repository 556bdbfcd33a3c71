import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as vscode from 'vscode';
import { commands } from '../../../src/extension/contributions';
import type { ImportResult } from '../../../src/store/add-import';
import { inStore, plumbline, until } from '../plumbline';

describe('data', () => {
  let folder: string;
  before(async () => {
    await plumbline();
    folder = await mkdtemp(path.join(tmpdir(), 'plumbline-import-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const importFile = async (name: string, content: string | Buffer): Promise<ImportResult[] | undefined> => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return vscode.commands.executeCommand<ImportResult[] | undefined>(commands.import, [vscode.Uri.file(file)]);
  };

  it('imports prompts, reports the lines that it cannot read, and adds nothing twice', async () => {
    const lines = ['{"prompt":"What is a plumb line?"}', 'not json', '{"prompt":"Why does it hang straight?"}'];
    const [first] = (await importFile('questions.jsonl', lines.join('\n')))!;
    assert.deepEqual([first!.prompts, first!.known], [2, 0]);
    assert.match(await readFile(inStore('prompts', 'questions.jsonl'), 'utf8'), /plumb line/);
    const file = vscode.Uri.file(path.join(folder, 'questions.jsonl'));
    const problems = await until(() => vscode.languages.getDiagnostics(file), (list) => list.length > 0, 'problems');
    assert.deepEqual(problems.map((p) => [p.range.start.line, p.source]), [[1, 'Plumbline']]);
    const [again] = (await importFile('questions.jsonl', lines.join('\n')))!;
    assert.deepEqual([again!.prompts, again!.known], [0, 2]);
  });

  it('imports packed files', async () => {
    const [result] = (await importFile('packed.csv.gz', gzipSync('prompt\n"How long, is it?"\n')))!;
    assert.equal(result!.prompts, 1);
  });

  it('imports nothing of a file of no known form, and says so without throwing', async () => {
    const running = importFile('odd.jsonl', '{"colour":"blue"}\n');
    // The message waits for a person; clearing it lets the command end.
    await until(async () => {
      await vscode.commands.executeCommand('notifications.clearAll');
      return Promise.race([running.then(() => true), new Promise<boolean>((resolve) => setTimeout(() => { resolve(false); }, 100))]);
    }, (ended) => ended, 'the import ends');
    assert.equal(await running, undefined);
  });
});
