import type { DeepReadonly, KubeObject, ObjectMeta } from '../../../../apis/meta/v1.ts';
import { bareFailure, conflict, invalid, type StatusError } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

/** Names of long ago. */
const KEPT_ELSEWHERE: Readonly<Record<string, string>> = {
  replicationcontrollers: 'controllers',
  endpoints: 'services/endpoints',
  services: 'services/specs',
  nodes: 'minions',
  ingresses: 'ingress',
};

/** What is to be created has no version yet. @throws {StatusError} */
export function checkNew(metadata: ObjectMeta): void {
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') throw resourceVersionSet();
  delete metadata.resourceVersion;
}

/** Of a new object, whatever was sent. */
export function clearWhatNobodySets(metadata: ObjectMeta): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete (metadata as { selfLink?: string }).selfLink;
}

/**
 * That what was sent is a change of what is stored, and of its present version where it names one.
 * @param meansUid a UID that was sent says which object is meant
 * @throws {StatusError} 409, or 422 where the kind demands a version
 */
export function checkIdentity(
  definition: ResourceDefinition,
  { metadata: stored }: DeepReadonly<KubeObject>,
  { metadata }: KubeObject,
  meansUid: boolean,
): void {
  const { uid, resourceVersion } = metadata;
  const name = stored.name ?? '';
  if (meansUid && uid !== undefined && uid !== '' && uid !== stored.uid) {
    const key = keyInEtcd(definition, stored);
    const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.uid}`;
    throw conflict(definition, name, why);
  }
  if (resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0') {
    delete metadata.resourceVersion;
    if (definition.strategy.unconditionalUpdate) return;
    // Kubernetes names the resource here, where it names the kind elsewhere.
    throw invalid({ group: definition.group, kind: definition.plural }, name, [
      {
        field: 'metadata.resourceVersion',
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0: must be specified for an update',
      },
    ]);
  }
  if (!/^\d+$/.test(resourceVersion)) throw notANumber(resourceVersion);
  if (resourceVersion !== stored.resourceVersion) throw conflict(definition, name);
}

/** What an update never changes, whatever was sent: Kubernetes' `BeforeUpdate` and what it leaves to validation. */
export function keepSystemFields(object: KubeObject, stored: DeepReadonly<KubeObject>): void {
  const { metadata } = object;
  const old = stored.metadata;
  delete (metadata as { selfLink?: string }).selfLink;
  if (metadata.uid === undefined || metadata.uid === '') metadata.uid = old.uid ?? '';
  if (old.creationTimestamp !== undefined) metadata.creationTimestamp = old.creationTimestamp;
  if (old.generation === undefined) delete metadata.generation;
  else metadata.generation = old.generation;
  if (old.deletionTimestamp !== undefined) metadata.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds !== undefined)
    metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  metadata.namespace ??= old.namespace ?? '';
  if (metadata.namespace === '') delete metadata.namespace;
}

function resourceVersionSet(): StatusError {
  return bareFailure('resourceVersion should not be set on objects to be created');
}

function notANumber(resourceVersion: string): StatusError {
  return bareFailure(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
}

/** Where Kubernetes keeps it, as its messages say. */
function keyInEtcd(
  { group, plural, custom }: ResourceDefinition,
  { namespace, name }: DeepReadonly<ObjectMeta>,
): string {
  const byGroup = custom || group === 'apiextensions.k8s.io' || group === 'apiregistration.k8s.io';
  const kept = byGroup ? `${group}/${plural}` : (KEPT_ELSEWHERE[plural] ?? plural);
  return `/registry/${kept}/${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`;
}
