import type { KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { type Secret, tokenOf } from '../clusters/endpoint.ts';
import { type MemberNames, memberNamesOf } from './names.ts';
import { claimsOf, type TokenClaims } from './token.ts';

/** Annotation on the host's Secret: the member that it is for. */
export const CLUSTER_ANNOTATION = 'fedmesh.io/cluster';

/** As whom the control plane acts in a member: its ServiceAccount there, by the token that it holds. */
export interface MemberIdentity {
  readonly names: MemberNames;
  readonly namespace: string;
  readonly claims: TokenClaims;
}

/** `undefined` when the Secret holds no ServiceAccount's token: then nothing in the member is named after it. */
export function identityOf(secret: DeepReadonly<Secret> | undefined): MemberIdentity | undefined {
  const token = tokenOf(secret);
  const claims = token === undefined ? undefined : claimsOf(token);
  if (claims === undefined) return undefined;
  return { names: memberNamesOf(claims.serviceAccount), namespace: claims.namespace, claims };
}

/** The Secret that a KubeFedCluster names. */
export function secretRefOf(cluster: DeepReadonly<KubeFedCluster>): { namespace: string; name: string } {
  return { namespace: cluster.metadata.namespace ?? '', name: cluster.spec.secretRef.name };
}
