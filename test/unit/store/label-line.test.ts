import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Problem, Read } from '../../../src/base/problems';
import { labelFault } from '../../../src/domain/label-fault';
import { linesOf } from '../../../src/domain/label-rows';
import type { Label, LabelLine } from '../../../src/domain/records';
import { labelKinds } from '../../../src/domain/records';
import { labelLineSchema } from '../../../src/protocol/records';
import { sealLine } from '../../../src/store/checksum';
import { firstIssue } from '../../../src/store/data-files';
import { parseStored } from '../../../src/store/jsonl';
import { parseLabels } from '../../../src/store/label-files';
import { labelLines } from '../../../src/store/label-line';
import { labelParser } from '../../../src/store/label-parser';
import { anyHistory, anyLabel, generationOf, labelOf } from '../domain/records-of';

/** The slow way, by the schema alone: what the fast way must say, too. */
function slowly(bytes: Buffer): Read<LabelLine> {
  const { records: lines, problems } = parseStored(bytes, 'f');
  const records: LabelLine[] = [];
  for (const { line, value } of lines) {
    const parsed = labelLineSchema.safeParse(value);
    const fault = !parsed.success ? firstIssue(parsed.error) : parsed.data.op === 'label' ? labelFault(parsed.data) : undefined;
    if (parsed.success && fault === undefined) records.push(parsed.data);
    else problems.push({ file: 'f', line, severity: 'error', message: fault ?? 'not a label' });
  }
  return { records, problems: sorted(problems) };
}
const sorted = (problems: Problem[]): Problem[] => problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));

function assertSame(bytes: Buffer): void {
  const before = Buffer.from(bytes);
  const fast = parseLabels(bytes, 'f');
  assert.ok(bytes.equals(before), 'the bytes are left as they were');
  assert.deepEqual({ records: fast.records, problems: sorted(fast.problems) }, slowly(bytes));
}

/** How many of the lines the fast way takes. */
function taken(text: string): number {
  const bytes = Buffer.from(text);
  const lines = labelLines();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let n = 0;
  for (let at = 0; at < bytes.length; at = bytes.indexOf(10, at) + 1) if (lines.read(bytes, view, at, -1) >= 0) n++;
  return n;
}

const value = fc.oneof(fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', 'x', [], {}, [null], [0, 1], 'na', '2026-02-29T00:00:00.000Z'), fc.jsonValue());
/** Every field that a label can have, right and wrong. */
const anyFields: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    kind: fc.constantFrom(...labelKinds),
    shown: fc.constantFrom([1, 0], [0, 1], [0, 0], [0], [2, 1, 0], [0, 1.5], [0, 4294967296]),
    touched: fc.boolean(),
    strength: fc.constantFrom(1, 4, 0, 5, 1.5),
    criteria: fc.constantFrom({ helpful: [1, null] }, { helpful: [1] }, {}),
    criteriaRanks: fc.constantFrom({ a: [1, 2] }, { a: [1, 0] }),
    rules: fc.constantFrom({ r: [true, 'na'] }, { r: [null, 'no'] }),
    answers: fc.dictionary(fc.string(), fc.jsonValue()),
    flags: fc.constantFrom([[], ['a']], [['b']]),
    spans: fc.constantFrom([{ item: 0, start: 1, end: 2, tag: 't' }], [{ item: 7, start: 1, end: 2, tag: 't' }], [{ item: 0, start: 3, end: 2, tag: 't', more: 1 }]),
    rationale: fc.string(),
    confidence: fc.constantFrom(1, 2.5, -3, 0),
    ms: fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    select: fc.constantFrom({ policy: 'random', p: 0.25 }, { policy: 'random', p: 2 }, { policy: 'x', p: 1e-9, seed: 3 }),
    guideline: fc.constantFrom('sha256:x', ''),
    masked: fc.constantFrom([{ item: -1, start: 0, end: 3 }], [{ item: -2, start: 0, end: 3 }]),
    repeats: fc.constantFrom('l1', ''),
    gold: fc.constantFrom('s1'),
    adjudicates: fc.constantFrom(['a', 'b'], []),
    supersedes: fc.constantFrom('l2'),
    generation: fc.constantFrom('g-1', 'g-2', ''),
    at: fc.constantFrom('2026-02-28T23:59:59.999Z', '2026-02-29T00:00:00.000Z', '2028-02-29T00:00:00.000Z', '2026-04-31T00:00:00.000Z', '2026-12-31T24:00:00.000Z', '2026-01-01T00:00:00Z', '2026-01-01T02:00:00.000+02:00', '2026-13-01T00:00:00.000Z', '2026-01-01T00:60:00.000Z'),
    task: fc.constantFrom('best', ''),
  },
  { requiredKeys: [] },
);
const anyWide = fc.tuple(anyLabel, anyFields, fc.array(fc.tuple(fc.constantFrom('v', 'id', 'op', 'items', 'verdict', 'promptHash', 'future', 'sum', '__proto__'), value), { maxLength: 1 }), fc.boolean()).map(([label, fields, more, last]): object => {
  const wide = { ...label, ...fields };
  return last ? { ...Object.fromEntries(Object.entries(wide).reverse()), ...Object.fromEntries(more) } : { ...wide, ...Object.fromEntries(more) };
});

