import { groupResourceOf } from '../../kube/resource.ts';
import type { FederatedType } from '../../sync/member-object.ts';

/** A federated type as the dashboard names it: by the federated kind, `plural.group`. */
export interface ShownType {
  readonly name: string;
  readonly sync: FederatedType;
}

export function shownType(sync: FederatedType): ShownType {
  return { name: groupResourceOf(sync.federated), sync };
}

/** Whether what it federates are Secrets, of which no value leaves the server. */
export function isSecretType({ sync: { target } }: ShownType): boolean {
  return target.group === '' && target.kind === 'Secret';
}
