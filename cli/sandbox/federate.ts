import { KUBEFED_CONFIG_NAME, KUBEFED_CONFIGS } from '../../apis/core/v1beta1/kubefed-config.ts';
import type { Client } from '../../controller/kube/client.ts';
import { LEADER_LEASE, LEASES, type Lease, releasedLease } from '../../controller/runtime/lease.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';

/** A laptop is patient with nobody: a cluster that was broken a moment ago is to be seen as broken now. */
const HEALTH_CHECK = { period: '2s', timeout: '1s', failureThreshold: 2, successThreshold: 1 };

/** Before the controller starts: it reads its configuration once. */
export async function quickenHealthChecks(context: CliContext, host: Client): Promise<void> {
  const ref = { namespace: context.options.kubefedNamespace, name: KUBEFED_CONFIG_NAME };
  const body = { spec: { clusterHealthCheck: HEALTH_CHECK } };
  await host.patch(KUBEFED_CONFIGS, ref, { type: 'merge', body }, { signal: context.signal });
}

/**
 * The API servers have only just been started: a lease among their data is that of a controller which ended with the last
 * sandbox, perhaps without giving it up, and nobody need wait until it runs out.
 */
export async function releaseLeftoverLease(context: CliContext, host: Client): Promise<void> {
  const { signal, clock } = context;
  const ref = { namespace: context.options.kubefedNamespace, name: LEADER_LEASE };
  const lease = await getIfPresent<Lease>(host, LEASES, ref, signal);
  if (lease?.spec?.holderIdentity) await host.replace(LEASES, releasedLease(lease, clock.now()), { signal });
}