describe('store/label-line', () => {
  it('says what the schema says, of any lines', () => {
    const line = fc.oneof(
      { weight: 6, arbitrary: anyWide.map((l) => sealLine(l)) },
      { weight: 3, arbitrary: anyWide.map((l) => JSON.stringify(l)) },
      { weight: 1, arbitrary: anyWide.map((l) => JSON.stringify(l, null, 1).replaceAll('\n', ' ')) },
      { weight: 1, arbitrary: fc.constantFrom('', '{', '{}', '[]', '{"v":1,', '<<<<<<< HEAD', '{"v":1}', '{"v":1,"v":1}') },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n')), { maxLength: 8 }), fc.constantFrom('', '\ufeff'), fc.constantFrom('', '{"v":1,"id":"to'), (lines, bom, torn) => {
        assertSame(Buffer.from(`${bom}${lines.map((l) => l.join('')).join('')}${torn}`));
      }),
      { numRuns: Number(process.env['PLUMBLINE_RUNS'] ?? 600) },
    );
  });

  it('says what the schema says, of damaged bytes', () => {
    fc.assert(
      fc.property(fc.array(anyLabel, { minLength: 1, maxLength: 4 }), fc.boolean(), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), fc.constantFrom('change', 'cut', 'insert'), (labels, sealed, damage, how) => {
        // Twice the same lines, so that the damage meets what is known already.
        let bytes = Buffer.from([...labels, ...labels].map((l) => `${sealed ? sealLine(l) : JSON.stringify(l)}\n`).join(''));
        for (const [where, byte] of damage) {
          const at = where % bytes.length;
          bytes = Buffer.concat([bytes.subarray(0, at), how === 'cut' ? Buffer.alloc(0) : Buffer.from([byte]), bytes.subarray(how === 'insert' ? at : at + 1)]);
        }
        assertSame(bytes);
      }),
      { numRuns: Number(process.env['PLUMBLINE_RUNS'] ?? 600) },
    );
  });

  it('takes what our own writer writes', () => {
    const g = generationOf('p', 2);
    const label = (id: string, fields: Partial<Label> = {}): string =>
      `${sealLine(labelOf(g, { id, shown: [1, 0], touched: true, strength: 2, confidence: 3, ms: 1234, select: { policy: 'random', p: 0.125 }, guideline: g.promptHash, generation: g.id, ...fields }))}\n`;
    assert.equal(taken([label('a'), label('b', { verdict: 'tie', ranks: [1, 1] }).replace('"strength":2,', ''), label('c', { kind: 'repeat', repeats: 'a' }), label('d', { rationale: 'plain words' })].join('')), 3, 'a tie with a strength is for the slow way, and so is a line whose sum does not fit');
    const many = Array.from({ length: 9000 }, (_, n) => labelOf(generationOf(`p${n}`, 2 + (n % 3)), { id: `l${n}`, generation: `g-${n % 7}` }));
    const text = [...many, ...many].map((l) => `${sealLine(l)}\n`).join('');
    assert.equal(taken(text), 18_000);
    assert.deepEqual(parseLabels(Buffer.from(text), 'f').records, [...many, ...many]);
  });

  it('gives the same in any parts', () => {
    fc.assert(
      fc.property(anyHistory, fc.array(fc.nat(), { maxLength: 4 }), (lines, cuts) => {
        const parts = lines.map((l, n) => `${n % 5 === 4 ? `torn ${n}` : sealLine(l)}\n`);
        const parser = labelParser('f', labelLines());
        const all: Read<LabelLine> = { records: [], problems: [] };
        const ends = [...cuts.map((c) => c % (parts.length + 1)), parts.length].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          const read = parser.push(Buffer.from(parts.slice(from, end).join('')));
          all.records.push(...linesOf(read));
          all.problems.push(...read.problems);
          from = end;
        }
        assert.deepEqual(all, parseLabels(Buffer.from(parts.join('')), 'f'));
        assert.equal(parser.breaks, parts.length);
      }),
    );
  });
});
