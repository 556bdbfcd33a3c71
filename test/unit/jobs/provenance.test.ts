import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { differingSettings, experimentRow } from '../../../src/jobs/experiments';
import { readSpec } from '../../../src/jobs/folder';
import { planPpo } from '../../../src/jobs/plan-ppo';
import { planReward } from '../../../src/jobs/plan-reward';
import { provenanceOf, runOfModel } from '../../../src/jobs/provenance';
import type { RunView } from '../../../src/jobs/view';
import { emptyNote } from '../../../src/protocol/experiments';
import { treeOf } from '../../../src/protocol/provenance';
import type { Workspace } from '../../../src/store/workspace';
import { retract } from '../../../src/store/label-files';
import { readLabels } from '../../../src/store/label-files';
import { madeAnswers, madeLabels, madeRun, madeWorkspace } from './made';

describe('jobs/provenance', () => {
  let workspace: Workspace;
  let runs: RunView[];
  beforeEach(async () => {
    workspace = await madeWorkspace();
    const generations = await madeAnswers(workspace, 10);
    await madeLabels(workspace, 'anna', generations);
    await madeLabels(workspace, 'bert', generations.slice(0, 3));
    const reward = await planReward({ workspace, runs: [] }, { seed: 5 });
    runs = [
      await madeRun(workspace, reward.plan, [
        { type: 'started', pid: 1, total: 2 },
        { type: 'eval', step: 0, metrics: { eval_accuracy: 0.5 } },
        { type: 'eval', step: 2, metrics: { eval_accuracy: 0.75 } },
        { type: 'finished', step: 2, seconds: 1, outputs: { model: 'model' }, summary: { accuracy: 0.75 } },
      ]),
    ];
    const ppo = await planPpo({ workspace, runs }, { seed: 5 });
    runs.push(await madeRun(workspace, ppo.plan, [{ type: 'started', pid: 1, total: 2 }, { type: 'finished', step: 2, seconds: 1, outputs: { model: 'model' }, summary: {} }]));
  });
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });
  const tree = async (): Promise<string[]> => treeOf(await provenanceOf({ workspace, runs }, runs[1]!.id)).map((r) => `${'  '.repeat(r.depth)}${r.role} ${r.node.what} ${r.again ? 'again' : r.node.broken === undefined ? String(r.node.holds) : 'broken'}`);

  it('leads from a policy back to the labels, their labelers and the base model', async () => {
    assert.deepEqual(await tree(), [
      ' run null',
      '  policy model true',
      '  reward model true',
      '    made by run null',
      '      base model again',
      '      labels labels true',
      '        labeler labeler null',
      '        labeler labeler null',
      '        answers prompts null',
      '  data prompts true',
    ]);
    const { nodes } = await provenanceOf({ workspace, runs }, runs[1]!.id);
    const labels = nodes.find((n) => n.what === 'labels')!;
    assert.equal(labels.says[0], '13 labels (39 comparisons, 6 held out) of 2 labelers on 10 prompts trained this.');
    assert.equal(labels.says[1], 'Held-out agreement went from 50.0 % to 75.0 %.');
    assert.deepEqual(nodes.filter((n) => n.what === 'labeler').map((n) => [n.title, n.says[0]]), [['anna', '10 labels.'], ['bert', '3 labels.']]);
  });

  it('says what is broken: changed files, deleted runs, retracted labels', async () => {
    writeFileSync(join(workspace.root, 'models', 'tiny', 'model.safetensors'), 'other');
    appendFileSync(join(runs[1]!.folder, 'data.jsonl'), '\n');
    const [label] = (await readLabels(workspace)).records;
    await retract(workspace, 'anna', label!.id, new Date());
    const broken = (await provenanceOf({ workspace, runs }, runs[1]!.id)).nodes.filter((n) => n.broken !== undefined).map((n) => n.broken!);
    assert.ok(broken.some((b) => b.startsWith('Its files are not those that were used')));
    assert.ok(broken.some((b) => b.startsWith('data.jsonl is not the file')));
    assert.ok(broken.some((b) => b.startsWith('1 label of them was retracted')), broken.join('\n'));
    rmSync(runs[0]!.folder, { recursive: true });
    const gone = await provenanceOf({ workspace, runs: [runs[1]!] }, runs[1]!.id);
    assert.ok(gone.nodes.some((n) => n.broken === `It was made by the run ${runs[0]!.id}, which is not there any more.`));
  });

  it('does not read models where they must not be read', async () => {
    const { nodes } = await provenanceOf({ workspace, runs }, runs[1]!.id, false);
    assert.ok(nodes.filter((n) => n.what === 'model').every((n) => n.holds === null && n.hash !== undefined && n.broken === undefined));
  });

  it('finds the run by its model, and says when there is none', () => {
    assert.equal(runOfModel({ workspace, runs }, join('.plumbline', 'runs', runs[0]!.id, 'model')).id, runs[0]!.id);
    assert.equal(runOfModel({ workspace, runs }, runs[1]!.id.slice(0, -2)).id, runs[1]!.id);
    assert.throws(() => runOfModel({ workspace, runs }, 'models/tiny'), (e) => e instanceof UserError && e.code === 'jobs.no-such-run');
  });

  it('has rows for the table, and tells which settings differ', async () => {
    const rows = await Promise.all(runs.map(async (v) => experimentRow(v, await readSpec(v.folder), emptyNote, Date.now())));
    assert.equal(rows[0]!.seconds, 2);
    assert.equal(rows[0]!.numbers['accuracy'], 0.75);
    assert.equal(rows[1]!.settings['kl.coef'], '0.05');
    const other = { settings: { ...rows[1]!.settings, 'kl.coef': '0.1' } };
    assert.deepEqual(differingSettings([rows[1]!, other]), [['kl.coef', ['0.05', '0.1']]]);
    assert.deepEqual(differingSettings([rows[1]!, rows[1]!]), []);
    assert.deepEqual(differingSettings([{ settings: { a: '1' } }, { settings: {} }]), [['a', ['1', undefined]]]);
  });
});
