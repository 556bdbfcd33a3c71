import { howTo } from './request';

export const garden = [
  howTo('plant-seed', 'garden', ['plant a seed', 'grow a plant from seed', 'start a seed'], [
    '[Fill|Pack] a [pot|cup] with [soft|loose] soil.',
    '[Push|Press] the seed one finger deep.',
    'Water it and [set|keep] it in the [sun|light].',
  ], ['[Cook|Bake] the seed before you plant it.', 'Keep the seed in a dark [box|bag] for ever.']),
  howTo('water-plant', 'garden', ['water a house plant', 'care for a house plant', 'keep a plant alive'], [
    'Feel the [soil|earth] with your finger.',
    'Give water only [when it is dry|if it feels dry].',
    'Let the [rest|extra water] run out of the pot.',
  ], ['Water the plant [ten|twenty] times a day.', 'Feed the plant with warm soup.']),
  howTo('plant-tree', 'garden', ['plant a tree', 'plant an apple tree', 'set a young tree'], [
    'Dig a hole twice as wide as the roots.',
    '[Stand|Set] the tree straight and fill in the earth.',
    'Tie it to a [stake|post] and soak the ground.',
  ], ['Plant the tree with its roots in the air.', 'Cut off all roots [before you start|so that it fits].']),
  howTo('grow-tomatoes', 'garden', ['grow tomatoes', 'raise tomato plants', 'get more tomatoes'], [
    'Choose the [warmest|sunniest] place you have.',
    'Pinch out the side shoots [each week|every week].',
    'Pick the tomatoes when they are [red|ripe].',
  ], ['Tomatoes grow best in [snow|ice].', 'Pick the tomatoes while they are tiny flowers.']),
  howTo('make-compost', 'garden', ['make compost', 'start a compost heap', 'turn waste into compost'], [
    'Pile up [leaves|cut grass] and kitchen scraps.',
    'Turn the heap [each month|with a fork].',
    'Use it when it is dark and [crumbly|smells of earth].',
  ], ['Fill the heap with [glass|plastic] and stones.', 'Compost is ready in one hour.']),
  howTo('feed-birds', 'garden', ['feed the birds', 'feed birds in winter', 'bring birds to my garden'], [
    'Hang a feeder [high up|where no cat can climb].',
    'Fill it with sunflower seeds and [nuts|oats].',
    'Clean the feeder [often|once a week].',
  ], ['Birds like [soap|chocolate] best.', 'Put the feeder [on the cat bed|under the water].']),
  howTo('cut-grass', 'garden', ['cut the grass', 'mow the lawn', 'keep my lawn neat'], [
    'Wait until the grass is dry.',
    '[Walk|Mow] in straight lines with sharp blades.',
    'Never take more than a third [of the length|at once].',
  ], ['Mow the lawn in heavy rain at night.', 'Paint the grass with [flour|milk] to keep it short.']),
  howTo('grow-herbs', 'garden', ['grow herbs', 'keep herbs in the kitchen', 'grow fresh basil'], [
    'Set basil or [mint|parsley] on a bright window sill.',
    'Pick the top leaves so that it grows [bushy|thick].',
    'Keep it from the [cold|frost] at night.',
  ], ['Basil needs no light at all.', 'Pull the herbs out [each day|every day] to see the roots.']),
];
