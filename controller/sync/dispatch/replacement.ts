import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import { ADOPT_ANNOTATION, CREATED_BY_ANNOTATION, RECREATE_ANNOTATION } from '../../../apis/well-known.ts';
import type { Resource } from '../../kube/resource.ts';
import { valueAt } from '../json/json-pointer.ts';

/** What people said about a copy whose immutable field is to change, and about its deletion. */
export interface Replacement {
  readonly wish: 'no' | 'yes' | 'with data';
  /** The federated object says that it may take over what was there before it. */
  readonly adopts: boolean;
  /** DeleteOptions; `undefined` when they cannot be read. */
  readonly deleteOptions: Readonly<Record<string, unknown>> | undefined;
}

/** Reads the annotation `fedmesh.io/recreate-on-immutable`. */
export function replacementWish(annotations: Readonly<Record<string, string>> | undefined): Replacement['wish'] {
  const wish = annotations?.[RECREATE_ANNOTATION];
  if (wish === 'delete-data') return 'with data';
  return wish === 'true' ? 'yes' : 'no';
}

/**
 * Why the copy must not be deleted and created anew, with the way out; `undefined` when it may.
 *
 * @param copy with its content
 */
export function refuseReplacement(
  replacement: Replacement,
  resource: Resource,
  copy: DeepReadonly<KubeObject>,
  controlPlaneUid: string,
): string | undefined {
  const { wish, adopts } = replacement;
  const putBack = 'put the old value back';
  if (resource.group === '' && resource.kind === 'Namespace') return `${putBack}: namespaces are never recreated`;
  const data = dataIn(resource, copy);
  const needed = data === undefined ? 'true' : 'delete-data';
  const annotate = `annotate the federated object with ${RECREATE_ANNOTATION}=${needed}`;
  const outcome = `to have the copy deleted and created anew${data === undefined ? '' : `, ${data}`}`;
  if (wish === 'no' || (wish === 'yes' && data !== undefined)) return `${putBack}, or ${annotate} ${outcome}`;
  if (copy.metadata.annotations?.[CREATED_BY_ANNOTATION] !== controlPlaneUid && !adopts) {
    return `${putBack}: the copy was there before it was federated; only together with ${ADOPT_ANNOTATION}=true is such a one recreated`;
  }
  return undefined;
}

/** What goes with an object of this kind when it is deleted, in words; `undefined` where it is only the object. */
function dataIn({ group, kind }: Resource, copy: DeepReadonly<KubeObject>): string | undefined {
  switch (`${group}/${kind}`) {
    case '/PersistentVolumeClaim':
    case '/PersistentVolume':
      return 'with the data in its volume';
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      return 'with every object of its kind';
    case 'apps/StatefulSet': {
      const policy = valueAt(copy, ['spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted']);
      return policy === 'Delete' ? 'with its volume claims and the data in them' : undefined;
    }
    default:
      return undefined;
  }
}

/**
 * The dependents of what is replaced go with it unless its delete options say otherwise. Left to the API server, the pods
 * of a Job would stay behind without an owner.
 */
export function replacingOptions(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isSaid = 'propagationPolicy' in options || 'orphanDependents' in options;
  return isSaid ? options : { ...options, propagationPolicy: 'Background' };
}
