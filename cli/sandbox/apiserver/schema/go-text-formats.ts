import { goQuote } from '../errors/go-text.ts';

/** Why Go's types for times, quantities and bytes would not take a text, in Go's words; `undefined`: they would. */

export const QUANTITY_PATTERN_PROBLEM =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX = /^(|n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)$/;

export function quantityProblem(text: string): string | undefined {
  const parts = /^[+-]?(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text.trim());
  if (parts === null || `${parts[1]}${parts[2] ?? ''}` === '') return QUANTITY_PATTERN_PROBLEM;
  return SUFFIX.test(parts[3] ?? '') ? undefined : "unable to parse quantity's suffix";
}

/** RFC 3339; `digits` after the second must be there for a MicroTime. */
export function timeProblem(text: string, digits: 0 | 6): string | undefined {
  const layout = digits === 0 ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
  const problem = parseTime(text, digits);
  if (problem === undefined) return undefined;
  const wanted = problem.startsWith('cannot parse') ? ` as ${goQuote(layout)}` : '';
  return `parsing time ${goQuote(text)}${wanted}: ${problem}`;
}

/** The layout's parts, each with what it takes. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d/],
];

function parseTime(text: string, digits: 0 | 6): string | undefined {
  const numbers: number[] = [];
  let rest = text;
  for (const [part, pattern] of PARTS) {
    const match = pattern.exec(rest);
    if (match === null) return `cannot parse ${goQuote(rest)} as ${goQuote(part)}`;
    if (part.length > 1) numbers.push(Number(match[0]));
    rest = rest.slice(match[0].length);
  }
  const fraction = digits === 0 ? /^([.,]\d+)?/.exec(rest) : /^[.,]\d{6}/.exec(rest);
  if (fraction === null) return `cannot parse ${goQuote(rest)} as ".000000"`;
  rest = rest.slice(fraction[0].length);
  const zone = /^(?:Z|[+-]\d\d:\d\d)/.exec(rest);
  if (zone === null) return `cannot parse ${goQuote(rest)} as "Z07:00"`;
  if (rest.length > zone[0].length) return `extra text: ${goQuote(rest.slice(zone[0].length))}`;
  return rangeProblem(numbers);
}

function rangeProblem([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[]):
  | string
  | undefined {
  if (month < 1 || month > 12) return 'month out of range';
  if (hour > 23) return 'hour out of range';
  if (minute > 59) return 'minute out of range';
  if (second > 59) return 'second out of range';
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return day < 1 || day > lastDay ? 'day out of range' : undefined;
}

const ALPHABET = /[A-Za-z0-9+/]/;

/** Go's standard encoding: line breaks are skipped, padding is a must. */
export function base64Problem(text: string): string | undefined {
  let inQuantum = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '\n' || character === '\r') continue;
    if (character === '=') return paddingProblem(text, i, inQuantum);
    if (!ALPHABET.test(character)) return illegalAt(i);
    inQuantum = (inQuantum + 1) % 4;
  }
  return inQuantum === 0 ? undefined : illegalAt(text.length - inQuantum);
}

function paddingProblem(text: string, at: number, inQuantum: number): string | undefined {
  if (inQuantum < 2) return illegalAt(at);
  let next = at + 1;
  const skip = () => {
    while (text[next] === '\n' || text[next] === '\r') next++;
  };
  if (inQuantum === 2) {
    skip();
    if (next === text.length) return illegalAt(text.length);
    if (text[next] !== '=') return illegalAt(next);
    next++;
  }
  skip();
  return next < text.length ? illegalAt(next) : undefined;
}

function illegalAt(index: number): string {
  return `illegal base64 data at input byte ${index}`;
}
