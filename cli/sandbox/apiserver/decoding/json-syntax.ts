/**
 * Why a text is no JSON, in the words of Go's `encoding/json`; asked only once `JSON.parse` has refused it. And what
 * `JSON.parse` never tells: keys that come twice.
 */

import { goQuote } from '../errors/go-text.ts';

const MAX_DEPTH = 10_000;
/** As many does Go's strict decoder tell of. */
const MAX_PROBLEMS = 100;
const SPACE = ' \t\r\n';
const END = 'unexpected end of JSON input';

interface Finding {
  readonly problem: 'unknown' | 'duplicate';
  readonly path: string;
}

class GoSyntaxProblem extends Error {}

/** Where a value stands in, for the paths of duplicate keys. */
interface Frame {
  readonly isObject: boolean;
  readonly keys: Set<string>;
  readonly path: string;
  index: number;
}

class Scanner {
  readonly #text: string;
  /** The fields that the objects of a list at the top may have, where that is known. */
  readonly #itemFields: ReadonlySet<string> | undefined;
  readonly findings: Finding[] = [];
  #at = 0;
  /** Below how many containers nothing is looked at: what an unknown field holds. */
  #unread = Number.POSITIVE_INFINITY;

  constructor(text: string, itemFields?: ReadonlySet<string>) {
    this.#text = text;
    this.#itemFields = itemFields;
  }

