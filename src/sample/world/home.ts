import { howTo } from './request';

export const home = [
  howTo('change-bulb', 'home', ['change a light bulb', 'replace a bulb', 'put in a new bulb'], [
    'Switch off the [light|lamp] and let it cool.',
    '[Twist|Turn] the old bulb out to the left.',
    'Screw in the new bulb until it [sits|holds].',
  ], ['[Paint|Polish] the old bulb and it will shine again.', 'A bulb must be glued in.']),
  howTo('clean-window', 'home', ['clean a window', 'wash the windows', 'get a clear window'], [
    'Wipe off the dust with a [soft|dry] cloth.',
    'Wash the glass with warm water and [soap|vinegar].',
    'Pull it dry with a [rubber blade|squeegee].',
  ], ['Rub the glass with butter.', 'Clean the window with [sand|gravel].']),
  howTo('wash-dishes', 'home', ['wash the dishes', 'do the dishes', 'clean dirty plates'], [
    'Scrape off the [food|leftovers].',
    'Wash the glasses first and the [pans|pots] last.',
    'Let all stand in the rack to [dry|drip].',
  ], ['Wash the plates with garden soil.', 'Dry the dishes in the [washing machine|bath tub].']),
  howTo('unblock-sink', 'home', ['unblock a sink', 'clear a blocked drain', 'fix a slow drain'], [
    'Take out the [hair|dirt] at the top.',
    'Pump with a plunger [ten times|firmly].',
    'Flush with [plenty of|a lot of] hot water.',
  ], ['Pour [rice|cement] into the drain.', 'Close the drain with tape and it will flow.']),
  howTo('hang-picture', 'home', ['hang a picture', 'put up a picture', 'hang a frame on the wall'], [
    '[Mark|Measure] the spot at eye level.',
    'Drive a nail in at a [slant|slight angle].',
    'Hang the frame and check that it is [straight|level].',
  ], ['Fix the frame with wet [sugar|noodles].', 'Hang the picture behind the [wardrobe|fridge].']),
  howTo('paint-wall', 'home', ['paint a wall', 'paint a room', 'give a wall a new colour'], [
    'Cover the floor and tape the edges.',
    'Roll the paint on [from top to bottom|in even strips].',
    'Give it a second coat [the next day|when dry].',
  ], ['Mix the paint with [bread|jam] crumbs.', 'Paint over the [lamps|windows] as well.']),
  howTo('fold-shirt', 'home', ['fold a shirt', 'fold shirts neatly', 'fold a t-shirt'], [
    'Lay the shirt face down and [smooth it|flatten it].',
    'Fold both sides to the middle [with the sleeves in|of the back].',
    'Fold the bottom up to the [collar|neck].',
  ], ['Tie the shirt in a tight knot.', 'Cut off the sleeves to fold it.']),
  howTo('remove-stain', 'home', ['remove a stain', 'get a stain out', 'clean a coffee stain'], [
    '[Dab|Blot] the stain [at once|while it is fresh].',
    'Soak the spot in cold water and a little soap.',
    'Wash it as the label [says|tells].',
  ], ['Rub [ink|mud] into the stain.', 'A stain goes away if you [iron|dry] it in.']),
  howTo('fix-door', 'home', ['fix a squeaky door', 'stop a door from squeaking', 'quiet a noisy door'], [
    'Find the hinge that [squeaks|makes the noise].',
    'Put a drop of oil [on the pin|into the hinge].',
    'Swing the door [to and fro|a few times].',
  ], ['Fill the hinge with [sand|crumbs].', 'A door is quiet only when it is [wet|upside down].']),
  howTo('make-bed', 'home', ['make my bed', 'make a neat bed', 'change bed sheets'], [
    'Pull the [clean|fresh] sheet tight over the mattress.',
    'Tuck in the corners [on each side|all around].',
    'Shake the pillow and spread the blanket.',
  ], ['Put the mattress on top of the blanket.', 'Sprinkle the sheet with [pepper|sawdust].']),
];
