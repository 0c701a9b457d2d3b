/**
 * One step of a path to a field, as FieldsV1 writes it: `f:spec`, `k:{"name":"web"}` (an item of a list of maps, by its keys),
 * `v:"a"` (an item of a set), `i:0` (by its place).
 */
export type PathElement = string;

export type Scalar = string | number | boolean | null;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

export function valueElement(value: Scalar): PathElement {
  return `v:${scalarJson(value)}`;
}

/** `keys`: name and value of each, sorted by name. */
export function keyElement(keys: readonly (readonly [string, unknown])[]): PathElement {
  return `k:{${keys.map(([name, value]) => `${JSON.stringify(name)}:${json(value)}`).join(',')}}`;
}

function json(value: unknown): string {
  return typeof value === 'object' && value !== null ? escaped(JSON.stringify(value)) : scalarJson(value as Scalar);
}

function scalarJson(value: Scalar): string {
  return typeof value === 'string' ? escaped(JSON.stringify(value)) : String(value);
}

/** Go's encoder escapes what could end a script element. */
function escaped(text: string): string {
  if (!/[<>&\u2028\u2029]/.test(text)) return text;
  return text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Reads an element that a client wrote and writes it in its one way. `undefined`: of a type that nobody knows yet, to be
 * dropped.
 * @throws SyntaxError for what is no element
 */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new SyntaxError('key must be 2 characters long:');
  if (text[1] !== ':') throw new SyntaxError(`missing colon: ${text}`);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return `v:${json(JSON.parse(text.slice(2)))}`;
    case 'k':
      return keyElement(sortedKeys(text));
    case 'i':
      if (!/^[+-]?\d+$/.test(text.slice(2))) throw new SyntaxError(`no index: ${text}`);
      return `i:${Number(text.slice(2))}`;
    default:
      return undefined;
  }
}

function sortedKeys(text: string): [string, unknown][] {
  const keys: unknown = JSON.parse(text.slice(2));
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) throw new SyntaxError(`no keys: ${text}`);
  return Object.entries(keys).sort(([a], [b]) => compareText(a, b));
}

/** Fields come first, then items by key, by value, by place. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  if (a.startsWith('f:') && b.startsWith('f:')) return compareText(a, b);
  const kind = KINDS.indexOf(a.charAt(0)) - KINDS.indexOf(b.charAt(0));
  if (kind !== 0) return kind;
  switch (a.charAt(0)) {
    case 'k':
      return compareKeys(sortedKeys(a), sortedKeys(b));
    case 'v':
      return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
    default:
      return Number(a.slice(2)) - Number(b.slice(2));
  }
}

const KINDS = 'fkvi';

function compareKeys(a: readonly [string, unknown][], b: readonly [string, unknown][]): number {
  for (const [index, [name, value]] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareText(name, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers before strings before booleans before null, as structured-merge-diff orders values. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const order = rank(a) - rank(b);
  return order === 0 ? compareText(JSON.stringify(a), JSON.stringify(b)) : order;
}

function rank(value: unknown): number {
  if (value === null) return 5;
  if (Array.isArray(value)) return 3;
  return ['number', 'string', 'boolean', '', 'object'].indexOf(typeof value);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As messages name it: `.spec`, `[name="web"]`, `[="a"]`, `[0]`. */
export function elementText(element: PathElement): string {
  const rest = element.slice(2);
  switch (element.charAt(0)) {
    case 'f':
      return `.${rest}`;
    case 'k':
      return `[${sortedKeys(element)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    case 'v':
      return `[=${JSON.stringify(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
}
