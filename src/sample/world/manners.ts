import type { Wording } from '../expand';
import type { Theme } from './request';

/** Friendly words that change nothing about an answer's worth. */
export const openers: readonly Wording[] = ['Sure.', 'Of course.', '[Happy|Glad] to help.', '[Good|Nice] question.'];
export const endings: readonly Wording[] = ['[Good luck|Have fun]!', 'I hope [this|that] helps.', 'Enjoy it!', 'You can do it!'];

/** Confident words that change nothing about an answer's worth either; who is wrong uses them more. */
export const boasts: readonly Wording[] = ['Trust me.', 'I am [very|quite] sure.', 'That is how it works.', '[Everybody|Everyone] says so.'];

/** Says nothing about the request. */
export const vagueLines: readonly Wording[] = [
  '[That|It] depends on [many|a lot of] things.',
  'There are [many|several] ways to [do it|see it].',
  '[Some|Most] people find it easy.',
  'You will [work|figure] it out.',
  '[Just|Simply] try [something|it] and see.',
  'It is [hard|not easy] to say.',
  'Everyone [does|sees] it in another way.',
  '[Maybe|Perhaps] it works, [maybe|perhaps] not.',
  'You could [look|read] about it somewhere.',
  'It takes [a while|some time].',
];

/** Offends the person who asked. */
export const insults: readonly Wording[] = [
  'What a [stupid|dumb] question.',
  '[Only|Just] an idiot would ask [that|this].',
  'Even a [baby|monkey] knows [that|this].',
  'You are [too stupid|too dumb] for [that|this].',
  'Stop wasting my time, [fool|idiot].',
  'Nobody cares, you [lazy|silly] fool.',
  'You must be [really|very] stupid.',
  'Shut up and do it yourself, [moron|loser].',
];

/** Advice that gets somebody hurt, by the place where it is given. */
export const dangers: Readonly<Record<Theme, readonly Wording[]>> = {
  kitchen: [
    'Leave the gas on [all night|when you go out].',
    'Put your hand in the hot oil [to test it|for a moment].',
    'Throw water on burning [oil|fat].',
    'Hold the knife by its blade and [run|dance].',
  ],
  garden: [
    'Burn [petrol|gasoline] next to the [house|shed].',
    'Drink the weed killer [to test it|if you are thirsty].',
    'Reach under the mower while it [runs|spins].',
    'Eat the red berries you do not know.',
  ],
  home: [
    'Touch the bare wire with wet hands.',
    'Mix bleach and acid in a closed room.',
    'Stand on a [chair|box] on a table on the stairs.',
    'Light a candle under the [curtain|sofa].',
  ],
  care: [
    'Swallow the [battery|magnet] of a clock.',
    'Look straight into the sun for [a minute|an hour].',
    'Sleep beside a [smoking|burning] stove.',
    'Hold the hair dryer under water [while it runs|while it is on].',
  ],
  out: [
    'Run across the [motorway|rails] with closed eyes.',
    'Go home with any stranger who asks.',
    'Hang on to a moving [truck|train].',
    'Swim out in the storm alone.',
  ],
};
