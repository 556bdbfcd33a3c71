import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sealLine } from '../../../src/store/checksum';
import { parseStored } from '../../../src/store/jsonl';

const read = (text: string | Buffer): { values: unknown[]; problems: string[] } => {
  const { records, problems } = parseStored(typeof text === 'string' ? Buffer.from(text) : text, 'f');
  return { values: records.map((r) => r.value), problems: problems.map((p) => `${p.line ?? 0} ${p.severity} ${p.message}`) };
};
const one = { v: 1, id: '1' };
const two = { v: 1, id: '2', text: 'ü😀\n{"v":1}' };
const [a, b] = [JSON.stringify(one), JSON.stringify(two)];

describe('store/jsonl', () => {
  it('bears a byte-order mark, CRLF, blank lines and a missing last line break', () => {
    for (const text of [`${a}\n${b}\n`, `\ufeff${a}\r\n\r\n  ${b}  \r\n`, `${a}\n\n\n${b}`]) assert.deepEqual(read(text), { values: [one, two], problems: [] });
    assert.deepEqual(read(''), { values: [], problems: [] });
  });

  it('numbers lines as an editor does', () => {
    assert.deepEqual(parseStored(Buffer.from(`${a}\r\n\r\n${b}`), 'f').records.map((r) => r.line), [1, 3]);
  });

  it('reports a torn last line and reads the lines before it', () => {
    const { values, problems } = read(`${a}\n${b.slice(0, -4)}`);
    assert.deepEqual(values, [one]);
    assert.match(problems[0]!, /^2 error the last line is cut off/);
  });

  it('reads the lines of both sides of a conflict', () => {
    const { values, problems } = read(`<<<<<<< HEAD\n${a}\n||||||| base\n=======\n${b}\n>>>>>>> other\n`);
    assert.deepEqual(values, [one, two]);
    assert.deepEqual(problems.map((p) => p.slice(0, 9)), ['1 warning', '3 warning', '4 warning', '6 warning']);
  });

  it('refuses bytes that are not UTF-8, and nothing else with them', () => {
    const bad = Buffer.from(b);
    bad[bad.indexOf(0xc3)] = 0xff;
    const { values, problems } = read(Buffer.concat([Buffer.from(`${a}\n`), bad, Buffer.from(`\n${a}\n`)]));
    assert.deepEqual(values, [one, one]);
    assert.deepEqual(problems, ['2 error the line is not valid UTF-8']);
    assert.deepEqual(read('{"v":1,"t":"\ufffd"}').problems, [], 'a replacement character that was meant is no damage');
  });

  it('reads records around a damaged line break', () => {
    for (const joint of ['', 'X', '\t', ' ', ',', '\0']) {
      const { values, problems } = read(`${a}${joint}${b}\n`);
      assert.deepEqual(values, [one, two], JSON.stringify(joint));
      assert.match(problems[0]!, /^1 error a line break is damaged/);
    }
    const { values } = read(Buffer.concat([Buffer.from(a), Buffer.from([0xff]), Buffer.from(b)]));
    assert.deepEqual(values, [one, two]);
  });

  it('takes the sum out of a record and refuses a line whose sum does not fit', () => {
    assert.deepEqual(read(`${sealLine(one)}\n`), { values: [one], problems: [] });
    const { values, problems } = read(`${sealLine(one).replace('"1"', '"9"')}\n${sealLine(two)}\n`);
    assert.deepEqual(values, [two]);
    assert.match(problems[0]!, /^1 error .*"sum" does not fit/);
  });

  it('says that a UTF-16 file is one', () => {
    const { values, problems } = read(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(a, 'utf16le')]));
    assert.deepEqual(values, []);
    assert.match(problems[0]!, /UTF-16/);
  });

  it('reads a line as text as it does by its bytes', () => {
    const line = fc.oneof(
      fc.record({ v: fc.constant(1), text: fc.string({ unit: 'binary' }), sum: fc.option(fc.string(), { nil: undefined }) }).chain((r) => fc.constantFrom(JSON.stringify(r), sealLine(r), sealLine(r).replace('1', '2'), `${sealLine(r)} `, `${JSON.stringify(r)}${sealLine(r)}`, `${JSON.stringify(r)}\r`, JSON.stringify(r).slice(0, -2))),
      fc.constantFrom('', '  ', '}', '{}', '[1]', '<<<<<<< ours', '=======', '\t{"v":1}', '{"v":1}\u00a0', '7', 'no JSON }'),
    );
    fc.assert(fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = lines.map((l) => `${l}\n`).join('');
      const { records, problems } = parseStored(Buffer.from(text), 'f');
      // A line of wrong bytes before them has all be read as bytes.
      const bytes = parseStored(Buffer.concat([Buffer.from([0xff, 10]), Buffer.from(text)]), 'f');
      assert.deepEqual(bytes.records.map((r) => ({ ...r, line: r.line - 1 })), records);
      assert.deepEqual(bytes.problems.slice(1).map((p) => ({ ...p, line: p.line! - 1 })), problems);
    }), { numRuns: 300 });
  });
});
