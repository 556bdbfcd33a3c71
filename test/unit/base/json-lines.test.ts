import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineOfJson } from '../../../src/base/json-lines';

const text = `{
  "v": 1,
  "tasks": [
    { "id": "a", "preference": {
        "form": "best" } },
    {
      "id": "b, \\"[1]: {",
      "flags": [ "x",
        "y" ]
    }
  ], "name":
    "n"
}`;

describe('base/json-lines', () => {
  it('finds keys and elements', () => {
    const cases: [(string | number)[], number | undefined][] = [
      [['v'], 2],
      [['tasks'], 3],
      [['tasks', 0], 4],
      [['tasks', 0, 'preference', 'form'], 5],
      [['tasks', 1], 6],
      [['tasks', 1, 'id'], 7],
      [['tasks', 1, 'flags', 1], 9],
      [['name'], 11],
      [['tasks', 2], undefined],
      [['tasks', 0, 'title'], undefined],
    ];
    for (const [path, line] of cases) assert.equal(lineOfJson(text, path), line, path.join('.'));
    assert.equal(lineOfJson('{"a": [1, ', ['b']), undefined);
    assert.equal(lineOfJson('', ['b']), undefined);
  });

  it('finds every value of any JSON that is printed one value a line', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const printed = JSON.stringify(value, null, 1).split('\n');
        for (const path of pathsOf(value)) {
          const line = lineOfJson(printed.join('\n'), path);
          const last = path.at(-1)!;
          const at = printed[line! - 1]!;
          assert.ok(typeof last === 'number' || at.trimStart().startsWith(`${JSON.stringify(last)}:`), `${path.join('.')}: ${at}`);
          assert.equal(at.search(/\S/), path.length);
        }
      }),
    );
  });
});

function pathsOf(value: unknown, before: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? value.map((v, i) => [i, v]) : Object.entries(value);
  return entries.flatMap(([key, inner]) => [[...before, key], ...pathsOf(inner, [...before, key])]);
}
