import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../../src/base/errors';
import { readImport, setNameOf } from '../../../src/cli/import-file';

const now = new Date('2026-11-22T10:00:00Z');

describe('cli/import-file', () => {
  let folder: string;
  const file = (name: string, bytes: string | Buffer): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-import-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('unpacks, tells the format and names the labeler after the file', async () => {
    const rows = [
      { chosen: '\n\nHuman: Hi\n\nAssistant: Hello.', rejected: '\n\nHuman: Hi\n\nAssistant: Go away.' },
      { chosen: '\n\nHuman: Why?\n\nAssistant: Because.', rejected: '\n\nHuman: Why?\n\nAssistant: No.' },
    ];
    const read = await readImport(file('Harmless Base.jsonl.gz', gzipSync(`${rows.map((r) => JSON.stringify(r)).join('\n')}\nnot json\n`)), { now });
    assert.equal(read.format?.id, 'hh-rlhf');
    assert.deepEqual([read.prompts.length, read.generations.length, read.labels.length], [2, 2, 2]);
    assert.deepEqual([...new Set(read.labels.map((l) => l.labeler))], ['import-harmless-base']);
    assert.deepEqual(read.problems.map((p) => p.line), [3]);
    assert.equal(setNameOf('/x/Harmless Base.jsonl.gz'), 'harmless-base');
  });

  it('says what it cannot read', async () => {
    const fails = (name: string, says: RegExp) => assert.rejects(readImport(join(folder, name), { now }), (e) => e instanceof UserError && says.test(e.message));
    await fails('none.csv', /none\.csv cannot be read/);
    file('torn.jsonl.gz', gzipSync('{"prompt":"a"}\n'.repeat(1000)).subarray(0, 40));
    await fails('torn.jsonl.gz', /cannot be unpacked/);
    const latin = await readImport(file('latin.csv', Buffer.from([0x70, 0x0a, 0xe9, 0x0a])), { now });
    assert.match(latin.problems[0]!.message, /not valid UTF-8/);
    const odd = await readImport(file('odd.jsonl', '{"colour":"red"}\n'), { now });
    assert.equal(odd.format, undefined);
    assert.match(odd.problems[0]!.message, /columns are colour/);
  });
});
