/**
 * JSON as Go's `json.Encoder` writes it, without the newline at the end: members sorted, `<`, `>`, `&` and the two line
 * separators escaped. KubeFed's hashes are of this text.
 *
 * Numbers: Go and JavaScript write a float64 alike (Go follows ECMAScript here). `int64` is for data that KubeFed kept
 * as Kubernetes decodes it, whole numbers being int64 there: above 2^53 all their digits are written. (A whole number
 * that no float64 holds exactly has lost digits before it comes here; its hash differs from KubeFed's, which costs one
 * comparison of the content.)
 */
export function canonicalJson(value: unknown, wholeNumbers: 'float64' | 'int64' = 'float64'): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return wholeNumbers === 'int64' && isLargeInt64(value) ? BigInt(value).toString() : `${value}`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? listOf(value, wholeNumbers) : objectOf(value, wholeNumbers);
    default:
      return 'null';
  }
}

function listOf(list: readonly unknown[], wholeNumbers: 'float64' | 'int64'): string {
  let text = '[';
  for (const [index, element] of list.entries()) {
    if (index > 0) text += ',';
    text += canonicalJson(element, wholeNumbers);
  }
  return `${text}]`;
}

function objectOf(object: object, wholeNumbers: 'float64' | 'int64'): string {
  let text = '{';
  for (const name of sortedNames(object)) {
    const value = (object as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${quote(name)}:${canonicalJson(value, wholeNumbers)}`;
  }
  return `${text}}`;
}

/** Go sorts by UTF-8 bytes, JavaScript by UTF-16 units: not the same where surrogates are involved. */
function sortedNames(object: object): string[] {
  const names = Object.keys(object).sort();
  return names.some((name) => SURROGATE.test(name)) ? names.sort(byUtf8) : names;
}

const SURROGATE = /[\ud800-\udfff]/;

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isLargeInt64(value: number): boolean {
  return !Number.isSafeInteger(value) && Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that JSON has to escape
const ESCAPED = /["\\<>&\u0000-\u001f\u2028\u2029]/g;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function quote(text: string): string {
  return `"${text.replace(ESCAPED, escaped)}"`;
}

/** Backspace and form feed have no short form in the Go releases that KubeFed was built with. */
function escaped(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
