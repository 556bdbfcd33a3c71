import assert from 'node:assert/strict';
import { InvalidArgumentError } from 'commander';
import { UserError } from '../../../src/base/errors';
import { assign, planOptions, positive, present, promptChoice, repeated, whole } from '../../../src/cli/flags';

describe('cli/flags', () => {
  it('reads numbers and refuses what is none', () => {
    assert.equal(whole(1)('12'), 12);
    for (const bad of ['0', '-1', '1.5', 'x', '1e99']) assert.throws(() => whole(1)(bad), InvalidArgumentError, bad);
    assert.equal(positive('1e-4'), 1e-4);
    for (const bad of ['0', '-2', 'x', 'Infinity']) assert.throws(() => positive(bad), InvalidArgumentError, bad);
    assert.deepEqual(repeated('b', repeated('a', undefined)), ['a', 'b']);
  });

  it('sets parameters by their path, as JSON where it is JSON', () => {
    assert.deepEqual(assign({ kl: { coef: 1 } }, ['kl.controller=adaptive', 'kl.coef=0.2', 'whitenRewards=true', 'deNovo.config={"a":1}', 'name=a=b']), {
      kl: { coef: 0.2, controller: 'adaptive' },
      whitenRewards: true,
      deNovo: { config: { a: 1 } },
      name: 'a=b',
    });
    for (const bad of ['x', '=1', 'a..b=1', '__proto__.x=1', 'a.__proto__.x=1']) assert.throws(() => assign({}, [bad]), (e) => e instanceof UserError && e.code === 'cli.set', bad);
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });

  it('leaves out what was not said', () => {
    assert.deepEqual(present({ a: undefined, b: 0, c: { d: undefined }, e: { f: 1, g: undefined } }), { b: 0, e: { f: 1 } });
    assert.deepEqual(planOptions({ seed: 0, set: ['a.b=2'] }, { a: { b: 1, c: 3 }, d: undefined }), { seed: 0, params: { a: { b: 2, c: 3 } } });
    assert.deepEqual(promptChoice({ prompts: ['x'], limit: 3 }), { sets: ['x'], limit: 3 });
    assert.deepEqual(promptChoice({}), {});
  });
});
