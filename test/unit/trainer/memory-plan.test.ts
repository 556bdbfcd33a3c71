import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors';
import { languageModelTop } from '../../../src/training/language-model';
import { cellsAtOnce } from '../../../src/training/memory';
import { activations, passPlans, type PassNeeds, type PassPlan } from '../../../src/training/pass-plan';
import { chooseMemory, isOutOfMemory, type MemoryQuestion } from '../../../src/trainer/memory-plan';
import { totalBytes } from '../../../src/trainer/plan';
import { createDevice } from '../../../src/training/device';
import { tinyModel } from '../training/tiny';

const { config } = tinyModel('lm');
// Large enough that the passes count.
const big = { ...config, hiddenSize: 64, intermediateSize: 512, vocabSize: 20_000 };
const needs: PassNeeds = { config: big, length: 512, rows: 16, counted: 500, top: (shape) => languageModelTop(big, shape) };
const question: MemoryQuestion = { what: 'Train', needs: [needs], fixed: [{ what: 'model', bytes: 1e8 }], budget: 'auto', threads: 1, device: createDevice('cpu', 1), whole: true };

/** With what every process takes. */
const total = (pass: PassPlan): number => totalBytes([...question.fixed, activations([needs], pass)]);

describe('memory of a run', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-memory-'))));
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });
  const recorded = (): unknown => JSON.parse(readFileSync(join(folder, 'memory.json'), 'utf8'));

  it('prefers the passes of the model alone, and has smaller ones, computed again at last', () => {
    const plans = passPlans([needs]);
    assert.deepEqual(plans[0], { maxCells: cellsAtOnce(big, 512), recompute: false });
    const bytes = plans.map((p) => activations([needs], p).bytes);
    assert.equal(Math.min(...bytes), bytes.at(-1));
    assert.ok(plans.at(-1)!.recompute && bytes.at(-1)! < 0.8 * bytes[0]!, bytes.join());
  });

  it('chooses at the first start and stays with it', () => {
    const free = 8e9;
    const first = chooseMemory(folder, { ...question, budget: (total(passPlans([needs])[0]!) - 1) / 1e9 }, free);
    assert.match(first.plan, /Train; \d+ of the longest rows \(512 tokens\) at a time.*About \d+ MB of memory/);
    assert.deepEqual(recorded(), { v: 1, ...first.pass });
    assert.notDeepEqual(first.pass, passPlans([needs])[0]);
    assert.deepEqual(chooseMemory(folder, question, free).pass, first.pass);
  });

  it('takes no more than is free, and says so when that is less than at the beginning', () => {
    const first = chooseMemory(folder, question, 8e9);
    assert.deepEqual(first.pass, passPlans([needs])[0]);
    const later = chooseMemory(folder, question, total(first.pass) - 1);
    assert.ok(activations([needs], later.pass).bytes < activations([needs], first.pass).bytes);
    assert.match(later.warnings.join(), /less memory is free/);
    assert.deepEqual(recorded(), { v: 1, ...later.pass });
  });

  it('refuses what cannot fit, with the cure', () => {
    const refused = (budget: number | 'auto', free: number, message: RegExp): void => {
      assert.throws(() => chooseMemory(folder, { ...question, budget }, free), (e) => e instanceof UserError && e.code === 'run.memory' && message.test(e.message));
    };
    refused('auto', 2e8, /at least \d+ MB.*200 MB are free\. Close other programs, or choose an adapter \(lora\)/);
    refused(0.2, 8e9, /memoryBudget allows 200 MB\. Raise memoryBudget/);
    writeFileSync(join(folder, 'memory.json'), '{"v":1,"maxCells":"x"}');
    assert.throws(() => chooseMemory(folder, question, 8e9), (e) => e instanceof UserError && e.code === 'run.memoryFile');
  });

  it('leaves a smaller plan behind when memory ran out, until there is none', () => {
    const free = 8e9;
    let chosen = chooseMemory(folder, question, free);
    let before = Infinity;
    for (let n = 0; ; n++) {
      assert.ok(n < 20);
      const bytes = activations([needs], chosen.pass).bytes;
      assert.ok(bytes < before);
      before = bytes;
      const told = chosen.ranOut();
      if (/No smaller plan/.test(told)) break;
      assert.match(told, /Resume it: it goes on from its last checkpoint with .* in about/);
      chosen = chooseMemory(folder, question, free);
    }
  });

  it('knows the errors of memory', () => {
    for (const message of ['std::bad_alloc', 'Array buffer allocation failed', 'Failed to allocate memory for requested buffer of size 12']) assert.ok(isOutOfMemory(new Error(message)));
    assert.ok(!isOutOfMemory(new Error('x is not a function')));
  });
});
