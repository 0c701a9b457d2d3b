import { forbidden, notFound, StatusError } from '../errors/status-error.ts';
import type { Storage } from '../storage/storage.ts';
import { type AdmissionAttributes, refused } from './attributes.ts';

const NAMESPACES = { group: '', plural: 'namespaces' };
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
/** Asking what somebody may do in a namespace must not tell whether there is one. */
const REVIEW = 'localsubjectaccessreviews.authorization.k8s.io';

/**
 * Nothing is written into a namespace that is not there, nothing new into one that ends, and three namespaces are for ever.
 * Kubernetes: the admission plugin `NamespaceLifecycle`. Runs before all others and before validation.
 *
 * @throws StatusError 404 or 403
 */
export function checkNamespaceLifecycle(attributes: AdmissionAttributes, storage: Pick<Storage, 'get'>): void {
  const { operation, definition, namespace, name } = attributes;
  if (definition.group === '' && definition.kind === 'Namespace') {
    if (operation === 'DELETE' && IMMORTAL.has(name)) {
      throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
    }
    return;
  }
  if (namespace === '' || operation === 'DELETE' || definition.storageKey === REVIEW) return;
  const stored = storage.get('namespaces', '', namespace);
  if (stored === undefined) throw notFound(NAMESPACES, namespace);
  if (operation === 'CREATE' && isTerminating(stored.object.status)) throw terminating(attributes);
}

function isTerminating(status: unknown): boolean {
  return (status as { readonly phase?: string } | undefined)?.phase === 'Terminating';
}

function terminating(attributes: AdmissionAttributes): StatusError {
  const { namespace } = attributes;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { status } = refused(attributes, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new StatusError({ ...status, details: { ...status.details, causes: [cause] } });
}
