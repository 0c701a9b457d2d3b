import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Client } from '../../controller/kube/client.ts';
import { sleep } from '../../controller/time/clock.ts';
import { getIfPresent } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit.ts';

export const DEPLOYMENTS: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
/** KubeFed's chart. */
export const KUBEFED_CONTROLLER = 'kubefed-controller-manager';
export const KUBEFED_WEBHOOKS = 'kubefed-admission-webhook';
/** Fedmesh's own manifests. */
export const FEDMESH_CONTROLLER = 'fedmesh-controller';

export interface Deployment extends KubeObject {
  spec?: { replicas?: number; template?: { spec?: { containers?: { image?: string }[] } } };
  status?: { replicas?: number; readyReplicas?: number };
}

const POLL_MS = 500;
const STOPPED_WITHIN_MS = 60_000;

/** What it is to run; Kubernetes' default where it does not say. */
export function replicasOf(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

export async function scale(
  client: Client,
  ref: { name: string; namespace: string },
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  await client.patch(DEPLOYMENTS, ref, { type: 'merge', body: { spec: { replicas } } }, { signal });
}

/** Waits until none of its Pods is left. */
export async function waitUntilStopped(
  context: CliContext,
  client: Client,
  ref: { name: string; namespace: string },
): Promise<void> {
  const { clock, signal } = context;
  const deadline = clock.monotonic() + STOPPED_WITHIN_MS;
  while (((await getIfPresent<Deployment>(client, DEPLOYMENTS, ref, signal))?.status?.replicas ?? 0) > 0) {
    if (clock.monotonic() > deadline) {
      throw new CliError(`deployment ${ref.name} still has Pods after ${STOPPED_WITHIN_MS / 1000} s`, {
        hint: `\`kubectl get pods -n ${ref.namespace}\` shows them; run the command again once they are gone`,
      });
    }
    await sleep(clock, POLL_MS, signal);
  }
}
