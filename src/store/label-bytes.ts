import { asciiText } from './byte-intern';
import { plainEnd } from './label-item-bytes';

export const quote = 0x22;
export const comma = 0x2c;
export const brace = 0x7d;

/** Whether a value can end before this byte. */
export const ends = (byte: number): boolean => byte === comma || byte === brace;

/** After any JSON value of ASCII without escapes and blanks; −1 when it is not one. */
export function valueEnd(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === quote) {
      i = plainEnd(bytes, i, bytes.length) - 1;
      if (i < 0) return -1;
      if (depth === 0) return i + 1;
    } else if (byte === 0x5b || byte === 0x7b) depth++;
    else if (byte === 0x5d || byte === brace) {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (byte === comma) {
      if (depth === 0) return i;
    } else if (byte <= 0x20 || byte > 0x7e) return -1;
  }
  return -1;
}

/** `"2026-11-22T` of a day that is in the calendar; the 29th of February is for the general reader. */
export function isDay(bytes: Uint8Array, start: number): boolean {
  const month = two(bytes, start + 6);
  const day = two(bytes, start + 9);
  const days = month === 2 ? 28 : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return bytes[start] === quote && two(bytes, start + 1) >= 0 && two(bytes, start + 3) >= 0 && bytes[start + 5] === 0x2d && month >= 1 && month <= 12 && bytes[start + 8] === 0x2d && day >= 1 && day <= days && bytes[start + 11] === 0x54;
}

/** Milliseconds of `10:00:00.000Z"`, −1 when it is no time of day. */
export function timeOfDay(bytes: Uint8Array, start: number): number {
  const hours = two(bytes, start);
  const minutes = two(bytes, start + 3);
  const seconds = two(bytes, start + 6);
  const hundredths = two(bytes, start + 9);
  const last = bytes[start + 11]! - 0x30;
  const right =
    hours >= 0 && hours <= 23 && bytes[start + 2] === 0x3a && minutes >= 0 && minutes <= 59 && bytes[start + 5] === 0x3a && seconds >= 0 && seconds <= 59 &&
    bytes[start + 8] === 0x2e && hundredths >= 0 && last >= 0 && last <= 9 && bytes[start + 12] === 0x5a && bytes[start + 13] === quote;
  return right ? hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + hundredths * 10 + last : -1;
}

const timeBytes = Buffer.from('0000-00-00T00:00:00.000Z', 'latin1');

/** `2026-11-22T10:00:00.000Z` of a row's day and milliseconds; made of bytes, since a text put together of texts keeps them all. */
export function timeText(day: number, ms: number): string {
  // The day of the month is 1 to 31, the month 1 to 12: both are shifted so that they start at 0.
  const shifted = day - 32;
  const year = Math.floor(shifted / 372);
  putTwo(0, Math.floor(year / 100));
  putTwo(2, year % 100);
  putTwo(5, Math.floor((shifted % 372) / 31) + 1);
  putTwo(8, (shifted % 31) + 1);
  putTwo(11, Math.floor(ms / 3_600_000));
  putTwo(14, Math.floor(ms / 60_000) % 60);
  putTwo(17, Math.floor(ms / 1000) % 60);
  putTwo(20, Math.floor(ms / 10) % 100);
  timeBytes[22] = 0x30 + (ms % 10);
  return asciiText(timeBytes, 0, timeBytes.length);
}

function putTwo(at: number, value: number): void {
  timeBytes[at] = 0x30 + Math.floor(value / 10);
  timeBytes[at + 1] = 0x30 + (value % 10);
}

/** Two digits as a number, else −1. */
export function two(bytes: Uint8Array, start: number): number {
  const a = bytes[start]! - 0x30;
  const b = bytes[start + 1]! - 0x30;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? 10 * a + b : -1;
}
