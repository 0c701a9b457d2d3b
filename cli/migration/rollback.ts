import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import {
  KUBEFED_CONFIG_NAME,
  KUBEFED_CONFIGS,
  type KubeFedConfigSpec,
} from '../../apis/core/v1beta1/kubefed-config.ts';
import type { Resource } from '../../apis/meta/resource.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { MEMBERSHIP_FINALIZER } from '../../apis/well-known.ts';
import type { Client, ObjectRef } from '../../controller/kube/client.ts';
import { SECRETS } from '../../controller/kube/core-kinds.ts';
import { isConflict } from '../../controller/kube/errors.ts';
import { secretRefOf } from '../../controller/membership/identity.ts';
import { LEADER_LEASE, LEASES } from '../../controller/runtime/lease.ts';
import { readPresence } from '../../controller/runtime/presence.ts';
import { sleep } from '../../controller/time/clock.ts';
import { deleteIfPresent, getIfPresent, listIfServed } from '../apply.ts';
import type { CliContext } from '../context.ts';
import { refused } from '../exit.ts';
import {
  DEPLOYMENTS,
  type Deployment,
  FEDMESH_CONTROLLER,
  KUBEFED_WEBHOOKS,
  scale,
  waitUntilStopped,
} from '../install/deployments.ts';
import type { Progress } from '../output/progress.ts';
import { thaw } from './objects.ts';
import { counted } from './plan.ts';
import { deleteRecord, type MigrationRecord, removeMarker } from './record.ts';
import type { RollbackPlan } from './rollback-plan.ts';
import type { Survey } from './survey.ts';
import { isOurs, removeWebhooks, restoreWebhooks } from './webhook-configurations.ts';

const POLL_MS = 500;
/** A leader whose Pod was killed leaves its Lease behind for so long. */
const LEASE_GONE_WITHIN_MS = 40_000;
const WEBHOOKS_READY_WITHIN_MS = 30_000;
const ATTEMPTS = 5;

export interface Rollback {
  readonly context: CliContext;
  readonly client: Client;
  readonly survey: Survey;
  readonly record: MigrationRecord;
  readonly plan: RollbackPlan;
  readonly progress: Progress;
  /** Somebody says that the controller that seems to run is gone for good. */
  readonly force: boolean;
}

/**
 * Gives the host back to KubeFed. Every step looks before it acts, and the record goes last, so that it can be run again after an
 * interruption. Nothing is written in any member.
 */
export async function rollBack(work: Rollback): Promise<void> {
  const { context, client, survey, record, progress } = work;
  const { signal } = context;
  const { namespace } = survey;
  await stopFedmesh(work);
  // With nobody behind them they would refuse the writes below.
  const removed = await removeWebhooks(client, survey.fedmeshWebhooks, signal, isOurs);
  if (removed.length > 0) progress.line(`${removed.join(', ')} deleted`);
  if (survey.objects.frozen.length > 0) {
    await progress.during('thawing', () => thaw(client, survey.objects.frozen, signal));
    progress.line(`${counted(survey.objects.frozen.length, 'object')} as KubeFed had them`);
  }
  await releaseMembers(work);
  await deleteIfPresent(client, LEASES, { namespace, name: LEADER_LEASE }, { signal, dryRun: false });
  if (work.plan.configSpec !== undefined) {
    await writeConfig(client, namespace, work.plan.configSpec, signal);
    progress.line('kubefedconfig.core.kubefed.io/kubefed says nothing that KubeFed does not know');
  }
  await removeMarker(client, namespace, signal);
  await startKubeFed(work);
  await deleteRecord(client, namespace, signal);
  progress.line(`KubeFed has ${client.cluster} back`);
  if (record.deployments.length === 0) progress.line('Start its controller: it was in no Deployment here');
}

async function stopFedmesh({ context, client, survey, progress, force }: Rollback): Promise<void> {
  const { signal, clock } = context;
  const { namespace } = survey;
  const { deployment } = survey.fedmesh;
  const ref = { name: FEDMESH_CONTROLLER, namespace };
  if (deployment !== undefined && deployment.replicas > 0) {
    await scale(client, ref, 0, signal);
    await progress.during('waiting until Fedmesh has stopped', () => waitUntilStopped(context, client, ref));
    progress.line(`deployment.apps/${FEDMESH_CONTROLLER} scaled to 0`);
  }
  if (force) return;
  // One that was killed cannot give its Lease up: where it was ours, that runs out by itself.
  const patience = deployment === undefined ? 0 : LEASE_GONE_WITHIN_MS;
  const until = clock.monotonic() + patience;
  await progress.during('waiting until its Lease is free', async () => {
    for (;;) {
      const { running, holder = '' } = await readPresence(client, namespace, { signal, now: clock.now() });
      if (!running) return;
      if (clock.monotonic() >= until) {
        throw refused(
          `Fedmesh's controller still runs on ${holder.split('_')[0] ?? ''}`,
          'stop it, then run the command again; --force says that it is gone for good',
        );
      }
      await sleep(clock, POLL_MS, signal);
    }
  });
}

