import { createHash } from 'node:crypto';
import type { KubeObject, ManagedFieldsEntry } from '../../../../apis/meta/v1.ts';
import { rfc3339 } from '../../../../controller/time/rfc3339.ts';
import { bootstrapRbac } from '../authorization/bootstrap-objects.ts';
import { builtInDefinitions } from '../kinds/built-in-definitions.ts';
import { trackUpdate } from '../managed-fields/track-update.ts';
import { builtInSchema } from '../schema/built-in.ts';
import type { Stored } from '../storage/storage.ts';
import { StoredObject, withRevision } from '../storage/stored-object.ts';
import { apiService, BUILT_IN_PRIORITIES } from './api-service.ts';
import { AS_API_SERVER } from './controller.ts';

const PRIORITY_CLASSES = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

let made: readonly Stored[] | undefined;

/**
 * What every cluster begins with and none changes, for `MemoryStorage`'s `initial`: RBAC, the APIServices of what is built in, PriorityClasses. The same frozen
 * objects, UIDs and revisions for all servers of the process.
 */
export function bootstrapStored(): readonly Stored[] {
  if (made !== undefined) return made;
  const rbac = bootstrapRbac();
  const now = rfc3339(Date.now());
  const others = [...apiServices(now), ...priorityClasses()].map((object, index) => {
    const { name = '' } = object.metadata;
    const revision = rbac.length + index + 1;
    const storageKey =
      object.kind === 'APIService' ? 'apiservices.apiregistration.k8s.io' : 'priorityclasses.scheduling.k8s.io';
    const managedFields = ownersOf(object, now);
    const metadata = { ...object.metadata, uid: uidOf(storageKey, name), creationTimestamp: now, managedFields };
    return new StoredObject(storageKey, '', name, withRevision({ ...object, metadata }, revision), revision);
  });
  made = Object.freeze([...rbac, ...others]);
  return made;
}

function apiServices(now: string): KubeObject[] {
  const served = new Map(
    builtInDefinitions()
      .filter(({ group }) => group !== 'apiregistration.k8s.io')
      .map(({ group, version }) => [`${version}.${group}`, { group, version }]),
  );
  return [...served.values()].map(({ group, version }) => {
    const priorities = BUILT_IN_PRIORITIES[`${version}.${group}`] ?? { group: 16_000, version: 15 };
    return apiService({ group, version, priorities, managed: 'onstart', now });
  });
}

function priorityClasses(): KubeObject[] {
  return PRIORITY_CLASSES.map(({ name, value, description }) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name, generation: 1 },
    value,
    description,
    preemptionPolicy: 'PreemptLowerPriority',
  }));
}

/** The server itself, of all but the status: that comes with the object's creation, and nobody sets it. */
function ownersOf({ status: _, ...next }: KubeObject, now: string): ManagedFieldsEntry[] {
  const { apiVersion = '', kind = '' } = next;
  const [group = '', version = ''] = apiVersion.split('/');
  const schema = builtInSchema(group, version, kind);
  const { fieldManager: manager } = AS_API_SERVER;
  return trackUpdate({ stored: undefined, next, schema, manager, apiVersion, now: new Date(now) });
}

/** In the form of a random one, but the same in each server. */
function uidOf(storageKey: string, name: string): string {
  const hex = createHash('sha256').update(`${storageKey}/${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
