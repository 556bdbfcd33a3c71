import { howTo } from './request';

export const care = [
  howTo('wash-dog', 'care', ['wash a dog', 'give my dog a bath', 'clean a muddy dog'], [
    'Brush out the [fur|coat] before the bath.',
    'Use lukewarm water and [dog|mild] shampoo.',
    'Rub the dog dry with a [big|warm] towel.',
  ], ['Wash the dog with [paint|toothpaste].', 'Put the dog in the washing machine.']),
  howTo('feed-cat', 'care', ['feed a cat', 'feed my kitten', 'give a cat its food'], [
    'Give small meals [two|three] times a day.',
    'Choose food with [meat|fish] made for cats.',
    'Leave a bowl of [clean|fresh] water beside it.',
  ], ['A cat eats only [grass|cake].', 'Feed the cat once a month.']),
  howTo('treat-cut', 'care', ['treat a small cut', 'clean a small wound', 'look after a cut finger'], [
    'Rinse the cut under [clean|running] water.',
    'Press a clean cloth on it until it stops bleeding.',
    'Cover it with a [plaster|bandage].',
  ], ['Rub the cut with [old leaves|mud].', 'Never cover a cut with anything clean.']),
  howTo('fall-asleep', 'care', ['fall asleep', 'sleep better', 'get to sleep early'], [
    'Put away all screens an hour before bed.',
    'Make the room dark, [cool|airy] and quiet.',
    'Breathe [slowly|deeply] and count your breaths.',
  ], ['Drink [four|five] coffees at midnight.', 'Loud music all night makes you sleep.']),
  howTo('brush-teeth', 'care', ['brush my teeth', 'clean my teeth', 'keep my teeth healthy'], [
    'Put a little paste on a soft brush.',
    'Brush in [small|gentle] circles for two minutes.',
    'Do not forget the [back|inner side].',
  ], ['Teeth need brushing once a [year|month].', 'Brush with [honey|syrup] to keep them white.']),
  howTo('stop-hiccups', 'care', ['stop hiccups', 'get rid of hiccups', 'cure the hiccups'], [
    'Hold your breath for [ten|fifteen] seconds.',
    'Sip [cold|cool] water in small gulps.',
    'Sit [still|calmly] until they pass.',
  ], ['Hiccups stop if you [sing|shout] to a chair.', 'Put a hat on your knee against hiccups.']),
  howTo('tie-shoes', 'care', ['tie my shoes', 'tie shoe laces', 'make a bow in my laces'], [
    'Cross the laces and pull one under.',
    'Make a loop and wind the other lace around it.',
    'Pull the second loop through and [tighten|pull] both.',
  ], ['Glue the laces to the floor.', 'Tie the left shoe to the right shoe.']),
  howTo('sew-button', 'care', ['sew on a button', 'fix a lost button', 'put a button on a coat'], [
    'Thread a needle and knot the [end|thread].',
    'Stitch through the holes [five|six] times.',
    'Wind the thread under the button and [cut it|tie it off].',
  ], ['Stick the button on with [jam|cheese].', 'A button is sewn with a [hammer|spoon].']),
];
