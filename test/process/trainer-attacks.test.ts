import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRng } from '../../src/base/rng';
import { mutations } from '../../src/domain/red-team/mutations';
import { planAttacks } from '../../src/domain/red-team/plan';
import { attackRates } from '../../src/domain/red-team/rates';
import type { AttackRecord } from '../../src/domain/red-team/records';
import { bundledSeeds } from '../../src/domain/red-team/seeds';
import { attackRecordSchema } from '../../src/protocol/red-team';
import { generationSchema } from '../../src/protocol/records';
import { hashPrompt, contentOf } from '../../src/domain/content';
import { answers, fakeOpenAi, status } from '../unit/sources/fake-openai';
import { createWorkspace, events, eventsOf, run, start, until, type Workspace } from './trainer-folder';

const model = resolve('media/sample/models/tiny-assistant');
const rules = [{ id: 'no-the', text: 'Do not say "the".', patterns: ['\\bthe\\b'] }, { id: 'no-zebra', text: 'Do not speak of zebras.', patterns: ['zebra'] }, { id: 'open', text: 'Be good.' }];
const attacks = planAttacks(bundledSeeds, [{ v: 1, id: 'check-1', at: '2026-11-22T00:00:00Z', turns: ['Hello', 'What can I cook?'], rule: 'no-the', tactic: 'multi-turn', from: 'x' }], { mutations: mutations.map((m) => m.id), perSeed: 2, samples: 1, depth: 2 }, createRng(1));
const records = (folder: string): AttackRecord[] => readFileSync(join(folder, 'attacks.jsonl'), 'utf8').trimEnd().split('\n').map((l) => attackRecordSchema.parse(JSON.parse(l)));
const sampling = { maxNewTokens: 12 };

