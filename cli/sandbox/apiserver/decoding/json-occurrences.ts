/** JSON with every key as often as it was written: `JSON.parse` keeps the last of those that come twice. */
export type Occurrences = string | number | boolean | null | readonly Occurrences[] | Entries;

/** An object's keys and values, in the order of the text. */
export class Entries {
  readonly all: (readonly [string, Occurrences])[] = [];
}

/** Of a text that is JSON, and not nested deeper than may be recursed into. */
export function occurrencesOf(text: string): Occurrences {
  return new Reader(text).value();
}

/** As `JSON.parse` has it: the last one counts. */
export function lastOf(node: Occurrences): unknown {
  if (isList(node)) return node.map(lastOf);
  if (!(node instanceof Entries)) return node;
  return Object.fromEntries(node.all.map(([key, value]) => [key, lastOf(value)]));
}

/**
 * The values that another one under the same key supersedes, each where it stood and with nothing beside it, in the order of the
 * text: of `{"spec": {"a": 1, "a": 2}}` that is `{"spec": {"a": 1}}`.
 */
export function* superseded(node: Occurrences, around: (value: unknown) => unknown = itself): Generator<unknown> {
  if (isList(node)) for (const item of node) yield* superseded(item, (value) => around([value]));
  if (!(node instanceof Entries)) return;
  const last = new Map(node.all.map(([key], at) => [key, at]));
  for (const [at, [key, child]] of node.all.entries()) {
    const within = (value: unknown): unknown => around({ [key]: value });
    if (last.get(key) !== at) yield within(lastOf(child));
    yield* superseded(child, within);
  }
}

export function isList(node: Occurrences): node is readonly Occurrences[] {
  return Array.isArray(node);
}

function itself(value: unknown): unknown {
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Occurrences {
    const opener = this.#next();
    if (opener === '{') return this.#object();
    if (opener === '[') return this.#list();
    const start = this.#at;
    if (opener === '"') this.#skipString();
    else while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string | number | boolean | null;
  }

  #object(): Entries {
    const entries = new Entries();
    this.#at += 1;
    while (this.#next() !== '}') {
      const key = this.value() as string;
      this.#next();
      this.#at += 1;
      entries.all.push([key, this.value()]);
      if (this.#next() === ',') this.#at += 1;
    }
    this.#at += 1;
    return entries;
  }

  #list(): Occurrences[] {
    const items: Occurrences[] = [];
    this.#at += 1;
    while (this.#next() !== ']') {
      items.push(this.value());
      if (this.#next() === ',') this.#at += 1;
    }
    this.#at += 1;
    return items;
  }

  /** The next character that is no space. */
  #next(): string {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text[this.#at] ?? '';
  }

  #skipString(): void {
    this.#at += 1;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at += 1;
  }
}
