/** An answer of Netmaker's other than 200: `{"Code":400,"Message":"…","Response":null}`. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A path that no handler has: plain text, as Go's ServeMux says it. */
export class UnknownPath extends Error {}

/** Go's words for JSON that cannot be read, as far as they were seen. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (text.startsWith('n')) throw new Refusal(400, `invalid character '${text[1]}' in literal null (expecting 'u')`);
    if (/^[[{"]/.test(text) || text === '') throw new Refusal(400, 'unexpected EOF');
    throw new Refusal(400, `invalid character '${text[0]}' looking for beginning of value`);
  }
}
