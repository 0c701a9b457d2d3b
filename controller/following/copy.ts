import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import type { FederatedObject, FederatedTemplate } from '../../apis/types/v1beta1/federated-object.ts';
import { FOLLOWED_FROM_ANNOTATION } from '../../apis/well-known.ts';
import { templateVersion } from '../sync/versions/versions.ts';

/** The federated object of a plain one, as far as following needs it: whether it follows, and what its template comes to. */
export interface Copy extends KubeObject {
  readonly digest: string;
}

/** For stores. The template itself, most of the object, is not kept. */
export function copyOnly(object: KubeObject): Copy {
  const { metadata, apiVersion, kind } = object;
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata;
  const mark = metadata.annotations?.[FOLLOWED_FROM_ANNOTATION];
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(generation === undefined ? {} : { generation }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(mark === undefined ? {} : { annotations: { [FOLLOWED_FROM_ANNOTATION]: mark } }),
    },
    digest: templateVersion(object as FederatedObject),
  };
}

/** The same for two templates that say the same. */
export function digestOf(template: DeepReadonly<FederatedTemplate>): string {
  return templateVersion({ metadata: {}, spec: { template } });
}

export function markOf(copy: DeepReadonly<KubeObject>): string | undefined {
  return copy.metadata.annotations?.[FOLLOWED_FROM_ANNOTATION];
}

/** Whether nothing has changed that following cares about; most changes are those of the status. */
export function sameCopy(a: DeepReadonly<Copy>, b: DeepReadonly<Copy>): boolean {
  return (
    a.digest === b.digest &&
    markOf(a) === markOf(b) &&
    a.metadata.uid === b.metadata.uid &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp
  );
}
