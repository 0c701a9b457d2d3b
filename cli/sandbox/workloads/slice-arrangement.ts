import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { EndpointSlice, Pod } from './kinds.ts';
import type { EndpointGroup, EndpointPort } from './service-endpoints.ts';

/** Kubernetes' own limit. */
const ENDPOINTS_PER_SLICE = 100;

type Slice = DeepReadonly<EndpointSlice>;

export interface WantedSlice {
  /** `undefined`: there is none for it yet. */
  readonly slice: Slice | undefined;
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly ports: readonly EndpointPort[];
}

/**
 * Which Pod belongs in which slice. Those that are in one stay there, others fill what has room: each change touches one slice and not all that
 * come after it. A Service without Pods keeps one slice, without endpoints.
 */
export function arrangeSlices(
  groups: readonly EndpointGroup[],
  existing: readonly Slice[],
): { readonly wanted: readonly WantedSlice[]; readonly surplus: readonly Slice[] } {
  const free = [...existing];
  const wanted: { slice: Slice | undefined; pods: DeepReadonly<Pod>[]; ports: readonly EndpointPort[] }[] = [];
  for (const { pods, ports } of groups) {
    const homeless = new Map(pods.map((pod) => [pod.metadata.uid ?? '', pod]));
    const homes: typeof wanted = [];
    for (const slice of existing.filter((candidate) => isEqual(candidate.ports ?? [], ports))) {
      const staying = uidsIn(slice).flatMap((uid) => homeless.get(uid) ?? []);
      if (staying.length === 0) continue;
      for (const { metadata } of staying) homeless.delete(metadata.uid ?? '');
      homes.push({ slice, pods: staying, ports });
      free.splice(free.indexOf(slice), 1);
    }
    for (const pod of homeless.values()) {
      let home = homes.find((candidate) => candidate.pods.length < ENDPOINTS_PER_SLICE);
      if (home === undefined) {
        home = { slice: free.shift(), pods: [], ports };
        homes.push(home);
      }
      home.pods.push(pod);
    }
    wanted.push(...homes);
  }
  if (wanted.length === 0) wanted.push({ slice: free.shift(), pods: [], ports: [] });
  return { wanted, surplus: free };
}

function uidsIn({ endpoints }: Slice): string[] {
  const list = (endpoints ?? []) as readonly { readonly targetRef?: { readonly uid?: string } }[];
  return list.flatMap(({ targetRef }) => targetRef?.uid ?? []);
}
