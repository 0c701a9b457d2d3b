import { checkNamespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import type { ClusterServices } from '../resources/resource-definition.ts';
import type { Storage } from '../storage/storage.ts';
import type { AdmissionChain } from './admission-chain.ts';

/** The plugins that every write of a request goes through. */
export function admissionOf({
  storage,
}: {
  readonly storage: Storage;
  readonly cluster: ClusterServices;
}): AdmissionChain {
  return {
    mutate(attributes, object) {
      checkNamespaceLifecycle({ ...attributes, object }, storage);
      return object;
    },
    validate(attributes, object) {
      if (attributes.operation === 'DELETE') checkNamespaceLifecycle({ ...attributes, object }, storage);
      return undefined;
    },
  };
}
