/** Text as Go prints it, for messages that are to read like the real API server's. */

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** `strconv.Quote`, which is `%q`. */
export function goQuote(text: string): string {
  if (!/[\\"\p{C}\p{Z}]/u.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const character of text) quoted += ESCAPES[character] ?? printable(character);
  return `${quoted}"`;
}

function printable(character: string): string {
  if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A Go struct: shown with its fields in the order given here, where a map is shown by its keys' order. */
export class GoStruct {
  readonly fields: object;

  constructor(fields: object) {
    this.fields = fields;
  }

  toJSON(): object {
    return this.fields;
  }
}

/** `json.Marshal`: keys in order, and what HTML might misread escaped. `undefined` is nil. */
export function goJson(value: unknown): string {
  const inOrder = value instanceof GoStruct;
  const text = JSON.stringify(value, inOrder ? undefined : (_, part: unknown) => (isMap(part) ? sorted(part) : part));
  return (text ?? 'null').replace(/[<>&\u2028\u2029]/g, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sorted(map: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `%v` of a float64. */
export function goNumber(value: number): string {
  const text = String(value);
  const small = Math.abs(value) < 1e-4 && value !== 0;
  if (!small) return text;
  const [mantissa = '', exponent = ''] = value.toExponential().split('e-');
  return `${mantissa}e-${exponent.padStart(2, '0')}`;
}
