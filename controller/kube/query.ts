import type { Selection } from './client.ts';

/** What narrows a list or a watch. */
export function selectionQuery(selection: Selection): Query {
  const query = new Query();
  query.add('labelSelector', selection.labelSelector);
  query.add('fieldSelector', selection.fieldSelector);
  return query;
}

/** `?a=b&c=d`; nothing for nothing. */
export class Query {
  #text = '';

  add(name: string, value: string | number | undefined): void {
    if (value === undefined || value === '') return;
    this.#text += `${this.#text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }

  toString(): string {
    return this.#text;
  }
}
