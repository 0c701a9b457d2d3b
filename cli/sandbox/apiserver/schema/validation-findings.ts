import { invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '../errors/field-errors.ts';
import { goQuote } from '../errors/go-text.ts';
import type { FieldError } from '../errors/status-error.ts';

/** What validation has found so far, each thing once, and how many checks it made: alternatives are weighed by that. */
export class Findings {
  readonly errors: FieldError[] = [];
  matches = 0;
  readonly #prefix: string;
  #seen: Set<string> | undefined;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** For what may yet be dropped. */
  apart(): Findings {
    return new Findings(this.#prefix);
  }

  merge(other: Findings): void {
    this.matches += other.matches;
    for (const error of other.errors) this.#add(error);
  }

  addRequired(name: string): void {
    this.#add(required(this.#field(name)));
  }

  /** `what` goes on from the field's name: `should be at least 3 chars long`. */
  addInvalid(name: string, value: unknown, what: string): void {
    this.#add(invalid(this.#field(name), value, `${name} in body ${what}`));
  }

  /** What a schema asks for that no number can be, in words of their own. */
  addWrongFactor(name: string, value: unknown, factor: string): void {
    const message = `factor MultipleOf declared for ${name} must be positive: ${factor}`;
    this.#add(invalid(this.#field(name), value, message));
  }

  /** `type`: the one wanted; `actual`: the one met. */
  addWrongType(name: string, type: string, actual: string): void {
    const message = `${name} in body must be of type ${type}: ${goQuote(actual)}`;
    this.#add(typeInvalid(this.#field(name), actual, message));
  }

  addNotSupported(name: string, value: unknown, supported: readonly string[]): void {
    this.#add(notSupported(this.#field(name), value, supported));
  }

  addTooLong(name: string, maximum: number): void {
    this.#add(tooLong(this.#field(name), maximum));
  }

  addTooMany(name: string, actual: number, maximum: number): void {
    this.#add(tooMany(this.#field(name), actual, maximum));
  }

  addForbiddenProperty(name: string, key: string): void {
    this.#add(invalid(this.#field(name), key, `${name}.${key} in body is a forbidden property`));
  }

  /** Kubernetes forgets where these were found; the message names the place. */
  addUnplaced(message: string): void {
    this.#add(invalid(this.#field(''), '', message));
  }

  #field(name: string): string {
    const bare = name.startsWith('.') ? name.slice(1) : name;
    if (bare === '') return this.#prefix === '' ? '<nil>' : this.#prefix;
    return this.#prefix === '' ? bare : `${this.#prefix}.${bare}`;
  }

  #add(error: FieldError): void {
    this.#seen ??= new Set();
    const text = `${error.field}: ${error.message}`;
    if (this.#seen.has(text)) return;
    this.#seen.add(text);
    this.errors.push(error);
  }
}
