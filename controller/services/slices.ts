import { createHash } from 'node:crypto';
import isEqual from 'lodash/isEqual.js';
import type { DeepReadonly, OwnerReference } from '../../apis/meta/v1.ts';
import { MCS_SERVICE_LABEL, MCS_SOURCE_LABEL } from '../../apis/multicluster/labels.ts';
import type { EndpointGroup } from './endpoints.ts';
import { type EndpointSlice, MANAGED_BY, MANAGED_BY_LABEL, OWNER_LABEL, SERVICE_NAME_LABEL } from './kinds.ts';
import { packEndpoints } from './packing.ts';

/** To which Service of the importing cluster EndpointSlices belong, and where their endpoints are. */
export interface SliceSet {
  readonly namespace: string;
  /** The Service that they are for: the derived one, or the local one of the exported name. */
  readonly service: { readonly name: string; readonly uid: string };
  /** The multi-cluster Service; undefined where they belong to a local Service, of which DNS for multi-cluster Services is to know nothing. */
  readonly exported: string | undefined;
  readonly source: string;
  readonly controlPlaneUid: string;
}

export interface SliceWrites {
  readonly create: readonly EndpointSlice[];
  readonly replace: readonly EndpointSlice[];
  readonly remove: readonly DeepReadonly<EndpointSlice>[];
}

/** What makes the EndpointSlices of a set be as they ought to. */
export function planSlices(
  set: SliceSet,
  groups: readonly EndpointGroup[],
  present: readonly DeepReadonly<EndpointSlice>[],
): SliceWrites {
  const create: EndpointSlice[] = [];
  const replace: EndpointSlice[] = [];
  const left = new Map(present.map((slice) => [slice.metadata.name ?? '', slice]));
  for (const group of groups) {
    const prefix = `${set.service.name}-${set.source}-${hashOf(group)}-`;
    const own = present.filter(({ metadata }) => metadata.name?.startsWith(prefix));
    const packed = packEndpoints(
      group.endpoints,
      own.map((slice) => ({ name: slice.metadata.name ?? '', endpoints: slice.endpoints ?? [] })),
      prefix,
    );
    for (const { name, endpoints } of packed) {
      const before = left.get(name);
      left.delete(name);
      const desired = sliceOf(set, group, name, endpoints as EndpointSlice['endpoints']);
      if (before === undefined) create.push(desired);
      else if (!saysTheSame(before, desired)) replace.push(takingTheName(before, desired));
    }
  }
  return { create, replace, remove: [...left.values()] };
}

/** Eight hex digits of what cannot be changed in an EndpointSlice, or is shared by all endpoints of one. */
function hashOf({ addressType, ports }: EndpointGroup): string {
  return createHash('sha256')
    .update(JSON.stringify([addressType, ports]))
    .digest('hex')
    .slice(0, 8);
}

function sliceOf(
  { namespace, service, exported, source, controlPlaneUid }: SliceSet,
  { addressType, ports }: EndpointGroup,
  name: string,
  endpoints: EndpointSlice['endpoints'],
): EndpointSlice {
  const owner: OwnerReference = { apiVersion: 'v1', kind: 'Service', name: service.name, uid: service.uid };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      namespace,
      labels: {
        [SERVICE_NAME_LABEL]: service.name,
        ...(exported === undefined ? {} : { [MCS_SERVICE_LABEL]: exported }),
        [MCS_SOURCE_LABEL]: source,
        [MANAGED_BY_LABEL]: MANAGED_BY,
        [OWNER_LABEL]: controlPlaneUid,
      },
      ownerReferences: [owner],
    },
    addressType,
    endpoints,
    ports: ports.map((port) => ({ ...port })),
  };
}

function saysTheSame(present: DeepReadonly<EndpointSlice>, desired: EndpointSlice): boolean {
  const { labels = {}, ownerReferences = [] } = present.metadata;
  return (
    Object.entries(desired.metadata.labels ?? {}).every(([key, value]) => labels[key] === value) &&
    isEqual(
      ownerReferences.map(({ uid }) => uid),
      desired.metadata.ownerReferences?.map(({ uid }) => uid),
    ) &&
    isEqual(present.endpoints ?? [], desired.endpoints) &&
    isEqual(present.ports ?? [], desired.ports)
  );
}

function takingTheName({ metadata }: DeepReadonly<EndpointSlice>, desired: EndpointSlice): EndpointSlice {
  const { uid, resourceVersion } = metadata;
  return {
    ...desired,
    metadata: {
      ...desired.metadata,
      labels: { ...metadata.labels, ...desired.metadata.labels },
      ...(metadata.annotations === undefined ? {} : { annotations: { ...metadata.annotations } }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}
