import { readIfThere } from './files';

/**
 * The line, from 1, of the record with an id in a JSONL file; undefined when it is not there (any more). Of several the
 * first is meant, as for those who read the file.
 */
export async function lineOfRecord(file: string, id: string): Promise<number | undefined> {
  const bytes = await readIfThere(file);
  if (bytes === undefined) return undefined;
  const wanted = Buffer.from(JSON.stringify(id));
  let line = 1;
  let counted = 0;
  for (let hit = bytes.indexOf(wanted); hit >= 0; hit = bytes.indexOf(wanted, hit + 1)) {
    const start = bytes.lastIndexOf(10, hit) + 1;
    const end = bytes.indexOf(10, hit);
    for (; counted < start; counted++) if (bytes[counted] === 10) line++;
    if (idOf(bytes.subarray(start, end < 0 ? bytes.length : end).toString('utf8')) === id) return line;
  }
  return undefined;
}

/** The id that a line's record has; the same text may stand in it as something else. */
function idOf(line: string): unknown {
  try {
    return (JSON.parse(line.replace(/^\ufeff/, '')) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
