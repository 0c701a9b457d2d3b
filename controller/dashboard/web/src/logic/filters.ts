import type { ObjectState } from '../../../../../apis/dashboard/v1.ts';

export const OBJECT_STATES: readonly ObjectState[] = ['failed', 'progressing', 'deleting', 'ok'];
export const SORTS = ['name', 'type', 'state', 'changed'] as const;
export type Sort = (typeof SORTS)[number];

/** What the list of objects is narrowed to; the query string of its address says the same. */
export interface Filters {
  readonly search: string;
  readonly states: readonly ObjectState[];
  readonly clusters: readonly string[];
  readonly types: readonly string[];
  readonly namespace: string;
  readonly sort: Sort;
  readonly order: 'asc' | 'desc';
}

export const NO_FILTERS: Filters = {
  search: '',
  states: [],
  clusters: [],
  types: [],
  namespace: '',
  sort: 'state',
  order: 'asc',
};

/** What is not understood is left out: an old link still shows a list. */
export function filtersOf(query: string): Filters {
  const params = new URLSearchParams(query);
  return {
    search: params.get('search') ?? '',
    states: OBJECT_STATES.filter((state) => params.getAll('state').includes(state)),
    clusters: unique(params.getAll('cluster')),
    types: unique(params.getAll('type')),
    namespace: params.get('namespace') ?? '',
    sort: SORTS.find((sort) => sort === params.get('sort')) ?? NO_FILTERS.sort,
    order: params.get('order') === 'desc' ? 'desc' : 'asc',
  };
}

/** The same filters always give the same query, without what is not narrowed. Starts with `?` unless empty. */
export function queryOf(filters: Filters): string {
  const params = new URLSearchParams();
  if (filters.search !== '') params.set('search', filters.search);
  for (const state of filters.states) params.append('state', state);
  for (const cluster of filters.clusters) params.append('cluster', cluster);
  for (const type of filters.types) params.append('type', type);
  if (filters.namespace !== '') params.set('namespace', filters.namespace);
  if (filters.sort !== NO_FILTERS.sort) params.set('sort', filters.sort);
  if (filters.order !== NO_FILTERS.order) params.set('order', filters.order);
  const query = params.toString();
  return query === '' ? '' : `?${query}`;
}

export function objectsPath(filters: Partial<Filters>): string {
  return `/objects${queryOf({ ...NO_FILTERS, ...filters })}`;
}

export function isNarrowed({ search, states, clusters, types, namespace }: Filters): boolean {
  return search !== '' || namespace !== '' || states.length + clusters.length + types.length > 0;
}

/** The list's address at the server, for one window of rows. */
export function listPath(filters: Filters, offset: number, limit: number): string {
  const params = new URLSearchParams(queryOf(filters));
  params.set('sort', filters.sort);
  params.set('order', filters.order);
  params.set('offset', String(offset));
  params.set('limit', String(limit));
  return `objects?${params}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ''))];
}
