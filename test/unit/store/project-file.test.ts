import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { UserError } from '../../../src/base/errors';
import { editProject, parseProject, projectFileOf, readProject } from '../../../src/store/project-file';
import { inWorkspace } from './folders';

describe('store/project-file', () => {
  it('fills in defaults and keeps the file itself apart', () =>
    inWorkspace(async (ws) => {
      await writeFile(projectFileOf(ws), '\ufeff{"v":1,"name":"Mine","future":{"x":1},"defaults":{"ppo":{"updates":3}}}');
      const { project, raw, problems } = await readProject(ws);
      assert.deepEqual(problems, []);
      assert.equal(project.split.testFraction, 0.2);
      assert.equal(project.defaults.ppo?.updates, 3);
      assert.equal(project.defaults.ppo.batchSize, 64);
      assert.deepEqual(raw, { v: 1, name: 'Mine', future: { x: 1 }, defaults: { ppo: { updates: 3 } } });
    }));

  it('uses what is right of a file that is partly wrong, and says what is not', () => {
    const { project, problems } = parseProject({ name: 'Mine', split: { testFraction: 7 }, labelers: [{ id: '' }], criteria: [{ id: 'helpful' }] }, 'f');
    assert.equal(project.name, 'Mine');
    assert.equal(project.split.testFraction, 0.2);
    assert.deepEqual(project.criteria.map((c) => c.id), ['helpful']);
    assert.deepEqual(problems.map((p) => p.message.split(':')[0]).sort(), ['labelers.0.id', 'split.testFraction']);
    for (const value of [null, [], 'x', 7]) assert.equal(parseProject(value, 'f').problems.length, 1);
  });

  it('tells the line of what is wrong', () =>
    inWorkspace(async (ws) => {
      await writeFile(projectFileOf(ws), '{\n  "v": 1,\n  "tasks": [\n    { "id": "a",\n      "preference": { "form": "worst" } },\n    {}\n  ]\n}');
      assert.deepEqual((await readProject(ws)).problems.map((p) => [p.line, p.message.split(':')[0]]), [[5, 'tasks.0.preference.form'], [6, 'tasks.1.id']]);
    }));

  it('lives with a missing and a broken file', () =>
    inWorkspace(async (ws) => {
      await writeFile(projectFileOf(ws), '{"v":1,');
      assert.match((await readProject(ws)).problems[0]!.message, /not JSON/);
      await rm(projectFileOf(ws));
      assert.equal((await readProject(ws)).problems[0]!.severity, 'warning');
    }));

  it('edits without writing defaults or losing unknown fields', () =>
    inWorkspace(async (ws) => {
      await writeFile(projectFileOf(ws), '{"v":1,"future":1}');
      await editProject(ws, (raw) => ({ ...raw, models: { tiny: { path: 'models/tiny' } } }));
      assert.deepEqual(JSON.parse(await readFile(projectFileOf(ws), 'utf8')), { v: 1, future: 1, models: { tiny: { path: 'models/tiny' } } });
    }));

  it('refuses an edit that is wrong, or of a file that is broken, and leaves the file alone', () =>
    inWorkspace(async (ws) => {
      const before = await readFile(projectFileOf(ws), 'utf8');
      await assert.rejects(editProject(ws, (raw) => ({ ...raw, split: { testFraction: 2 } })), (error) => error instanceof UserError && error.message.includes('testFraction'));
      assert.equal(await readFile(projectFileOf(ws), 'utf8'), before);
      await writeFile(projectFileOf(ws), '{broken');
      await assert.rejects(editProject(ws, (raw) => raw), UserError);
      assert.equal(await readFile(projectFileOf(ws), 'utf8'), '{broken');
    }));

  it('lets an edit pass that leaves an old fault as it was', () =>
    inWorkspace(async (ws) => {
      await writeFile(projectFileOf(ws), '{"v":1,"split":{"testFraction":7}}');
      await editProject(ws, (raw) => ({ ...raw, name: 'Mine' }));
      assert.deepEqual(JSON.parse(await readFile(projectFileOf(ws), 'utf8')), { v: 1, split: { testFraction: 7 }, name: 'Mine' });
    }));
});