  /** Goes over the text without recursion: it may be as deep as it likes. */
  scan(): void {
    const frames: Frame[] = [];
    let path = '';
    this.#space();
    for (;;) {
      const opened = this.#value(frames, path);
      if (opened !== undefined) {
        frames.push(opened);
        this.#space();
        const close = opened.isObject ? '}' : ']';
        if (this.#peek() !== close) {
          path = this.#member(opened, true, frames);
          continue;
        }
        this.#at += 1;
        frames.pop();
      }
      // A value has ended: so may the containers around it.
      for (;;) {
        this.#space();
        const frame = frames.at(-1);
        if (frame === undefined) {
          if (this.#at < this.#text.length) this.#fail('after top-level value');
          return;
        }
        const character = this.#peek();
        const close = frame.isObject ? '}' : ']';
        if (character === close) {
          this.#at += 1;
          frames.pop();
          continue;
        }
        if (character !== ',') this.#fail(frame.isObject ? 'after object key:value pair' : 'after array element');
        this.#at += 1;
        this.#space();
        path = this.#member(frame, false, frames);
        break;
      }
    }
  }

  /** Up to the value of the next member; returns its path. */
  #member(frame: Frame, first: boolean, frames: readonly Frame[]): string {
    if (!frame.isObject) {
      const { index } = frame;
      frame.index += 1;
      return `${frame.path}[${index}]`;
    }
    if (this.#peek() !== '"')
      this.#fail(first ? 'looking for beginning of object key string' : 'looking for beginning of object key string');
    const key = this.#string();
    const path = frame.path === '' ? key : `${frame.path}.${key}`;
    this.#look(frame, key, path, frames);
    this.#space();
    if (this.#peek() !== ':') this.#fail('after object key');
    this.#at += 1;
    this.#space();
    return path;
  }

  #look(frame: Frame, key: string, path: string, frames: readonly Frame[]): void {
    if (frames.length > this.#unread) return;
    this.#unread = Number.POSITIVE_INFINITY;
    const isItem = this.#itemFields !== undefined && frames.length === 2 && frames[0]?.isObject === false;
    if (isItem && this.#itemFields?.has(key) === false) {
      this.findings.push({ problem: 'unknown', path });
      this.#unread = frames.length;
      return;
    }
    if (frame.keys.has(key)) this.findings.push({ problem: 'duplicate', path });
    frame.keys.add(key);
  }

  /** A container's frame, once it is opened; anything else is read to its end. */
  #value(frames: readonly Frame[], path: string): Frame | undefined {
    const character = this.#peek();
    if (character === '{' || character === '[') {
      if (frames.length >= MAX_DEPTH) this.#fail('exceeded max depth');
      this.#at += 1;
      return { isObject: character === '{', keys: new Set(), path, index: 0 };
    }
    if (character === '"') this.#string();
    else if (character === 't') this.#word('true');
    else if (character === 'f') this.#word('false');
    else if (character === 'n') this.#word('null');
    else if (character === '-' || isDigit(character)) this.#number();
    else this.#fail('looking for beginning of value');
    return undefined;
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      const character = this.#peek();
      if (character === '"') break;
      if (character === '\\') {
        this.#at += 1;
        const escaped = this.#peek();
        if (escaped === 'u') {
          for (let i = 0; i < 4; i += 1) {
            this.#at += 1;
            if (!/[0-9a-fA-F]/.test(this.#peek())) this.#fail('in \\u hexadecimal character escape');
          }
        } else if (!'bfnrt\\/"'.includes(escaped)) this.#fail('in string escape code');
      } else if (character < ' ') this.#fail('in string literal');
      this.#at += 1;
    }
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i += 1) {
      if (this.#peek() !== word[i]) this.#fail(`in literal ${word} (expecting '${word[i]}')`);
      this.#at += 1;
    }
  }

  #number(): void {
    if (this.#peek() === '-') {
      this.#at += 1;
      if (!isDigit(this.#peek())) this.#fail('in numeric literal');
    }
    if (this.#peek() === '0') this.#at += 1;
    else this.#digits();
    if (this.#maybe() === '.') {
      this.#at += 1;
      if (!isDigit(this.#peek())) this.#fail('after decimal point in numeric literal');
      this.#digits();
    }
    if (this.#maybe() === 'e' || this.#maybe() === 'E') {
      this.#at += 1;
      if (this.#peek() === '+' || this.#peek() === '-') this.#at += 1;
      if (!isDigit(this.#peek())) this.#fail('in exponent of numeric literal');
      this.#digits();
    }
  }

  #digits(): void {
    while (isDigit(this.#maybe())) this.#at += 1;
  }

  #space(): void {
    while (this.#at < this.#text.length && SPACE.includes(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #maybe(): string {
    return this.#text[this.#at] ?? '';
  }

  #peek(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new GoSyntaxProblem(END);
    return character;
  }

  #fail(where: string): never {
    throw new GoSyntaxProblem(`invalid character ${quoted(this.#peek())} ${where}`);
  }
}

/** `unexpected end of JSON input`, `invalid character 'x' after object key`. */
export function jsonSyntaxProblem(text: string): string {
  try {
    new Scanner(text).scan();
  } catch (error) {
    if (error instanceof GoSyntaxProblem) return error.message;
    throw error;
  }
  return 'invalid JSON';
}

/** Paths of keys that are there already in the same object: `metadata.name`. The text is JSON. */
export function duplicateKeys(text: string): string[] {
  const scanner = new Scanner(text);
  scanner.scan();
  return [...new Set(scanner.findings.map(({ path }) => path))];
}

/**
 * What strict decoding says of a list of objects that may have `fields` and no others, in the order of the text:
 * `unknown field "[0].extra"`, `duplicate field "[0].value.a"`. The text is JSON.
 */
export function strictProblemsOfItems(text: string, fields: ReadonlySet<string>): string[] {
  const scanner = new Scanner(text, fields);
  scanner.scan();
  const problems = new Set(scanner.findings.map(({ problem, path }) => `${problem} field ${goQuote(path)}`));
  return [...problems].slice(0, MAX_PROBLEMS);
}

/**
 * Whether no key of the text was lost to another one like it: it has as many as the value. May be false for other reasons, such as
 * quotes in strings. `value` is what `JSON.parse` made of the text. @throws {RangeError} nested too deeply for recursion
 */
export function hasAllKeys(text: string, value: unknown): boolean {
  // Every key ends in these. Strings may hold `\\":` as well, which only makes more of them.
  let ends = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    let next = at + 1;
    while (SPACE.includes(text[next] ?? END)) next += 1;
    if (text[next] === ':') ends += 1;
  }
  return ends === keysIn(value, 0);
}

/** Whatever a body goes through later recurses with larger frames than this one. */
const MAX_RECURSION = 1_000;

function keysIn(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > MAX_RECURSION) throw new RangeError('nested too deeply');
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += keysIn(item, depth + 1);
    return keys;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name in fields) keys += 1 + keysIn(fields[name], depth + 1);
  return keys;
}

/** Whether Go would refuse it for being nested too deeply. */
export function isTooDeep(text: string): boolean {
  return jsonSyntaxProblem(text).endsWith('exceeded max depth');
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character.length === 1;
}

/** `strconv.Quote` in single quotes. */
function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  return `'${goQuote(character).slice(1, -1)}'`;
}
