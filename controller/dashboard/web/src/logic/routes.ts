import type { ObjectKey } from '../../../../../apis/dashboard/v1.ts';

/** A page, by what stands in the address. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'clusters' }
  | { readonly page: 'cluster'; readonly name: string }
  | { readonly page: 'objects' }
  | { readonly page: 'object'; readonly key: ObjectKey }
  | { readonly page: 'reachability' }
  | { readonly page: 'topology' }
  | { readonly page: 'receipts' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'unknown' };

const PLAIN = ['clusters', 'objects', 'reachability', 'topology', 'receipts', 'sign-in'] as const;

/** Stands where kinds without namespaces have none. */
const NO_NAMESPACE = '-';

/** @param pathname of the address, encoded */
export function routeOf(pathname: string): Route {
  const parts = pathname.split('/').filter((part) => part !== '');
  const names = parts.map(decoded);
  const [first, second, namespace, name] = names;
  if (names.includes(undefined)) return { page: 'unknown' };
  if (first === undefined) return { page: 'overview' };
  if (first === 'clusters' && second !== undefined && parts.length === 2) return { page: 'cluster', name: second };
  if (first === 'objects' && parts.length === 4 && second && namespace && name) {
    const key = { type: second, name };
    return { page: 'object', key: namespace === NO_NAMESPACE ? key : { ...key, namespace } };
  }
  const page = PLAIN.find((plain) => plain === first);
  return page !== undefined && parts.length === 1 ? { page } : { page: 'unknown' };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // not ours: no link of this page is encoded wrongly
  }
}

export function clusterPath(name: string): string {
  return `/clusters/${encodeURIComponent(name)}`;
}

export function objectPath({ type, namespace, name }: ObjectKey): string {
  return `/objects/${[type, namespace ?? NO_NAMESPACE, name].map(encodeURIComponent).join('/')}`;
}

export function isSameObject(a: ObjectKey, b: ObjectKey): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.type === b.type;
}

/** `namespace/name`, or the name alone. */
export function objectTitle({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/**
 * Where to go after signing in: a page of ours, whatever a link says.
 * @param from of the query string
 */
export function wayBack(from: string | null): string {
  if (from === null || !from.startsWith('/') || from.startsWith('//') || from.includes('\\')) return '/';
  const page = routeOf(from.split(/[?#]/)[0] ?? '').page;
  return page === 'unknown' || page === 'sign-in' ? '/' : from;
}
