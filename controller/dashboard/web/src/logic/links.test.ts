import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Filters,
  filtersOf,
  listPath,
  NO_FILTERS,
  OBJECT_STATES,
  objectsPath,
  queryOf,
  SORTS,
} from './filters.ts';
import { clusterPath, objectPath, routeOf, wayBack } from './routes.ts';

const word = fc.string({ minLength: 1, maxLength: 12 });
const filters: fc.Arbitrary<Filters> = fc.record({
  search: fc.string({ maxLength: 12 }),
  states: fc.subarray([...OBJECT_STATES]),
  clusters: fc.uniqueArray(word),
  types: fc.uniqueArray(word),
  namespace: fc.string({ maxLength: 12 }),
  sort: fc.constantFrom(...SORTS),
  order: fc.constantFrom('asc' as const, 'desc' as const),
});

it('whoever opens a shared link sees the same list', () => {
  fc.assert(
    fc.property(filters, (chosen) => {
      expect(filtersOf(queryOf(chosen))).toEqual(chosen);
    }),
  );
});

it('a list that is not narrowed has a plain address', () => {
  expect(objectsPath({})).toBe('/objects');
  expect(objectsPath({ states: ['failed'], clusters: ['earth'] })).toBe('/objects?state=failed&cluster=earth');
});

it('what a link says that is not understood is left out', () => {
  expect(filtersOf('?state=happy&sort=colour&order=up&cluster=')).toEqual(NO_FILTERS);
});

it('the server is asked for one window of rows in the order that is shown', () => {
  expect(listPath({ ...NO_FILTERS, search: 'a b' }, 200, 100)).toBe(
    'objects?search=a+b&sort=state&order=asc&offset=200&limit=100',
  );
});

it('every object and cluster has a link of its own', () => {
  const name = word.filter((text) => text !== '-');
  fc.assert(
    fc.property(name, name, word, (type, namespace, object) => {
      const key = { type, namespace, name: object };
      expect(routeOf(objectPath(key))).toEqual({ page: 'object', key });
      expect(routeOf(clusterPath(object))).toEqual({ page: 'cluster', name: object });
    }),
  );
  const key = { type: 'federatednamespaces.types.kubefed.io', name: 'a' };
  expect(routeOf(objectPath(key))).toEqual({ page: 'object', key });
});

it('an address of no page says so', () => {
  for (const path of ['/nowhere', '/objects/a/b', '/clusters/a/b', '/%zz']) expect(routeOf(path).page).toBe('unknown');
});

it('after signing in one comes back to a page of ours, and never to another site', () => {
  expect(wayBack('/objects?state=failed')).toBe('/objects?state=failed');
  for (const elsewhere of [null, '//evil.example', 'https://evil.example', '/\\evil.example', '/sign-in', '/x'])
    expect(wayBack(elsewhere)).toBe('/');
});
