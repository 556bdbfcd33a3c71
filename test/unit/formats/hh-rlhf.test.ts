import assert from 'node:assert/strict';
import fc from 'fast-check';
import { labelFault } from '../../../src/domain/label-fault';
import { sharedPrompt } from '../../../src/formats/hh-rlhf';
import { labelSchema } from '../../../src/protocol/records';
import { importOf, jsonl } from './import';

const start = '\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: How?\n\nAssistant:';

describe('formats/hh-rlhf', () => {
  it('cuts at the last shared turn of the assistant, not where the texts part', () => {
    const read = importOf('f.jsonl', jsonl({ chosen: `${start} So it is good.`, rejected: `${start} So it is bad. ` }));
    assert.equal(read.format!.id, 'hh-rlhf');
    assert.deepEqual(read.told, []);
    assert.deepEqual(read.prompts.map((p) => p.prompt), [start]);
    const [g] = read.generations;
    const [label] = read.labels;
    assert.deepEqual(g!.responses.map((r) => r.text).sort(), [' So it is bad. ', ' So it is good.']);
    const best = label!.ranks!.indexOf(1);
    assert.equal(g!.responses[best]!.text, ' So it is good.');
    assert.deepEqual([label!.labeler, label!.at, label!.verdict], ['import', '2026-01-01T00:00:00.000Z', 'ranked']);
    assert.equal(labelFault(label!), undefined);
    assert.equal(labelSchema.safeParse(label).success, true);
  });

  it('does not let the place of an answer tell which was chosen', () => {
    const rows = Array.from({ length: 200 }, (_, n) => ({ chosen: `${start} good ${n}`, rejected: `${start} bad ${n}` }));
    const first = importOf('f.jsonl', jsonl(...rows)).labels.filter((l) => l.ranks![0] === 1).length;
    assert.ok(first > 70 && first < 130, `${first} of 200 chosen answers stand first`);
  });

  it('tells what it cannot use', () => {
    const rows = [
      { chosen: `${start} a`, rejected: `${start} a` },
      { chosen: `${start} a`, rejected: start },
      { chosen: '\n\nHuman: x\n\nAssistant: a', rejected: '\n\nHuman: y\n\nAssistant: b' },
      { chosen: `${start} a`, rejected: 5 },
      { chosen: `${start} a\n\nHuman: more\n\nAssistant: c`, rejected: `${start} b` },
    ];
    const { told, labels } = importOf('f.jsonl', jsonl(...rows));
    assert.equal(labels.length, 1);
    assert.deepEqual(told.map((t) => t.replace(/ (warning|error) .*?(same|empty|share no|must be|part before).*/, ' $1 $2')), ['1 warning same', '2 error empty', '3 error share no', '4 error must be', '5 warning part before']);
  });

  it('gives the same records when it is read again, and each judgement once', () => {
    const row = { chosen: `${start} a`, rejected: `${start} b` };
    const read = importOf('f.jsonl', jsonl(row, row, { chosen: row.rejected, rejected: row.chosen }));
    assert.equal(read.generations.length, 1);
    assert.equal(read.labels.length, 2, 'the contrary judgement is another one');
    assert.equal(read.told.length, 1);
    assert.deepEqual(importOf('f.jsonl', jsonl(row)).labels[0], read.labels[0]);
  });

  it('joins back to the very texts', () => {
    const text = fc.string({ unit: fc.constantFrom('\n\nAssistant:', '\n\nHuman:', ' a', 'b', '\r\n', 'ü😀') });
    fc.assert(
      fc.property(text, text, text, (prefix, a, b) => {
        const [x, y] = [prefix + a, prefix + b];
        const cut = sharedPrompt(x, y);
        if (cut === undefined) {
          assert.ok(!prefix.includes('\n\nAssistant:'));
          return;
        }
        assert.equal(x.slice(0, cut), y.slice(0, cut));
        assert.ok(x.slice(0, cut).endsWith('\n\nAssistant:'));
        // No later turn is shared.
        const rest = x.indexOf('\n\nAssistant:', cut - 1);
        if (rest >= 0) assert.notEqual(x.slice(0, rest + 12), y.slice(0, rest + 12));
      }),
      { numRuns: 500 },
    );
  });
});
