import fc from 'fast-check';
import { generation, labelItems, response } from '../../../src/domain/content';
import { competitionRanks } from '../../../src/domain/ranks';
import type { Generation, Label, LabelLine, Retract, Verdict } from '../../../src/domain/records';
import { labelKinds } from '../../../src/domain/records';

/** What the tests of domain, store and formats make records with. */

export const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

/** A generation of K answers `<prompt> answer 0`, … */
export function generationOf(prompt: string, k: number, source = 'base'): Generation {
  return generation(prompt, Array.from({ length: k }, (_, i) => response(`${prompt} answer ${i}`, source)));
}

export function labelOf(g: Generation, fields: Partial<Label> & { id: string }): Label {
  return {
    v: 1,
    op: 'label',
    task: 'ranking',
    labeler: 'anna',
    at: at(0),
    promptHash: g.promptHash,
    items: labelItems(g),
    verdict: 'ranked',
    ranks: g.responses.map((_, i) => i + 1),
    ...fields,
  };
}

export function retractOf(target: string, id: string, second: number, labeler = 'anna'): Retract {
  return { v: 1, id, op: 'retract', target, labeler, at: at(second) };
}

const items = Array.from({ length: 5 }, (_, n) => generationOf(`prompt ${n}`, 2 + (n % 4)));

/** Any judgement of one of five items by one of three labelers. Texts are hostile: quotes, line breaks, our own line's beginning. */
export const anyLabel: fc.Arbitrary<Label> = fc
  .record({
    item: fc.constantFrom(...items),
    labeler: fc.constantFrom('anna', 'Bert Ö.', 'con'),
    second: fc.integer({ min: 0, max: 50 }),
    verdict: fc.constantFrom<Verdict[]>('ranked', 'tie', 'all_bad', 'unsure', 'skipped'),
    values: fc.array(fc.option(fc.integer({ min: 1, max: 4 }), { freq: 5 }), { minLength: 5, maxLength: 5 }),
    rationale: fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('{"v":1,"id":"x"}', '<<<<<<< HEAD', '\u2028\r\n\0', 'ü😀')), { nil: undefined }),
    id: fc.uuid(),
  })
  .map(({ item, labeler, second, verdict, values, rationale, id }) => {
    const ranks = competitionRanks([1, ...values].slice(0, item.responses.length));
    return labelOf(item, {
      id,
      labeler,
      at: at(second),
      verdict,
      ranks,
      ...(ranks.includes(null) ? { unranked: 'top_k' as const } : {}),
      ...(rationale === undefined ? {} : { rationale }),
    });
  });

/** A history of lines: labels, changes, retracts and retracts of retracts, with distinct ids. */
export const anyHistory: fc.Arbitrary<LabelLine[]> = fc
  .array(fc.record({ label: anyLabel, what: fc.integer({ min: 0, max: 5 }), aim: fc.nat() }), { maxLength: 20 })
  .map((steps) => {
    const lines: LabelLine[] = [];
    steps.forEach(({ label, what, aim }, n) => {
      const target = lines[aim % Math.max(1, lines.length)];
      if (target === undefined || what < 3) lines.push(label);
      else if (what === 3) lines.push({ ...label, supersedes: target.id });
      else lines.push(retractOf(target.id, `r-${n}-${label.id}`, n, target.labeler));
    });
    return lines;
  });

/** Histories with kinds, two tasks, aims at any line (rings, chains, lines that come before what they are about) and ids used twice. */
export const anyMess: fc.Arbitrary<LabelLine[]> = fc
  .tuple(anyHistory, fc.array(fc.record({ kind: fc.option(fc.constantFrom(...labelKinds), { freq: 2 }), best: fc.boolean(), aim: fc.option(fc.nat(), { freq: 3 }), twin: fc.option(fc.nat(), { freq: 12 }) }), { minLength: 20, maxLength: 20 }))
  .map(([lines, changes]) => {
    const id = (n: number): string => lines[n % lines.length]!.id;
    const changed = lines.map((line, n): LabelLine => {
      const { kind, best, aim, twin } = changes[n]!;
      const own = twin === null ? line : { ...line, id: id(twin) };
      if (own.op === 'retract') return aim === null ? own : { ...own, target: id(aim) };
      return { ...own, ...(kind ? { kind } : {}), ...(best ? { task: 'best' } : {}), ...(aim === null ? {} : { supersedes: id(aim) }) };
    });
    return changed;
  });
