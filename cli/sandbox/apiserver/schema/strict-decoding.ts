/**
 * What `fieldValidation` objects to, in Kubernetes' words. For `Strict` all of it makes one refusal
 * (`strict decoding error: unknown field "spec.foo"`), for `Warn` each makes a warning.
 *
 * @param unknown paths, as pruning names them
 * @param duplicates paths, as `duplicateFields` names them
 */
export function strictProblems(unknown: readonly string[], duplicates: readonly string[], custom: boolean): string[] {
  const inOrder = custom ? [...unknown].sort() : unknown;
  return [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...inOrder.map((path) => `unknown field "${path}"`),
  ];
}

export function strictDecodingError(problems: readonly string[]): string {
  return `strict decoding error: ${problems.join(', ')}`;
}

/**
 * The fields that occur more than once in a JSON object of this text, as paths from its root, each once. JSON.parse keeps the last
 * and says nothing. The text must have been parsed: what is no JSON is not understood here.
 */
export function duplicateFields(json: string): string[] {
  const duplicates: string[] = [];
  // A stack of its own: texts nest deeper than calls may.
  const open: { readonly keys: Set<string> | undefined; path: string; index: number; key: string }[] = [];
  let expectsKey = false;
  for (let i = 0; i < json.length; i++) {
    const top = open[open.length - 1];
    switch (json.charCodeAt(i)) {
      case 0x7b: // {
      case 0x5b: {
        const isMap = json[i] === '{';
        open.push({ keys: isMap ? new Set() : undefined, path: pathOf(top), index: 0, key: '' });
        expectsKey = isMap;
        break;
      }
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        expectsKey = false;
        break;
      case 0x2c: // ,
        if (top !== undefined) top.index++;
        expectsKey = top?.keys !== undefined;
        break;
      case 0x22: {
        const end = endOfString(json, i);
        if (expectsKey && top?.keys !== undefined) {
          top.key = keyAt(json, i, end);
          if (top.keys.has(top.key)) {
            const path = pathOf(top);
            if (!duplicates.includes(path)) duplicates.push(path);
          }
          top.keys.add(top.key);
          expectsKey = false;
        }
        i = end;
        break;
      }
    }
  }
  return duplicates;
}

function pathOf(
  place: { readonly keys: Set<string> | undefined; path: string; index: number; key: string } | undefined,
): string {
  if (place === undefined) return '';
  if (place.keys === undefined) return `${place.path}[${place.index}]`;
  return place.path === '' ? place.key : `${place.path}.${place.key}`;
}

/** The index of the closing quote. */
function endOfString(json: string, start: number): number {
  for (let i = json.indexOf('"', start + 1); i >= 0; i = json.indexOf('"', i + 1)) {
    let backslashes = 0;
    while (json[i - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return i;
  }
  return json.length;
}

function keyAt(json: string, start: number, end: number): string {
  const raw = json.slice(start + 1, end);
  return raw.includes('\\') ? String(JSON.parse(json.slice(start, end + 1))) : raw;
}
