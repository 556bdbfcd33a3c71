import type { Rng } from '../base/rng';
import { choose, type Wording } from './expand';

/**
 * Plain sentences about the same small world, as a language model's ordinary text: what tuning may make it forget
 * (the alignment tax) is measured on sentences of this kind that it has not seen.
 */
const people = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Grandmother', 'Grandfather', 'The teacher', 'The neighbour', 'My sister', 'My brother', 'The baker', 'The gardener'];

const deeds: readonly Wording[] = [
  'washed the [dishes|windows|dog]',
  'made [tea|soup|a salad|pancakes]',
  'baked [bread|a potato]',
  'planted a [seed|tree]',
  'watered the [tomatoes|herbs|plants]',
  'cut the grass',
  'fed the [birds|cat|dog]',
  'painted the [wall|door]',
  'hung a picture on the wall',
  'folded a shirt',
  'changed the [bulb|sheets]',
  'fixed a [tyre|button|door]',
  'sent a [letter|card]',
  'borrowed a book',
  'packed a suitcase',
  'wrapped a [gift|present]',
  'rode a bike',
  'pitched a tent',
];

const places: readonly Wording[] = ['in the [kitchen|garden|house|yard]', 'at home', 'by the [window|door|river|stream]', 'near the library', 'behind the [house|shed]', 'under the apple tree', ''];
const times: readonly Wording[] = ['in the [morning|evening]', 'on [Monday|Sunday|Friday]', 'before [breakfast|lunch|dinner]', 'after [school|work]', 'last [week|night|summer]', 'when it rained', ''];
const thens: readonly Wording[] = [
  '[He|She] was [happy|tired|proud].',
  'It [took|needed] an hour.',
  'Then it was time for [bed|lunch|tea].',
  'The [sun|moon] was [bright|low].',
  'The cat [slept|looked on].',
  'Everyone [was glad|laughed].',
  'It smelled [good|of earth|of bread].',
  'The children [helped|watched|played].',
];

const facts: readonly Wording[] = [
  'Bread is made from flour, water, salt and yeast.',
  'A seed needs [soil|water], [light|sun] and [time|warmth].',
  'Birds eat seeds and nuts in [winter|the garden].',
  'A [lemon|pear|tomato] grows on a [tree|plant].',
  'Rice is cooked in [hot|boiling] water.',
  'The kettle stands on the [stove|table].',
  'A library lends [books|many books].',
  'Soap and [warm|hot] water clean the [glass|plates].',
  'A [cat|dog|bird] needs fresh water each day.',
  'The sun [rises|comes up] in the morning.',
  'Oil makes a door quiet.',
  'Leaves turn into [compost|dark earth].',
];

/** One plain text of one to three sentences. */
export function plainText(rng: Rng): string {
  const deed = (): string => {
    const [who, what, where, when] = [rng.pick(people), choose(rng.pick(deeds), rng), choose(rng.pick(places), rng), choose(rng.pick(times), rng)];
    return `${[who, what, where, when].filter((p) => p !== '').join(' ')}.`;
  };
  const sentences = [rng.next() < 0.2 ? choose(rng.pick(facts), rng) : deed()];
  if (rng.next() < 0.6) sentences.push(choose(rng.pick(thens), rng));
  if (rng.next() < 0.3) sentences.push(rng.next() < 0.4 ? choose(rng.pick(facts), rng) : deed());
  return sentences.join(' ');
}

/** `n` different plain texts, none of them in `except`. */
export function plainTexts(n: number, rng: Rng, except: ReadonlySet<string> = new Set()): string[] {
  const out = new Set<string>();
  while (out.size < n) {
    const text = plainText(rng);
    if (!except.has(text)) out.add(text);
  }
  return [...out];
}
