import type { DeepReadonly, KubeObject } from '../../apis/meta/v1.ts';
import { apiVersionOf, type Resource } from '../kube/resource.ts';

export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** The Lease that the leading controller of a control plane holds. The name is that of KubeFed's lock. */
export const LEADER_LEASE = 'kubefed-controller-manager';

export interface Lease extends KubeObject {
  spec?: {
    /** Empty: it was released, and is free. */
    holderIdentity?: string | null;
    leaseDurationSeconds?: number | null;
    /** When this holder took it; `metav1.MicroTime`, by the holder's clock. */
    acquireTime?: string | null;
    renewTime?: string | null;
    /** How often it went from one holder to another. */
    leaseTransitions?: number | null;
  };
}

export interface Holding {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseDurationMs: number;
  /** Wall time, milliseconds since the epoch: for people, nobody compares it. */
  readonly now: number;
  /** Beside those that it has. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A lease as client-go writes it when it is taken or renewed. Fields that nobody here knows stay. */
export function heldLease(present: DeepReadonly<Lease> | undefined, holding: Holding): Lease {
  const { namespace, name, identity, leaseDurationMs, now, annotations } = holding;
  const before = present?.spec;
  const isRenewal = before?.holderIdentity === identity;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    ...present,
    apiVersion: apiVersionOf(LEASES),
    kind: LEASES.kind,
    metadata: {
      ...(present?.metadata as KubeObject['metadata'] | undefined),
      namespace,
      name,
      ...(annotations === undefined ? {} : { annotations: { ...present?.metadata.annotations, ...annotations } }),
    },
    spec: {
      ...before,
      holderIdentity: identity,
      // Whole seconds, and never less than what this holder goes by.
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: (isRenewal ? before.acquireTime : undefined) ?? microTime(now),
      renewTime: microTime(now),
      leaseTransitions: present === undefined || isRenewal ? transitions : transitions + 1,
    },
  };
}

/** A lease as client-go gives it up: whoever sees it may take it. */
export function releasedLease(present: DeepReadonly<Lease>, now: number): Lease {
  const time = microTime(now);
  const free = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time };
  return { ...(present as Lease), spec: { ...present.spec, ...free } };
}

function microTime(now: number): string {
  return new Date(now).toISOString().replace(/Z$/, '000Z');
}