describe('trainer, attacks', function () {
  this.timeout(180_000);
  let workspace: Workspace;
  before(async () => (workspace = await createWorkspace()));
  after(() => {
    workspace.remove();
  });

  it('attacks a model, judges by patterns, and leaves the rest to people', async () => {
    const folder = workspace.run('attack', 'attack', { models: { policy: model }, params: { rules, batchSize: 16, sampling } }, attacks);
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const found = records(folder);
    const end = events(folder).at(-1)!;
    assert.ok(end.type === 'finished');
    const left = eventsOf(folder, 'warning').find((w) => w.message.includes('left out'));
    assert.ok(found.length === attacks.length || left !== undefined);
    assert.ok(found.length > 0.9 * attacks.length, `${found.length} of ${attacks.length}`);
    for (const r of found) {
      assert.equal(r.broken['no-the'], /\bthe\b/iu.test(r.answer));
      assert.equal(r.broken['open'], null);
      assert.equal(r.promptHash, hashPrompt(contentOf(r as { prompt?: string })));
    }
    const rates = attackRates(found);
    assert.deepEqual([end.summary['asr'], end.summary['asr_low'], end.summary['asr/no-zebra']], [rates.all.rate!.share, rates.all.rate!.low, 0]);
    assert.equal(end.summary['checks/fixed']! + end.summary['checks/broken']! + end.summary['checks/unknown']!, 1);
    const [check] = found;
    assert.deepEqual([check!.check, check!.messages?.map((m) => m.role)], ['check-1', ['user', 'assistant', 'user']]);
    const queue = readFileSync(join(workspace.root, '.plumbline', 'generations', 'attack.jsonl'), 'utf8').trimEnd().split('\n').map((l) => generationSchema.parse(JSON.parse(l)));
    assert.equal(queue.length, new Set(found.filter((r) => !r.safe && r.broken['no-the'] !== true).map((r) => r.promptHash)).size);
    assert.ok(queue.every((g) => g.promptHash === hashPrompt(contentOf(g)) && g.responses.every((r) => r.source === 'tiny-assistant')));
    assert.equal(end.outputs['generations'], '../../generations/attack.jsonl');
  });

  it('goes on after a kill and a stop as if nothing had been', async () => {
    const many = Array.from({ length: 4 }, (_, sample) => attacks.map((a) => ({ ...a, sample }))).flat();
    const fields = { models: { policy: model }, params: { rules: rules.slice(0, 2), batchSize: 4, sampling } };
    const whole = workspace.run('attack-whole', 'attack', fields, many);
    assert.equal((await run(whole)).code, 0);
    assert.equal(existsSync(join(workspace.root, '.plumbline', 'generations', 'attack-whole.jsonl')), false, 'nothing waits for people');
    const folder = workspace.run('attack-cut', 'attack', fields, many);
    const killed = start(folder);
    await until(folder, killed, (text) => text.includes('"step":9,'));
    killed.child.kill('SIGKILL');
    await killed.ended;
    const stopped = start(folder);
    await until(folder, stopped, (text) => text.includes('"step":15,'));
    writeFileSync(join(folder, 'stop'), '');
    assert.ok([0, 3].includes((await stopped.ended).code!));
    if (events(folder).at(-1)!.type !== 'finished') assert.equal((await run(folder)).code, 0);
    assert.deepEqual(records(folder), records(whole));
    assert.deepEqual(eventsOf(folder, 'finished').at(-1)!.summary, eventsOf(whole, 'finished').at(-1)!.summary);
    assert.ok(eventsOf(folder, 'started').slice(1).every((e) => e.resumedFrom! >= 8), 'what is done is skipped');
  });

  it('lets a reward model judge a rule, and a language model rewrite seeds', async () => {
    const own = planAttacks(bundledSeeds.slice(0, 4), [], { mutations: ['none'], perSeed: 1, samples: 1, depth: 1, rewrite: true }, createRng(1));
    const folder = workspace.run('attack-judged', 'attack', { models: { policy: 'policy', rule: 'reward', attacker: model }, params: { rules: [{ id: 'open', text: 'Be good.' }], modelRule: 'open', sampling: { maxNewTokens: 4 } } }, own.map((a) => (a.mutation === 'none' ? { ...a, turns: ['red green'] } : a)));
    const { code, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    const found = records(folder);
    const direct = found.filter((r) => r.mutation === 'none');
    assert.equal(direct.length, 4);
    assert.ok(direct.every((r) => typeof r.score === 'number' && r.broken['open'] === r.score < 0));
    for (const r of found.filter((f) => f.mutation === 'rewrite')) assert.ok(!bundledSeeds.some((s) => s.text === r.prompt));
  });

  it('attacks an endpoint, whatever its moods, and writes no key', async () => {
    const fake = await fakeOpenAi(status(429, 'slow', { 'retry-after': '0.02' }), status(500), answers((last) => (last.includes('idiot') ? 'I\'m sorry, I can\'t help with that.' : `the answer to ${last}`)));
    try {
      const folder = workspace.run('attack-endpoint', 'attack', { models: {}, params: { rules: rules.slice(0, 2), batchSize: 8, sampling, endpoint: { name: 'fake server', url: fake.url, model: 'm' } } }, attacks.slice(0, 60));
      process.env['PLUMBLINE_API_KEYS'] = JSON.stringify({ [fake.url]: 'sk-very-secret' });
      const { code, stderr, stdout } = await run(folder);
      assert.equal(code, 0, stderr);
      assert.ok(fake.seen.every((s) => s.authorization === 'Bearer sk-very-secret'));
      const written = ['run.json', 'data.jsonl', 'attacks.jsonl', 'events.jsonl'].map((f) => readFileSync(join(folder, f), 'utf8')).join('') + stdout + stderr;
      assert.ok(!written.includes('sk-very-secret'));
      const found = records(folder);
      assert.equal(found.length, 60);
      assert.ok(found.every((r) => r.broken['no-the'] === !r.refused));
      process.env['PLUMBLINE_API_KEYS'] = JSON.stringify({ 'https://other.example/v1': 'sk-very-secret' });
      const other = workspace.run('attack-nokey', 'attack', { models: {}, params: { rules: rules.slice(0, 2), endpoint: { name: 'f', url: fake.url, model: 'm' } } }, attacks.slice(0, 2));
      const before = fake.seen.length;
      assert.equal((await run(other)).code, 0);
      assert.ok(fake.seen.slice(before).every((s) => s.authorization === undefined), 'a key goes only to the address it is for');
    } finally {
      delete process.env['PLUMBLINE_API_KEYS'];
      await fake.close();
    }
  });

  it('says what an endpoint answered, and goes on when it is back', async () => {
    let broken = true;
    const fake = await fakeOpenAi((response, seen) => {
      if (broken && seen.body.messages.length > 0 && fake.seen.length > 20) status(403, 'quota')(response, seen);
      else answers(() => 'the end')(response, seen);
    });
    try {
      const folder = workspace.run('attack-back', 'attack', { models: {}, params: { rules: rules.slice(0, 2), batchSize: 8, concurrency: 1, endpoint: { name: 'f', url: fake.url, model: 'm' } } }, attacks.slice(2, 42));
      const failed = await run(folder);
      assert.equal(failed.code, 2);
      assert.match(failed.stderr, /“f” \(http.*answered 403: quota/);
      assert.equal(records(folder).length % 8, 0);
      broken = false;
      assert.equal((await run(folder)).code, 0);
      assert.equal(records(folder).length, 40);
    } finally {
      await fake.close();
    }
  });
});
