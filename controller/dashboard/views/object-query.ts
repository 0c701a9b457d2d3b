import type { ObjectKey, ObjectState } from '../../../apis/dashboard/v1.ts';

/** What is asked of the list of objects. A missing set stands for any. */
export interface ObjectQuery {
  /** In lower case. */
  readonly search: string;
  readonly states?: ReadonlySet<ObjectState>;
  readonly clusters?: ReadonlySet<string>;
  readonly types?: ReadonlySet<string>;
  readonly namespace?: string;
  readonly sort: Sort;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

const SORTS = ['name', 'type', 'state', 'changed'] as const;
type Sort = (typeof SORTS)[number];

/** Worst first: that is what one looks for. */
const STATES: readonly ObjectState[] = ['failed', 'deleting', 'progressing', 'ok'];
const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1_000;
/** More text than any name has is no search. */
const LONGEST_SEARCH = 512;

export function rankOf(state: ObjectState): number {
  return STATES.indexOf(state);
}

/** By namespace and name, then by type. */
export function byName(a: ObjectKey, b: ObjectKey): number {
  const [here, there] = [a.namespace ?? '', b.namespace ?? ''];
  if (here !== there) return here < there ? -1 : 1;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.type === b.type ? 0 : a.type < b.type ? -1 : 1;
}

/** What the address says, or in words what is wrong with it. */
export function parseObjectQuery(parameters: URLSearchParams): ObjectQuery | string {
  const states = wordsOf(parameters, 'state');
  const wrong = [...(states ?? [])].find((word) => !STATES.some((state) => state === word));
  if (wrong !== undefined) return `state=${wrong} is none of ${STATES.join(', ')}`;
  const asked = parameters.get('sort') || 'name';
  const sort = SORTS.find((each) => each === asked);
  if (sort === undefined) return `sort=${asked} is none of ${SORTS.join(', ')}`;
  const order = parameters.get('order') || 'asc';
  if (order !== 'asc' && order !== 'desc') return `order=${order} is neither asc nor desc`;
  const offset = countIn(parameters, 'offset', 0);
  const limit = countIn(parameters, 'limit', DEFAULT_LIMIT);
  if (offset === undefined || limit === undefined) return 'offset and limit are whole numbers, 0 or more';
  if (limit > LARGEST_LIMIT) return `limit=${limit} is more than ${LARGEST_LIMIT}`;
  const search = (parameters.get('search') ?? '').trim().toLowerCase();
  if (search.length > LONGEST_SEARCH) return `search is longer than ${LONGEST_SEARCH} characters`;
  const clusters = wordsOf(parameters, 'cluster');
  const types = wordsOf(parameters, 'type');
  const namespace = parameters.get('namespace') ?? '';
  return {
    search,
    ...(states === undefined ? {} : { states: states as ReadonlySet<ObjectState> }),
    ...(clusters === undefined ? {} : { clusters }),
    ...(types === undefined ? {} : { types }),
    ...(namespace === '' ? {} : { namespace }),
    ...{ sort, descending: order === 'desc', offset, limit },
  };
}

function wordsOf(parameters: URLSearchParams, name: string): ReadonlySet<string> | undefined {
  const words = parameters.getAll(name).filter((word) => word !== '');
  return words.length === 0 ? undefined : new Set(words);
}

function countIn(parameters: URLSearchParams, name: string, otherwise: number): number | undefined {
  const text = parameters.get(name);
  if (text === null || text === '') return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
