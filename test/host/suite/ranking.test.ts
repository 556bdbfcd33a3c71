import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { generation, response } from '../../../src/domain/content';
import type { Label, LabelLine } from '../../../src/domain/records';
import { commands, panels, rankingCommands } from '../../../src/extension/contributions';
import { labelerFileName } from '../../../src/store/label-files';
import { inStore, plumbline, until } from '../plumbline';

const labeler = 'host-test';
const run = (id: string, ...args: unknown[]): Thenable<unknown> => vscode.commands.executeCommand(id, ...args);
const tabs = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap((g) => g.tabs).filter((t) => t.input instanceof vscode.TabInputWebview && t.input.viewType.includes(panels.ranking));
/** Of whatever task the sample has first. */
const shows = (done: number) => (labels: readonly string[]): boolean => labels.some((l) => l.endsWith(` · ${done} of 3`));
const lines = async (): Promise<LabelLine[]> => {
  const text = await readFile(inStore('labels', `${labelerFileName(labeler)}.jsonl`), 'utf8').catch(() => '');
  return text.split('\n').filter((l) => l !== '').map((l) => JSON.parse(l) as LabelLine);
};

/** What a key does goes to the real page in its webview, from there as a message to the host, and to disk. */
describe('ranking', () => {
  before(async () => {
    await plumbline();
    await vscode.workspace.getConfiguration().update('plumbline.labeler', labeler, vscode.ConfigurationTarget.Global);
    await mkdir(inStore('generations'), { recursive: true });
    const items = ['one', 'two', 'three'].map((prompt) => generation(`host ${prompt}`, ['a', 'b', 'c'].map((t) => response(`${prompt} ${t}`, 'base'))));
    await writeFile(inStore('generations', 'host.jsonl'), items.map((g) => `${JSON.stringify(g)}\n`).join(''));
  });
  after(async () => {
    await vscode.workspace.getConfiguration().update('plumbline.labeler', undefined, vscode.ConfigurationTarget.Global);
    await vscode.window.tabGroups.close(tabs());
  });

  it('opens with the progress in its title', async () => {
    await run(commands.rank, 'host');
    await until(() => tabs().map((t) => t.label), shows(0), 'title');
  });

  it('refuses an untouched item', async () => {
    await run(rankingCommands.submit);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await lines()).length, 0);
  });

  it('writes a label through the page, then shows the next item', async () => {
    for (const n of [2, 3]) await run(rankingCommands.rank, n);
    await run(rankingCommands.submit);
    const [label] = (await until(lines, (l) => l.length === 1, 'label')) as [Label];
    assert.deepEqual(label.shown!.map((i) => label.ranks![i]), [3, 1, 2]);
    assert.deepEqual([label.verdict, label.labeler, label.touched], ['ranked', labeler, true]);
    await until(() => tabs().map((t) => t.label), shows(1), 'title');
  });

  it('keeps ties, all bad and skip apart', async () => {
    await run(rankingCommands.allBad);
    await run(rankingCommands.submit);
    await until(lines, (l) => l.length === 2, 'second label');
    await until(() => tabs().map((t) => t.label), shows(2), 'title');
    await run(rankingCommands.skip);
    const all = (await until(lines, (l) => l.length === 3, 'third label')) as Label[];
    assert.deepEqual(all.map((l) => l.verdict), ['ranked', 'all_bad', 'skipped']);
  });

  it('undoes and redoes with lines that take back', async () => {
    await until(() => tabs().map((t) => t.label), shows(3), 'title');
    await run(rankingCommands.undo);
    await until(() => tabs().map((t) => t.label), shows(2), 'title after undo');
    await run(rankingCommands.redo);
    await until(() => tabs().map((t) => t.label), shows(3), 'title after redo');
    assert.deepEqual((await lines()).map((l) => l.op), ['label', 'label', 'label', 'retract', 'retract']);
  });
});
