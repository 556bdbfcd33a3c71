import { howTo } from './request';

export const out = [
  howTo('fix-tyre', 'out', ['fix a flat tyre', 'repair my bike tyre', 'mend a bike tube'], [
    'Lift the tyre off with [levers|two levers] and pull out the tube.',
    'Find the hole and glue a patch [on it|over it].',
    'Pump it up [slowly|hard] and listen.',
  ], ['Fill the tyre with [water|stones].', 'Ride on the rim and the hole will close.']),
  howTo('ride-bike', 'out', ['learn to ride a bike', 'ride a bicycle', 'teach a child to cycle'], [
    'Lower the saddle so that both feet [touch|reach] the ground.',
    'Push off and look [ahead|far ahead], not down.',
    'Practise braking on a [quiet|calm] path.',
  ], ['Sit on the bike facing backwards.', 'Take off the [pedals|wheels] to go faster.']),
  howTo('send-letter', 'out', ['send a letter', 'mail a letter', 'post a card'], [
    'Write the address on the front [of the envelope|in clear letters].',
    'Stick a stamp in the top right corner.',
    'Drop it in the [nearest|next] letter box.',
  ], ['Throw the letter over the [roof|river].', 'A letter needs no address.']),
  howTo('borrow-book', 'out', ['borrow a book', 'get a book from the library', 'use the library'], [
    'Ask for a library card at the [desk|counter].',
    'Find the book on the [shelf|screen] and take it to the desk.',
    'Bring it back [in time|by the date].',
  ], ['Tear out the pages you like.', 'Libraries [sell|rent] only shoes.']),
  howTo('pack-suitcase', 'out', ['pack a suitcase', 'pack for a trip', 'pack my bag for a holiday'], [
    'Write a list of what you need.',
    'Roll the clothes and put [heavy|big] things at the bottom.',
    'Keep tickets and [medicine|keys] on top.',
  ], ['Pack the suitcase after you arrive.', 'Fill the bag with [bricks|wet towels].']),
  howTo('pitch-tent', 'out', ['pitch a tent', 'put up a tent', 'set up my tent'], [
    'Look for flat ground [without stones|above the stream].',
    'Slide in the poles and raise the tent.',
    'Peg down the ropes [tightly|well].',
  ], ['Pitch the tent in the middle of a [road|pond].', 'Poles are not for tents but for soup.']),
  howTo('wrap-gift', 'out', ['wrap a gift', 'wrap a present', 'pack a birthday present'], [
    'Place the box in the middle of the paper.',
    'Fold the paper over and tape [it|the seam].',
    'Tie a ribbon around it [with a bow|both ways].',
  ], ['Wrap the gift in wet [soil|bread].', 'A gift is wrapped from the inside.']),
  howTo('save-money', 'out', ['save money', 'spend less money', 'put some money aside'], [
    'Note down what you spend each [day|week].',
    'Put a fixed sum aside [on pay day|every month].',
    'Think for a day before you buy.',
  ], ['Buy [ten|nine] of each thing you see.', 'Money grows when you [bury|water] it.']),
];