/** KubeFed knows nothing of Fedmesh's finalizer, and what it deletes would never go. */
async function releaseMembers({ context, client, survey, progress }: Rollback): Promise<void> {
  const { signal } = context;
  const { namespace } = survey;
  const clusters = await listIfServed<KubeFedCluster>(client, KUBEFED_CLUSTERS, { namespace, signal });
  for (const cluster of clusters) {
    const { name = '' } = cluster.metadata;
    await withoutFinalizer(client, SECRETS, secretRefOf(cluster), signal);
    await withoutFinalizer(client, KUBEFED_CLUSTERS, { namespace, name }, signal);
  }
  if (clusters.length > 0) progress.line(`${counted(clusters.length, 'member')} held by KubeFed alone`);
}

async function withoutFinalizer(
  client: Client,
  resource: Resource,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const object = await getIfPresent<KubeObject>(client, resource, ref, signal);
    const { finalizers = [], resourceVersion } = object?.metadata ?? {};
    if (!finalizers.includes(MEMBERSHIP_FINALIZER)) return;
    const rest = finalizers.filter((finalizer) => finalizer !== MEMBERSHIP_FINALIZER);
    const body = { metadata: { resourceVersion, finalizers: rest.length === 0 ? null : rest } };
    try {
      await client.patch(resource, ref, { type: 'merge', body }, { signal });
      return;
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function writeConfig(
  client: Client,
  namespace: string,
  spec: KubeFedConfigSpec,
  signal: AbortSignal,
): Promise<void> {
  const { featureGates, syncController, leaderElect } = spec;
  const body = { spec: { featureGates, syncController, leaderElect } };
  await client.patch(KUBEFED_CONFIGS, { namespace, name: KUBEFED_CONFIG_NAME }, { type: 'merge', body }, { signal });
}

/** Its webhooks run before they are registered, for they refuse what nobody judges; its controller comes last. */
async function startKubeFed({ context, client, survey, record, progress }: Rollback): Promise<void> {
  const { signal } = context;
  const { namespace } = survey;
  const there = new Set(survey.deployments.map(({ name }) => name));
  const inOrder = record.deployments
    .filter(({ name }) => there.has(name))
    .toSorted((a, b) => Number(b.name === KUBEFED_WEBHOOKS) - Number(a.name === KUBEFED_WEBHOOKS));
  for (const { name, replicas } of inOrder) {
    if (name !== KUBEFED_WEBHOOKS) continue;
    await scale(client, { name, namespace }, replicas, signal);
    progress.line(`deployment.apps/${name} scaled to ${replicas}`);
    if (replicas > 0 && record.webhooks.length > 0) await waitForWebhooks(context, client, namespace, progress);
  }
  const { restored, present } = await restoreWebhooks(client, record.webhooks, signal);
  if (restored.length > 0) progress.line(`${restored.join(', ')} created again`);
  if (present.length > 0) progress.warn(`${present.join(', ')} stood there already, and stay as they are`);
  for (const { name, replicas } of inOrder) {
    if (name === KUBEFED_WEBHOOKS) continue;
    await scale(client, { name, namespace }, replicas, signal);
    progress.line(`deployment.apps/${name} scaled to ${replicas}`);
  }
}

async function waitForWebhooks(
  context: CliContext,
  client: Client,
  namespace: string,
  progress: Progress,
): Promise<void> {
  const { clock, signal } = context;
  const until = clock.monotonic() + WEBHOOKS_READY_WITHIN_MS;
  const ref = { name: KUBEFED_WEBHOOKS, namespace };
  await progress.during(`waiting until ${KUBEFED_WEBHOOKS} answers`, async () => {
    for (;;) {
      const deployment = await getIfPresent<Deployment>(client, DEPLOYMENTS, ref, signal);
      if ((deployment?.status?.readyReplicas ?? 0) > 0) return;
      if (clock.monotonic() >= until) break;
      await sleep(clock, POLL_MS, signal);
    }
    progress.warn(
      `${KUBEFED_WEBHOOKS} is not ready after ${WEBHOOKS_READY_WITHIN_MS / 1000} s: until it is, members, types and the configuration cannot be changed`,
    );
  });
}
