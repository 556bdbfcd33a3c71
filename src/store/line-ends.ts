import { sealAt, sealLength } from './checksum';

/** Where the lines of some bytes end; what stands after the last line break is no line. */
export interface LineEnds {
  readonly count: number;
  /** Of each line the place of its line break. */
  readonly breaks: Int32Array;
  /** The place of its seal (see `sealLine`), −1 when it has none. */
  readonly seals: Int32Array;
}

/** Looks for lines in memory of its own, which the next call takes again. */
export function lineFinder(): (bytes: Buffer) => LineEnds {
  let breaks: Int32Array = new Int32Array(1024);
  let seals: Int32Array = new Int32Array(1024);
  return (bytes) => {
    let count = 0;
    for (let start = 0, end = bytes.indexOf(10); end >= 0; start = end + 1, end = bytes.indexOf(10, start)) {
      if (count === breaks.length) [breaks, seals] = [twice(breaks), twice(seals)];
      const seal = end - sealLength;
      breaks[count] = end;
      seals[count++] = seal > start && sealAt(bytes, seal) >= 0 ? seal : -1;
    }
    return { count, breaks, seals };
  };
}

function twice(ints: Int32Array): Int32Array {
  const more = new Int32Array(2 * ints.length);
  more.set(ints);
  return more;
}
