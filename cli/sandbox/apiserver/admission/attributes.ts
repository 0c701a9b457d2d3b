import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import { forbidden, type StatusError } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What admission judges: a write that is authorized and could be read. Kubernetes: `admission.Attributes`. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly definition: Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'plural' | 'namespaced' | 'storageKey'>;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** Empty for what has none. */
  readonly namespace: string;
  /** Empty while it is still to be generated. */
  readonly name: string;
  /** As it would be stored; `undefined` for deletions. */
  readonly object: DeepReadonly<KubeObject> | undefined;
  readonly oldObject: DeepReadonly<KubeObject> | undefined;
  readonly dryRun: boolean;
}

/** 403 in the words of admission plugins, for an object that may not have its name yet. */
export function refused({ definition, name, object }: AdmissionAttributes, why: string): StatusError {
  const metadata = object?.metadata;
  return forbidden(definition, name || metadata?.name || metadata?.generateName || 'Unknown', why);
}
