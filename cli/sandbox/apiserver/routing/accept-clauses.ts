/** One of the types of an Accept header. */
export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The clauses, better ones first, as Kubernetes' library reads them: what is not understood is not there. */
export function acceptClauses(header: string): AcceptClause[] {
  const clauses: (AcceptClause & { readonly quality: number })[] = [];
  for (const part of header.split(',')) {
    const [range = '', ...rest] = part.split(';');
    const [type = '', subtype, ...more] = range.split('/').map(trimmed);
    if (more.some((each) => each !== '')) continue;
    const isAny = type === '*' && (subtype === undefined || subtype === '');
    if (!isAny && (subtype === undefined || subtype === '')) continue;
    const parameters = new Map<string, string>();
    let quality = 1;
    for (const parameter of rest) {
      const [key = '', value = '', ...others] = parameter.split('=');
      if (value === '' || others.some((each) => each !== '')) continue;
      if (trimmed(key) === 'q') quality = Number.isFinite(Number(value)) ? Number(value) : 0;
      else parameters.set(trimmed(key), trimmed(value));
    }
    clauses.push({ type, subtype: isAny ? '*' : (subtype ?? ''), parameters, quality });
  }
  return clauses.sort((a, b) => b.quality - a.quality || specificity(b) - specificity(a));
}

function specificity({ type, subtype }: AcceptClause): number {
  return Number(type !== '*') + Number(subtype !== '*');
}

export function accepts({ type, subtype }: AcceptClause, mediaType: string): boolean {
  if (type === '*' && subtype === '*') return true;
  const [own, ownSubtype] = mediaType.split('/');
  return type === own && (subtype === ownSubtype || subtype === '*');
}

/** The router of Kubernetes' built-in APIs looks at the header first and by itself: types in full, parameters aside. */
export function routerAccepts(header: string, mediaTypes: readonly string[]): boolean {
  return header === '' || typesIn(header).some((type) => type === '*/*' || mediaTypes.includes(type));
}

/** It reads the type of a body as if there might be many, too. */
export function routerConsumes(header: string, mediaTypes: readonly string[]): boolean {
  return typesIn(header).some((type) => mediaTypes.includes(type));
}

function typesIn(header: string): string[] {
  return header.split(',').map((part) => trimmed(part.split(';', 1)[0] ?? ''));
}

/** Of spaces, and of nothing else. */
function trimmed(text: string): string {
  return text.replace(/^ +| +$/g, '');
}
