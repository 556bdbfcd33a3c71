/**
 * The line, from 1, on which a value stands in a JSON text: that of its key, or of its beginning in a list. Undefined when
 * there is no such value, or the text is no JSON as far as it must be read.
 * @param path keys and indices from the outside in, e.g. `['tasks', 0, 'preference', 'form']`
 */
export function lineOfJson(text: string, path: readonly (string | number)[]): number | undefined {
  const found = locate(text, path);
  if (found === undefined) return undefined;
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < found; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** One level of the text that is open at the place where the reader is. */
interface Level {
  readonly list: boolean;
  /** The key or index of the value that is read now. */
  at: string | number | undefined;
}

function locate(text: string, path: readonly (string | number)[]): number | undefined {
  const open: Level[] = [];
  let key: { readonly name: string; readonly index: number } | undefined;
  const here = (): boolean => open.length === path.length && open.every((level, i) => String(level.at) === String(path[i]) && level.at !== undefined);
  for (const match of text.matchAll(token)) {
    const [word] = match;
    const top = open.at(-1);
    if (word === '}' || word === ']') {
      open.pop();
      continue;
    }
    if (word === ',') {
      if (top) top.at = top.list ? Number(top.at) + 1 : undefined;
      continue;
    }
    if (word === ':') {
      if (top && key) top.at = key.name;
      if (here()) return key?.index;
      continue;
    }
    if (top && !top.list && top.at === undefined) {
      key = { name: unquoted(word), index: match.index };
      continue;
    }
    if (top?.list !== false && here()) return match.index;
    if (word === '{') open.push({ list: false, at: undefined });
    else if (word === '[') open.push({ list: true, at: 0 });
  }
  return undefined;
}

function unquoted(word: string): string {
  try {
    return String(JSON.parse(word));
  } catch {
    return word;
  }
}
