import type { KubeFedConfigSpec } from '../apis/core/v1beta1/kubefed-config.ts';
import type { Client } from './kube/client.ts';
import { optional } from './kube/optional.ts';
import type { ControlPlane } from './membership/control-plane.ts';
import { LEADER_LEASE, LEASES, type Lease } from './runtime/lease.ts';

export type Scope = KubeFedConfigSpec['scope'];

/** Annotation on the leaders' Lease: the scope of those that led. The KubeFedConfig itself may be deleted and made anew. */
export const SCOPE_ANNOTATION = 'fedmesh.io/scope';

/**
 * A scope is for ever: rights, webhooks and what is propagated depend on it. A controller of another scope than those before
 * it would leave behind, or take over, what it may not even see.
 *
 * @param asked by the config that this controller goes by
 * @throws Error that says how to go on
 */
export async function assertSameScope(
  host: Client,
  controlPlane: ControlPlane,
  asked: Scope,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, configuredScope } = controlPlane;
  const lease = await optional(host.get<Lease>(LEASES, { namespace, name: LEADER_LEASE }, { signal }));
  const fault = scopeFault(asked, {
    configured: configuredScope,
    before: lease?.metadata.annotations?.[SCOPE_ANNOTATION],
    namespace,
  });
  if (fault !== undefined) throw new Error(fault);
}

/** What is wrong with the scope that is asked for, and the way out; `undefined` when nothing is. */
export function scopeFault(
  asked: Scope,
  known: {
    /** The KubeFedConfig on the host says so. */
    readonly configured: string | undefined;
    /** The leaders before had it. */
    readonly before: string | undefined;
    readonly namespace: string;
  },
): string | undefined {
  const { configured, before, namespace } = known;
  if (configured !== undefined && configured !== asked) {
    return `--kubefed-config asks for the scope ${asked}, and the KubeFedConfig in namespace "${namespace}" says ${configured}: let both say the same`;
  }
  if (before === undefined || before === asked) return undefined;
  return (
    `the control plane in namespace "${namespace}" has the scope ${before}, and its config asks for ${asked}. A scope never changes: ` +
    `say ${before} again, or unjoin every member, \`fedctl uninstall\`, and \`fedctl init --scope ${asked}\``
  );
}
