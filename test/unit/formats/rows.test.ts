import assert from 'node:assert/strict';
import fc from 'fast-check';
import { containerOf, readRows } from '../../../src/formats/rows';

const csv = (text: string): { rows: [number, unknown][]; told: string[] } => {
  const { records, problems } = readRows('csv', text, 'f');
  return { rows: records.map((r) => [r.line, r.value]), told: problems.map((p) => `${p.line ?? 0} ${p.message}`) };
};

describe('formats/rows', () => {
  it('tells a container by name, then by content', () => {
    assert.equal(containerOf('a.CSV', '{'), 'csv');
    assert.equal(containerOf('a.tsv.gz', ''), 'csv');
    assert.equal(containerOf('a.jsonl', ''), 'jsonl');
    assert.equal(containerOf('a.json', '\ufeff [\n'), 'json');
    assert.equal(containerOf('a.json', '{"a":1}'), 'jsonl');
    assert.equal(containerOf('a.txt', '{"a":1}'), 'jsonl');
    assert.equal(containerOf('a.txt', 'prompt\nx'), 'csv');
  });

  it('reads CSV with quotes, line breaks in fields and any of three delimiters, texts exact', () => {
    for (const d of [',', ';', '\t']) {
      const { rows, told } = csv(`\ufeffid${d} prompt \r\n1${d}"a ""b""${d}\r\nc "\r\n\r\n2${d}  d\r\n`);
      assert.deepEqual(told, []);
      assert.deepEqual(rows, [[2, { id: '1', prompt: `a "b"${d}\r\nc ` }], [5, { id: '2', prompt: '  d' }]]);
    }
  });

  it('reports a row that is broken, with its line, and reads the others', () => {
    const { rows, told } = csv('id,prompt\n1,a\n2,b,c\n3\n4,d\n');
    assert.deepEqual(rows, [[2, { id: '1', prompt: 'a' }], [5, { id: '4', prompt: 'd' }]]);
    assert.match(told[0]!, /^3 3 fields where the header has 2/);
    assert.match(told[1]!, /^4 1 fields/);
    assert.match(csv('id,prompt\n1,a\n2,b "x" c\n3,"d" e\n4,f\n').told.join(), /not CSV/);
    assert.match(csv('a,a\n1,2\n').told[0]!, /two columns are called "a"/);
    assert.deepEqual(csv(''), { rows: [], told: [] });
  });

  it('reads back any fields that are written as RFC 4180 says', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a', ' ', '\r\n') })), { minLength: 1 }), (data) => {
        const text = [['x', 'y'], ...data].map((row) => row.map((f) => `"${f.replaceAll('"', '""')}"`).join(',')).join('\r\n');
        let line = 2;
        const expected = data.map(([x, y]) => {
          const begins = line;
          line += 1 + [x, y].reduce((n, f) => n + (f.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
          return [begins, { x, y }];
        });
        assert.deepEqual(csv(text), { rows: expected, told: [] });
      }),
    );
  });

  it('reads JSONL, JSON arrays and one pretty-printed object', () => {
    const values = [{ a: 'x\n' }, { a: 2 }];
    for (const [container, text] of [['jsonl', '{"a":"x\\n"}\r\n{"a":2}'], ['json', JSON.stringify(values, null, 2)]] as const) {
      const { records, problems } = readRows(container, text, 'f');
      assert.deepEqual(records.map((r) => r.value), values);
      assert.deepEqual(problems, []);
    }
    assert.deepEqual(readRows('jsonl', JSON.stringify(values[0], null, 2), 'f').records, [{ line: 1, value: values[0] }]);
  });

  it('reports records that are no objects and files that are no JSON', () => {
    assert.deepEqual(readRows('jsonl', '{"a":1}\n[1]\nnull\n{"b"', 'f').problems.map((p) => p.line).sort(), [2, 3, 4]);
    assert.equal(readRows('json', '[1, {"a":1}', 'f').problems.length, 1);
  });
});
