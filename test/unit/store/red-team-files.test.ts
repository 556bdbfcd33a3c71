import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check, RedTeamLine } from '../../../src/domain/red-team/records';
import { appendChecks, appendRedTeam, checksFile, readChecks, readRedTeam, redTeamFile } from '../../../src/store/red-team-files';
import { createWorkspace, type Workspace } from '../../../src/store/workspace';

describe('red team files', () => {
  let workspace: Workspace;
  beforeEach(async () => (workspace = await createWorkspace(mkdtempSync(join(tmpdir(), 'plumbline-red-')))));
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });
  const attempt: RedTeamLine = { v: 1, id: 'a1', attempt: 'a1', labeler: 'anna', at: '2026-11-22T00:00:00Z', op: 'attempt', target: { kind: 'model', name: 'm', source: 'm' }, goal: '\u2028 "go"\nal' };
  const check: Check = { v: 1, id: 'c1', at: '2026-11-22T00:00:00Z', turns: ['x'], rule: 'r', tactic: 'direct', from: 'a1' };

  it('keep what was written, each labeler in a file of their own', async () => {
    await appendRedTeam(workspace, [attempt, { ...attempt, id: 'a2', attempt: 'a2', labeler: 'checks' }]);
    assert.deepEqual((await readRedTeam(workspace)).records.map((l) => [l.id, l.labeler]), [['a1', 'anna'], ['a2', 'checks']]);
    assert.notEqual(redTeamFile(workspace, 'checks'), checksFile(workspace));
    assert.match(readFileSync(redTeamFile(workspace, 'anna'), 'utf8'), /"sum":"[0-9a-f]{8}"}\n$/);
  });

  it('tell of lines that cannot be read, and lose no other', async () => {
    await appendRedTeam(workspace, [attempt]);
    appendFileSync(redTeamFile(workspace, 'anna'), '{"v":1,"id":"x","op":"turn"}\n{"v":1,"to');
    await appendRedTeam(workspace, [{ ...attempt, id: 'a3', attempt: 'a3' }]);
    const { records, problems } = await readRedTeam(workspace);
    assert.deepEqual(records.map((l) => l.id), ['a1', 'a3']);
    assert.deepEqual(problems.map((p) => p.line).sort(), [2, 3]);
  });

  it('add a check once', async () => {
    assert.equal(await appendChecks(workspace, [check]), 1);
    assert.equal(await appendChecks(workspace, [check, { ...check, id: 'c2' }]), 1);
    assert.deepEqual((await readChecks(workspace)).records.map((c) => c.id), ['c1', 'c2']);
    assert.deepEqual((await readRedTeam(workspace)).records, []);
  });

  it('are merged line by line', () => {
    assert.match(readFileSync(join(workspace.folder, '.gitattributes'), 'utf8'), /^red-team\/\*\.jsonl merge=union/m);
  });
});
