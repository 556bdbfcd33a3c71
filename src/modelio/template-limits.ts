import { Interpreter } from '@huggingface/jinja';

/**
 * A chat template is a program from a stranger. What one may do: expressions, and elements of lists and (eight each) letters of texts that it makes;
 * so many at least, and so many for each element and eight letters of the conversation. A turn takes some fifty expressions.
 */
const least = 500_000;
const perElement = 50;
/** The greatest number that may be given to a filter or function: `indent(1e9)` would make a text of a billion spaces. */
const mostArgument = 1_000_000;

/** What is used of the library's values and syntax. */
interface RuntimeValue {
  readonly type: string;
  value: unknown;
}
interface Syntax {
  readonly type: string;
  readonly property?: { readonly type: string };
}
interface Patched {
  global: { variables: Map<string, RuntimeValue> };
  run(program: unknown): RuntimeValue;
  evaluate(statement: Syntax | undefined, environment: unknown): RuntimeValue;
  evaluateArguments(args: unknown, environment: unknown): [RuntimeValue[], Map<string, RuntimeValue>];
}

/** What the rendering that is going on may still do. */
let left = 0;

function spend(amount: number): void {
  left -= amount;
  if (left < 0) throw new Error('it does more than any chat template has to (a loop without end?)');
}

/** Values that are made, and not only looked up. */
const makes = ({ type, property }: Syntax): boolean => type !== 'Identifier' && !(type === 'MemberExpression' && property?.type !== 'SliceExpression');

/** Of lists and objects that were met. */
let weights = new WeakMap<object, number>();

/** Elements with those within them, however often the same one is met: what it takes to write them out. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return value.length >> 3;
  if (!Array.isArray(value) && !(value instanceof Map)) return 0;
  let weight = weights.get(value);
  if (weight === undefined) {
    // While it is weighed: for one that is within itself.
    weights.set(value, 0);
    weight = 0;
    for (const inner of value.values() as Iterable<RuntimeValue>) weight += 1 + weigh(inner.value);
    weights.set(value, weight);
  }
  return weight;
}

/** Number of elements of `range(start, stop, step)`. */
function rangeLength(args: readonly RuntimeValue[]): number {
  const [a = 0, b, step = 1] = args.map((x) => Number(x.value));
  const [start, stop] = b === undefined ? [0, a] : [a, b];
  const length = (stop - start) / step;
  return length > 0 ? length : 0;
}

let limitsSet = false;

/** Puts the limits into the interpreter, once for all templates. They hold for every rendering from its beginning. */
export function limitTemplates(): void {
  if (limitsSet) return;
  limitsSet = true;
  const prototype = Interpreter.prototype as unknown as Patched;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- each is called with its interpreter
  const { run, evaluate, evaluateArguments } = prototype;
  prototype.run = function (program) {
    weights = new WeakMap();
    left = least + perElement * weigh(this.global.variables.get('messages')?.value);
    const range = this.global.variables.get('range');
    if (range !== undefined) {
      const plain = range.value as (args: RuntimeValue[], environment: unknown) => RuntimeValue;
      range.value = (args: RuntimeValue[], environment: unknown) => {
        spend(rangeLength(args));
        return plain(args, environment);
      };
    }
    return run.call(this, program);
  };
  prototype.evaluate = function (statement, environment) {
    spend(1);
    const result = evaluate.call(this, statement, environment);
    if (statement !== undefined && makes(statement)) {
      spend(weigh(result.value));
    }
    return result;
  };
  prototype.evaluateArguments = function (args, environment) {
    const found = evaluateArguments.call(this, args, environment);
    for (const { value } of [...found[0], ...found[1].values()]) if (typeof value === 'number' && !(Math.abs(value) <= mostArgument)) throw new Error(`${value} is too large a number for a function`);
    return found;
  };
}
