import assert from 'node:assert/strict';
import { instructGptFlags } from '../../../src/domain/ready-made';
import { checkDraft } from '../../../src/domain/task-check';
import { addParts, emptyParts, idFrom, tidy } from '../../../src/domain/task-draft';
import { taskTemplates } from '../../../src/domain/task-templates';
import { resolveTask } from '../../../src/domain/tasks';
import { projectSchema } from '../../../src/protocol/project';

describe('domain/task-templates', () => {
  for (const { id, title, parts } of taskTemplates) {
    it(`${id} is a valid task without faults`, () => {
      assert.equal(id, idFrom(title, ''));
      assert.deepEqual(projectSchema.safeParse(parts).error?.issues ?? [], []);
      const { form, faults } = resolveTask(parts, parts.tasks[0]!);
      assert.deepEqual(faults, []);
      assert.equal(form.questions.length, parts.questions.length);
      assert.equal(form.rules.length, parts.rules.length);
      assert.deepEqual(checkDraft(parts), []);
      assert.deepEqual(tidy(parts), parts);
    });
  }

  it('all of them together share what is the same, and are valid', () => {
    let draft = emptyParts;
    for (const { parts } of [...taskTemplates, ...taskTemplates]) draft = addParts(draft, parts).draft;
    assert.equal(draft.tasks.length, 2 * taskTemplates.length);
    assert.equal(draft.questions.length, new Set(taskTemplates.flatMap((t) => t.parts.questions.map((q) => q.id))).size);
    assert.deepEqual(checkDraft(draft), []);
    assert.equal(projectSchema.safeParse(draft).success, true);
  });

  it('InstructGPT: a score from 1 to 7, eleven flags, a ranking with ties', () => {
    const { parts } = taskTemplates.find((t) => t.id === 'instructgpt')!;
    assert.equal(instructGptFlags.length, 11);
    assert.deepEqual(parts.tasks[0]!.flags, instructGptFlags);
    assert.deepEqual(parts.tasks[0]!.preference, { form: 'ranking', ties: true });
    assert.deepEqual([parts.questions[0]!.per, parts.questions[0]!.scale!.min, parts.questions[0]!.scale!.max], ['answer', 1, 7]);
  });
});
