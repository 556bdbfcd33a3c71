import assert from 'node:assert/strict';
import type { Rng } from '../../../src/base/rng';
import { UserError } from '../../../src/base/errors';

/** How many random cases a fuzz test tries; `PLUMBLINE_RUNS` times as many on request. */
export const cases = (usual: number): number => usual * Number(process.env['PLUMBLINE_RUNS'] ?? 1);

/** Text that goes into a file as it stands, where JSON has a value. */
class Raw {
  constructor(readonly text: string) {}
}

/** What a stranger may write in place of any value. */
const values: readonly (() => unknown)[] = [
  ...[null, true, false, 0, -1, 1, 0.5, -0.5, 2, 3, 7, 64, 1e6, 1e9, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e300, '', 'x', '12', 'NaN', '\u0000', '..', '<unk>', '__proto__', 'constructor'].map((v) => () => v),
  ...['1e400', '-1e400', '9223372036854775808', '18446744073709551615', '-0', '1e-400', 'NaN', 'Infinity', '0x10', "'a'", '', '{', '"\\ud800"', '"\\u0000"'].map((text) => () => new Raw(text)),
  () => [],
  () => ({}),
  () => [[]],
  () => ({ type: 'Sequence' }),
  () => Array.from({ length: 300 }, (_, i) => i),
  () => 'a'.repeat(5000),
  () => new Raw('['.repeat(100_000) + ']'.repeat(100_000)),
  () => new Raw('{"a":'.repeat(1000) + '1' + '}'.repeat(1000)),
  () => new Raw('{"a":1,"a":2}'),
  () => ({ Regex: '(a+)+$' }),
  () => ({ String: '' }),
];

type Place = { readonly owner: Record<string, unknown> | unknown[]; readonly key: string | number };

/** A JSON text like that of `value`, with one to three places changed. */
export function mutated(value: unknown, rng: Rng): string {
  const copy = structuredClone(value);
  for (let n = 1 + rng.int(3); n > 0; n--) {
    const { owner, key } = placeIn(copy, rng);
    const at = owner as Record<string | number, unknown>;
    const what = rng.int(10);
    if (what < 6) at[key] = rng.pick(values)();
    else if (what === 6 && Array.isArray(owner)) owner.splice(Number(key), 1);
    else if (what === 6) Reflect.deleteProperty(at, key);
    else if (what === 7 && typeof at[key] === 'number') at[key] += rng.pick([1, -1, 0.5, 1e9]);
    else if (what === 7 && typeof at[key] === 'string') at[key] = rng.pick([`${at[key]} `, at[key].slice(1), at[key].toUpperCase(), `${at[key]}\u0000`, at[key] + at[key]]);
    else if (what === 8) {
      const other = placeIn(copy, rng);
      at[key] = (other.owner as Record<string | number, unknown>)[other.key];
      // Not within itself: that would be no tree.
      at[key] = isWithin(at[key], owner) ? null : structuredClone(at[key]);
    } else if (Array.isArray(owner)) owner.push(rng.pick(values)());
    else at[rng.pick(['type', 'Regex', 'added', '__proto__', 'x'])] = rng.pick(values)();
  }
  let text = write(copy);
  // It may be empty: a value may be written as nothing.
  const somewhere = (): number => rng.int(text.length + 1);
  // Now and then a text that is no JSON at all, or cut.
  if (rng.int(20) === 0) text = text.slice(0, somewhere());
  if (rng.int(40) === 0) text = `${text.slice(0, somewhere())}${rng.pick(['"', '{', ']', ',', '\u0000', '\ufffd'])}${text.slice(somewhere())}`;
  return text;
}

/** A random place; those near the top as often as those in long lists. */
function placeIn(value: unknown, rng: Rng): Place {
  let owner = value as Place['owner'];
  for (;;) {
    const keys = Array.isArray(owner) ? [...owner.keys()] : Object.keys(owner);
    const key = keys.length === 0 ? (Array.isArray(owner) ? 0 : 'x') : keys[rng.int(keys.length)]!;
    const inner = (owner as Record<string | number, unknown>)[key];
    if (inner === null || typeof inner !== 'object' || inner instanceof Raw || rng.int(4) === 0) return { owner, key };
    owner = inner as Place['owner'];
  }
}

function isWithin(outer: unknown, inner: unknown): boolean {
  if (outer === inner) return true;
  return outer !== null && typeof outer === 'object' && Object.values(outer).some((v) => isWithin(v, inner));
}

function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (value !== null && typeof value === 'object') return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${write(v)}`).join(',')}}`;
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** Bytes with some flipped, cut off, put in or moved. */
export function mutatedBytes(bytes: Uint8Array, rng: Rng, within = bytes.length): Uint8Array {
  const out = Buffer.from(bytes);
  const at = rng.int(within);
  switch (rng.int(6)) {
    case 0:
      return out.subarray(0, at);
    case 1:
      return Buffer.concat([out.subarray(0, at), Buffer.from(Array.from({ length: 1 + rng.int(9) }, () => rng.int(256))), out.subarray(at)]);
    case 2:
      return Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + 1 + rng.int(16)))]);
    case 3: {
      out.writeBigUInt64LE(rng.pick([0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, BigInt(bytes.length), BigInt(rng.int(bytes.length))]), 0);
      return out;
    }
    default:
      for (let n = 1 + rng.int(4); n > 0; n--) out[rng.int(within)] = rng.int(256);
      return out;
  }
}

/** What became of a case, and what may become of one: it loads, or a clear error names the file. All else fails the test, with the case. */
export async function loadsOrSays(what: string, names: RegExp, load: () => unknown): Promise<'loads' | 'refused'> {
  const begin = performance.now();
  try {
    await load();
    return 'loads';
  } catch (error) {
    const shown = what.length > 600 ? `${what.slice(0, 600)}…` : what;
    assert.ok(error instanceof UserError, `${error instanceof Error ? error.stack! : String(error)}\nfor ${shown}`);
    assert.match(error.code, /^[a-z]+\.[a-zA-Z]+$/);
    assert.match(error.message, names, `for ${shown}`);
    assert.ok(error.message.length < 3000, `a message of ${error.message.length} letters for ${shown}`);
    return 'refused';
  } finally {
    // No measure of speed: a guard against what does not end.
    const seconds = (performance.now() - begin) / 1000;
    assert.ok(seconds < 20, `${seconds} s for ${what.slice(0, 600)}`);
  }
}

/** Does `work`, which may not make the process grow by more than `megabytes`. */
export async function within(megabytes: number, work: () => Promise<void>): Promise<void> {
  const before = process.memoryUsage().rss;
  await work();
  const grown = (process.memoryUsage().rss - before) / 1e6;
  assert.ok(grown < megabytes, `the process grew by ${grown.toFixed(0)} MB`);
}
