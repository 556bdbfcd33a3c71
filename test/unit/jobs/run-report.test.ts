import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { runReport, runReportMarkdown } from '../../../src/jobs/run-report';
import { reportOf } from '../../../src/jobs/report-of';
import type { Workspace } from '../../../src/store/workspace';
import { madeRun, madeWorkspace } from './made';

describe('report of a run that has no report of its own', () => {
  let workspace: Workspace;
  beforeEach(async () => (workspace = await madeWorkspace()));
  afterEach(() => {
    rmSync(workspace.root, { recursive: true, force: true });
  });

  const steps = Array.from({ length: 40 }, (_, i) => ({ type: 'step' as const, step: i + 1, total: 40, metrics: { loss: 4 - i / 20, learning_rate: 0.001 } }));
  const sftOf = () =>
    madeRun(workspace, { run: { kind: 'sft', name: 'a *fine* run', models: { base: 'models/tiny' }, params: { maxSteps: 40 } }, data: [] }, [
      { type: 'started', pid: 1, total: 40, plan: '40 steps. About 200 MB of memory.' },
      { type: 'sample', step: 0, index: 0, prompt: 'Hi?', text: 'before' },
      ...steps,
      { type: 'eval', step: 40, metrics: { eval_loss: 2.5 } },
      { type: 'sample', step: 40, index: 0, prompt: 'Hi?', text: '<img src=x> | after' },
      { type: 'warning', message: '3 texts were cut' },
      { type: 'finished', step: 40, seconds: 2, outputs: { model: 'model' }, summary: { loss: 2.05, eval_loss: 2.5 } },
    ]);

  it('tells of that run and of no other: what came of it, how it went, how it was made', async () => {
    const report = await runReport(await sftOf());
    assert.deepEqual(report.curves.map((c) => [c.metric, c.points.length, c.points[0], c.points.at(-1)]), [['loss', 12, { step: 1, value: 4 }, { step: 40, value: 2.05 }]]);
    assert.deepEqual(report.samples, [{ prompt: 'Hi?', text: '<img src=x> | after' }]);
    const text = runReportMarkdown(report);
    assert.match(text, /^# a \\\*fine\\\* run\n\nSupervised fine-tuning, finished after 2 s\. 40 steps\. About 200 MB of memory\./);
    for (const line of ['| loss | 2.05 |', '| base | models/tiny |', '| maxSteps | 40 |', '- model: model', '- 3 texts were cut']) assert.ok(text.includes(`${line}\n`), line);
    assert.ok(!text.includes('<img') && text.includes('&lt;img src=x&gt; \\| after'));
  });

  it('is what `reportOf` gives for its kinds, where it was the report of the last tuning', async () => {
    const run = await sftOf();
    const { data, markdown, html } = await reportOf({ workspace, runs: [run], now: new Date() }, run);
    assert.deepEqual(data, await runReport(run));
    assert.ok(markdown.startsWith('# a ') && html === undefined);
    await assert.rejects(reportOf({ workspace, runs: [run], now: new Date() }, undefined), /nothing to report on yet/);
  });
});
