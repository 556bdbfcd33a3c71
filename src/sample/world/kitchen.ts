import { howTo } from './request';

export const kitchen = [
  howTo('boil-egg', 'kitchen', ['boil an egg', 'cook a boiled egg', 'make a hard egg'], [
    '[Lay|Put] the egg in [boiling|bubbling] water.',
    'Let it [boil|cook] for [eight|nine|ten] minutes.',
    '[Cool|Rinse] it in cold water and [peel it|take off the shell].',
  ], ['[Boil|Cook] the egg for [two|three] hours.', 'Peel the egg before you boil it.']),
  howTo('make-tea', 'kitchen', ['make tea', 'make a cup of tea', 'brew good tea'], [
    '[Heat|Boil] fresh water in the kettle.',
    '[Pour it over|Pour it on] the tea [leaves|bag] in a cup.',
    '[Wait|Let it stand] four minutes and take out the [leaves|bag].',
  ], ['Brew the tea in cold milk.', 'Leave the tea bag in for [a day|two days].']),
  howTo('cook-rice', 'kitchen', ['cook rice', 'make a pot of rice', 'boil some rice'], [
    '[Wash|Rinse] one cup of rice.',
    'Cook it in two cups of water on [low|small] heat.',
    'Let it rest [with the lid on|under the lid].',
  ], ['Cook the rice with no water at all.', 'Stir the rice for [an hour|three hours].']),
  howTo('bake-bread', 'kitchen', ['bake bread', 'make bread', 'bake a loaf'], [
    'Mix flour, water, salt and yeast.',
    '[Knead|Work] the dough and let it rise for an hour.',
    'Bake the loaf [in a hot oven|in the oven] until it is brown.',
  ], ['Put the dough in the freezer to bake.', 'Use sugar in place of flour.']),
  howTo('make-salad', 'kitchen', ['make a salad', 'make a green salad', 'prepare a fresh salad'], [
    '[Wash|Rinse] and dry the [lettuce|green leaves].',
    '[Cut|Slice] a cucumber and [add it|mix it in].',
    'Dress it with oil and [lemon|vinegar].',
  ], ['Boil the lettuce until it is black.', 'Dress the salad with [warm milk|cold coffee].']),
  howTo('make-soup', 'kitchen', ['make soup', 'cook vegetable soup', 'make a pot of soup'], [
    'Fry an onion in [a deep pot|a little butter].',
    'Add [carrots|beans], potatoes and stock.',
    'Simmer it [until all is soft|for half an hour].',
  ], ['Serve the vegetables hard and raw with ice.', 'Add a whole jar of [salt|sugar] to the stock.']),
  howTo('make-pancakes', 'kitchen', ['make pancakes', 'cook pancakes', 'fry a pancake'], [
    '[Beat|Whisk] eggs, milk and flour to a batter.',
    'Pour a [spoon|ladle] of batter into a hot pan.',
    '[Turn|Flip] it when the [edge|top] is dry.',
  ], ['Never [turn|flip] a pancake.', 'Make the batter from rice and tea.']),
  howTo('make-lemonade', 'kitchen', ['make lemonade', 'mix a jug of lemonade', 'make a lemon drink'], [
    'Squeeze [three|four] lemons into a jug.',
    'Stir in sugar [until it is gone|until it melts].',
    'Fill up with cold water and [ice|mint].',
  ], ['Use [dried|cooked] onions for the juice.', 'Lemonade needs [pepper|flour] to be sweet.']),
  howTo('cook-pasta', 'kitchen', ['cook pasta', 'make spaghetti', 'boil noodles'], [
    'Bring a big pot of [salted|salty] water to the boil.',
    'Add the pasta and stir [at once|it well].',
    '[Drain it|Pour off the water] when a noodle is firm to the bite.',
  ], ['Put the pasta in cold oil [all night|for a week].', 'Cook the noodles in the toaster.']),
  howTo('make-sandwich', 'kitchen', ['make a sandwich', 'make a cheese sandwich', 'prepare a sandwich'], [
    '[Butter|Spread] two slices of bread.',
    '[Lay|Place] cheese and tomato [between them|on one slice].',
    '[Press|Close] it and cut it in half.',
  ], ['Put the bread between two [plates|bowls] of water.', 'Freeze the sandwich before you eat it.']),
  howTo('bake-potato', 'kitchen', ['bake a potato', 'cook a potato in the oven', 'roast potatoes'], [
    '[Scrub|Brush] the potato clean.',
    'Prick the skin with a fork and [oil|salt] it.',
    'Roast it for [an hour|fifty minutes] until the middle is soft.',
  ], ['Roast the potato for one minute.', 'Fill the oven with water first.']),
];
