import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { endpointKey } from './endpoints.ts';
import type { Endpoint } from './kinds.ts';

/** As many as Kubernetes' own controller puts into one EndpointSlice. */
export const MAX_ENDPOINTS = 100;

export interface PackedSlice {
  readonly name: string;
  readonly endpoints: readonly DeepReadonly<Endpoint>[];
}

/**
 * Shares endpoints out among slices so that few are rewritten: an endpoint stays where it is, what is new fills slices that change anyway,
 * then the fullest that have room, then new ones. Begun anew only where more than twice as many slices are in use as are needed.
 * @param existing slices of the same cluster, family and ports
 * @param prefix names of new slices are this and a number
 * @returns all slices that ought to be; those of `existing` that are missing are to go
 */
export function packEndpoints(
  endpoints: readonly DeepReadonly<Endpoint>[],
  existing: readonly PackedSlice[],
  prefix: string,
): PackedSlice[] {
  const wanted = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const kept = existing
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, endpoints: had }) => {
      const still: DeepReadonly<Endpoint>[] = [];
      for (const endpoint of had.slice(0, MAX_ENDPOINTS)) {
        const now = wanted.get(endpointKey(endpoint));
        if (now === undefined) continue;
        still.push(now);
        // An endpoint that two slices have stays in the first.
        wanted.delete(endpointKey(endpoint));
      }
      return { name, endpoints: still, changed: !isEqual(still, had) };
    })
    .filter((slice) => slice.endpoints.length > 0);
  const needed = Math.ceil(endpoints.length / MAX_ENDPOINTS);
  if (kept.length > 2 * needed && existing.length > 0) return packEndpoints(endpoints, [], prefix);
  const inOrder = kept.toSorted(
    (a, b) => Number(b.changed) - Number(a.changed) || b.endpoints.length - a.endpoints.length,
  );
  const added = [...wanted.values()];
  for (const slice of inOrder) slice.endpoints.push(...added.splice(0, MAX_ENDPOINTS - slice.endpoints.length));
  const packed: PackedSlice[] = kept.map(({ name, endpoints: held }) => ({ name, endpoints: held }));
  const taken = new Set(packed.map(({ name }) => name));
  for (let number = 1; added.length > 0; number += 1) {
    const name = `${prefix}${number}`;
    if (!taken.has(name)) packed.push({ name, endpoints: added.splice(0, MAX_ENDPOINTS) });
  }
  return packed;
}
