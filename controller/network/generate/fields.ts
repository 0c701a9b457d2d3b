import { GenerateError } from './generate-error.ts';

/** Reads plain data of unknown shape, with the path of what is wrong in each error. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** @throws GenerateError when it is no mapping, or has a field that is not known here */
  constructor(value: unknown, path: string, known: readonly string[]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new GenerateError(
        `${path === '' ? 'the file' : path} is no mapping`,
        `its fields are: ${known.join(', ')}`,
      );
    }
    this.#value = { ...value };
    this.#path = path;
    const stranger = Object.keys(this.#value).find((key) => !known.includes(key));
    if (stranger !== undefined) {
      throw new GenerateError(`${this.at(stranger)} is not known`, `fields there are: ${known.join(', ')}`);
    }
  }

  at(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }

  text(field: string): string {
    const value = this.#value[field];
    if (typeof value !== 'string' || value === '')
      throw new GenerateError(`${this.at(field)} is missing`, 'it is a text');
    return value;
  }

  optionalText(field: string): string | undefined {
    return this.#value[field] === undefined ? undefined : this.text(field);
  }

  flag(field: string): boolean {
    const value = this.#value[field] ?? false;
    if (typeof value !== 'boolean')
      throw new GenerateError(`${this.at(field)} is neither true nor false`, 'write true or false');
    return value;
  }

  list(field: string): unknown[] {
    const value = this.#value[field] ?? [];
    if (!Array.isArray(value))
      throw new GenerateError(`${this.at(field)} is no list`, 'write one entry a line, each after a dash');
    return value;
  }

  /** A list of texts, each made into what it stands for; `read` gets the path of its entry. */
  texts<Entry>(field: string, read: (where: string, text: string) => Entry): Entry[] {
    return this.list(field).map((entry, index) => {
      const where = `${this.at(field)}[${index}]`;
      if (typeof entry !== 'string') throw new GenerateError(`${where} is no text`, 'put it in quotes');
      return read(where, entry);
    });
  }

  objects<Entry>(field: string, known: readonly string[], read: (fields: Fields) => Entry): Entry[] {
    return this.list(field).map((entry, index) => read(new Fields(entry, `${this.at(field)}[${index}]`, known)));
  }

  object(field: string, known: readonly string[]): Fields {
    return new Fields(this.#value[field] ?? {}, this.at(field), known);
  }
}
