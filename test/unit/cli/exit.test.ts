import assert from 'node:assert/strict';
import { CommanderError } from 'commander';
import { UserError } from '../../../src/base/errors';
import { Exit, exitCodeOf, explain } from '../../../src/cli/exit';
import type { RunState, RunView } from '../../../src/jobs/view';

const view = (state: RunState, error?: RunView['error']): RunView => ({ id: 'r', kind: 'sft', name: 'r', folder: '/r', state, createdAt: '', step: 1, total: 2, percent: 50, metrics: {}, warnings: [], ...(error === undefined ? {} : { error }) });

describe('cli/exit', () => {
  it('gives each end of a run its code', () => {
    assert.equal(exitCodeOf(view('finished')), 0);
    assert.equal(exitCodeOf(view('stopped')), 3);
    assert.equal(exitCodeOf(view('cancelled')), 3);
    assert.equal(exitCodeOf(view('failed', { code: 'x', message: 'm' })), 2);
    assert.equal(exitCodeOf(view('failed', { message: 'm' })), 1);
    assert.equal(exitCodeOf(view('interrupted')), 1);
  });

  it('shows an error that can be acted on without a stack, and with its cure', () => {
    const error = new UserError('x.y', 'There are no prompts.', { title: 'Import prompts', command: 'plumbline.import' });
    assert.deepEqual(explain(error, false), { code: 2, stderr: 'error: There are no prompts.\n  Import prompts: plumbline import FILE\n' });
    assert.deepEqual(JSON.parse(explain(error, true).stdout!), { error: { code: 'x.y', message: 'There are no prompts.' } });
  });

  it('shows a bug with its stack', () => {
    const said = explain(new TypeError('undefined is not a function'), false);
    assert.equal(said.code, 1);
    assert.match(said.stderr!, /bug in Plumbline:\nTypeError: undefined is not a function\n\s+at /);
    assert.equal(explain(new TypeError('x'), true).code, 1);
  });

  it('takes wrong usage for the user\'s, help for none', () => {
    assert.equal(explain(new CommanderError(1, 'commander.unknownOption', 'unknown option'), false).code, 2);
    assert.deepEqual(JSON.parse(explain(new CommanderError(1, 'commander.unknownOption', 'unknown option'), true).stdout!), { error: { code: 'cli.usage', message: 'unknown option' } });
    assert.deepEqual(explain(new CommanderError(0, 'commander.helpDisplayed', ''), true), { code: 0 });
    assert.deepEqual(explain(new Exit(3), false), { code: 3 });
  });
});
