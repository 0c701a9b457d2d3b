/**
 * Plain data as lines of YAML, to be read and compared, in the order of the fields that Kubernetes' people are used to. Only what
 * is shown: files are written by a library that knows all of YAML.
 */
export function yamlLines(value: unknown): string[] {
  return blockOf(value, '');
}

const FIRST = ['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'spec'];

function blockOf(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => itemOf(item, indent));
  if (!isRecord(value)) return textLines(value, indent);
  return sortedFields(value).flatMap(([field, content]) => {
    const key = `${indent}${scalar(field)}:`;
    const inline = inlineOf(content);
    if (inline !== undefined) return [`${key} ${inline}`];
    if (typeof content === 'string') return [`${key} |`, ...textLines(content, `${indent}  `)];
    // As kubectl writes them: the items of a list stand below its name, not to the right.
    return [key, ...blockOf(content, Array.isArray(content) ? indent : `${indent}  `)];
  });
}

function itemOf(item: unknown, indent: string): string[] {
  const inline = inlineOf(item);
  if (inline !== undefined) return [`${indent}- ${inline}`];
  if (typeof item === 'string') return [`${indent}- |`, ...textLines(item, `${indent}  `)];
  const [first = '', ...rest] = blockOf(item, `${indent}  `);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

/** What fits on the line of its name; undefined: it does not. */
function inlineOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : undefined;
  if (isRecord(value)) return sortedFields(value).length === 0 ? '{}' : undefined;
  if (typeof value === 'string') return value.includes('\n') ? undefined : scalar(value);
  return String(value ?? null);
}

function textLines(value: unknown, indent: string): string[] {
  if (typeof value !== 'string') return [`${indent}${inlineOf(value) ?? ''}`];
  return value
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd());
}

/** Quoted where YAML would read something else than this text. */
function scalar(text: string): string {
  const plain =
    /^[A-Za-z0-9_./(][^#:\n"'`{}[\],&*!|>%@]*$/.test(text) || /^[A-Za-z][\w.-]*(?:[:/][\w./@-]+)+$/.test(text);
  const other = /^(?:true|false|null|yes|no|on|off|~|[-+.\d][\d_.:eExXa-fA-F+-]*)$/i.test(text) || /^\s|\s$/.test(text);
  return plain && !other ? text : JSON.stringify(text);
}

function sortedFields(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  const rank = (field: string): number => (FIRST.includes(field) ? FIRST.indexOf(field) : FIRST.length);
  return Object.entries(value)
    .filter(([, content]) => content !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
