import assert from 'node:assert/strict';
import path from 'node:path';
import { UserError } from '../../../src/base/errors';
import { openProgram, type ProgramInput } from '../../../src/trainer/program/client';
import { scriptOf } from '../../../src/trainer/program/worker';

const script = path.resolve('dist/reward-program.js');
const input: ProgramInput = { prompt: 'say red', answer: 'red red', reference: 'red', tags: ['colour'] };

async function scored(source: string, { timeoutMs = 1000, memoryMb = 32 } = {}, given = input): Promise<number> {
  const program = await openProgram(script, { source, name: 'reward.js', timeoutMs, memoryMb });
  try {
    return await program.score(given);
  } finally {
    await program.dispose();
  }
}
const refused = (source: string, message: RegExp, limits = {}): Promise<void> =>
  assert.rejects(scored(source, limits), (error) => error instanceof UserError && error.code === 'ppo.program' && message.test(error.message), String(message));

describe('programmed rewards', function () {
  this.timeout(60_000);

  it('scores answers, in whichever form it is written', async () => {
    assert.equal(await scored('export default ({ answer }) => answer.split(" ").length;'), 2);
    assert.equal(await scored('export default async function f({ prompt, answer, reference, tags }) {\n  return await Promise.resolve(prompt.length + answer.length + reference.length + tags.length);\n}\n[1].length'), 18);
    assert.equal(await scored('const words = new Set(["red"]);\nexport default function ({ answer }) { return answer.split(" ").filter((w) => words.has(w)).length / 4; }'), 0.5);
    assert.equal(await scored('export default ({ tags, reference }) => (tags === undefined && reference === undefined ? -1 : 1)', {}, { prompt: 'a', answer: 'b' }), -1);
  });

  it('stays usable after an error, and scores in order', async () => {
    const program = await openProgram(script, { source: 'export default ({ answer }) => { if (answer === "") throw new Error("empty"); return answer.length; }', name: 'reward.js', timeoutMs: 1000, memoryMb: 32 });
    const all = await Promise.allSettled(['a', '', 'abc'].map((answer) => program.score({ prompt: 'p', answer })));
    assert.deepEqual(all.map((x) => (x.status === 'fulfilled' ? x.value : 'failed')), [1, 'failed', 3]);
    await program.dispose();
    await assert.rejects(program.score(input), /was ended/);
  });

  it('names file, line and prompt of an error', async () => {
    await refused('\n\nexport default ({ answer }) => {\n  return answer.lenght.x;\n};', /reward\.js, line 4, on the prompt "say red": TypeError: Cannot read properties of undefined/);
    await refused('export default () => { throw new RangeError("no"); };', /line 1, on the prompt "say red": RangeError: no/);
    await refused('export default async () => { throw "a text"; };', /a text/);
    await refused('const a = 1;\nexport default (} => 1;', /cannot be loaded: reward\.js, line 2: SyntaxError/);
  });

  it('takes finite numbers only', async () => {
    await refused('export default () => NaN;', /gave NaN, not a finite number/);
    await refused('export default () => 1 / 0;', /gave Infinity/);
    await refused('export default () => "1";', /gave a value of type string/);
    await refused('export default () => {};', /gave a value of type undefined/);
    await refused('export default 3;', /type number, not a function/);
    await refused('const a = 1;', /one "export default"/);
  });

  it('ends loops, also in promises and while it is loaded, and waits for nothing', async () => {
    await refused('export default () => { for (;;); };', /took more than 200 ms/, { timeoutMs: 200 });
    await refused('export default async () => { for (;;) await null; };', /took more than 200 ms/, { timeoutMs: 200 });
    await refused('for (;;);\nexport default () => 1;', /cannot be loaded.*took more than 200 ms/, { timeoutMs: 200 });
    await refused('export default () => new Promise(() => {});', /never settles/);
    await refused('export default () => { const f = () => f() + 1; return f(); };', /RangeError: Maximum call stack/);
  });

  it('ends what takes too much memory, and leaves this process alone', async () => {
    await refused('export default () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); };', /needed more than 32 MB of memory|took more than/, { timeoutMs: 20_000 });
    await refused('export default () => new ArrayBuffer(8e9).byteLength;', /ReferenceError: ArrayBuffer is not defined/);
    await refused('export default () => "x".repeat(2 ** 30).length;', /RangeError: Invalid string length/);
  });

  it('has the language and nothing else', async () => {
    await refused('export default () => process.exit(1);', /ReferenceError: process is not defined/);
    await refused('export default () => require("fs").readFileSync("/etc/hosts").length;', /ReferenceError: require is not defined/);
    await refused('export default async () => (await import("fs")).readdirSync("/").length;', /TypeError|ERR_VM_DYNAMIC_IMPORT/);
    await refused('import fs from "fs";\nexport default () => 1;', /cannot be loaded: reward\.js, line 1: SyntaxError: Cannot use import statement/);
    await refused('export default () => fetch("http://localhost").x;', /ReferenceError: fetch is not defined/);
    await refused('export default () => setTimeout(() => 1, 1);', /ReferenceError: setTimeout is not defined/);
    await refused('export default () => eval("1");', /EvalError/);
    await refused('export default () => globalThis.constructor.constructor("return process")().exit(1);', /EvalError|TypeError/);
    await refused('export default ({ tags }) => tags.constructor.constructor("return process")().exit(1);', /EvalError/);
    await refused('export default () => Math.random();', /there is no chance here/);
    await refused('export default () => Date.now();', /ReferenceError: Date is not defined/);
  });

  it('keeps lines where they were', () => {
    assert.equal(scriptOf('a;\nexport default function f() {}\nb;').split('\n')[2], 'b;');
    assert.throws(() => scriptOf('export default 1;\nexport default 2;'), /one "export default"/);
  });
});
