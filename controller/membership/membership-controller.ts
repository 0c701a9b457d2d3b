import { KUBEFED_CLUSTERS, type KubeFedCluster } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import type { DeepReadonly } from '../../apis/meta/v1.ts';
import { FORCE_UNJOIN_ANNOTATION, MEMBERSHIP_FINALIZER } from '../../apis/well-known.ts';
import type { Accessor } from '../clusters/accessor.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { Secret } from '../clusters/endpoint.ts';
import { isLeaving } from '../clusters/leaving.ts';
import type { Client } from '../kube/client.ts';
import { SECRETS } from '../kube/core-kinds.ts';
import { ConnectionError, isConflict, isNotFound, isUnauthorized } from '../kube/errors.ts';
import { optional } from '../kube/optional.ts';
import { Controller, type ReconcileResult } from '../runtime/controller.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import type { Component } from '../runtime/manager.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { Log } from '../telemetry/log.ts';
import { unlessAborted } from '../time/abort.ts';
import type { Clock } from '../time/clock.ts';
import type { ControlPlane } from './control-plane.ts';
import { MembershipError } from './errors.ts';
import { enabledTypes, readTypeConfigs } from './granted-types.ts';
import { holdMembership } from './host-records.ts';
import { identityOf, secretRefOf } from './identity.ts';
import { leavingCondition, writeCondition } from './leaving-condition.ts';
import { describeEntry, forceUnjoin, unjoinMember } from './unjoin.ts';

export interface MembershipControllerOptions {
  host: Client;
  clusters: Clusters;
  controlPlane: ControlPlane;
  events: EventRecorder;
  clock: Clock;
  log: Log;
  /** Why something of a member is still elsewhere, such as its routes in a mesh; undefined: nothing is. */
  lingering?: (cluster: string) => string | undefined;
  /** For metrics: an unjoin is finished. */
  onUnjoined?: (seconds: number) => void;
}

const CONCURRENCY = 8;
/** What is on its way out in a member is looked at again. */
const AGAIN_MS = 2_000;
/** What lingers elsewhere is waited for so long; then the member goes, and its receipt says what is left. */
const LINGERING_MS = 30_000;
const LINGERING_AGAIN_MS = 500;
/** A member that does not answer is asked again. */
const AWAY_MS = 10_000;
const SOURCE = 'kubefedcluster-controller';

/**
 * Holds every member that has answered once (a finalizer on its KubeFedCluster and its Secret), and lets it go in order when
 * its KubeFedCluster is deleted: as `fedctl unjoin` says, or, by whatever else it was deleted, releasing all and removing
 * nothing but the control plane's own rights.
 */
export class MembershipController implements Component {
  readonly name = 'membership';
  readonly #options: MembershipControllerOptions;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  readonly #stops: (() => void)[] = [];

  constructor(options: MembershipControllerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock });
    this.#controller = new Controller({
      name: this.name,
      queue: this.#queue,
      reconcile: (key, signal, { reconcileId }) => this.#reconcile(key, signal, reconcileId),
      concurrency: CONCURRENCY,
      log: options.log,
      clock: options.clock,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clusters } = this.#options;
    this.#stops.push(clusters.subscribe(({ cluster }) => this.#queue.add(cluster)));
    this.#controller.start(signal);
    for (const { name } of clusters.list()) this.#queue.add(name);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#controller.close();
  }

  async #reconcile(name: string, signal: AbortSignal, reconcileId: string): Promise<ReconcileResult | undefined> {
    const { clusters, host } = this.#options;
    const cluster = clusters.object(name);
    const accessor = clusters.get(name);
    if (cluster === undefined || accessor === undefined) return undefined;
    if (isLeaving(cluster)) return this.#letGo(cluster, accessor, signal, reconcileId);
    if (accessor.answers && !isHeld(cluster)) await holdMembership(host, cluster as KubeFedCluster, signal);
    return undefined;
  }

  async #letGo(
    cached: DeepReadonly<KubeFedCluster>,
    accessor: Accessor,
    signal: AbortSignal,
    reconcileId: string,
  ): Promise<ReconcileResult | undefined> {
    const say = (about: KubeFedCluster, reason: string, message: string) =>
      this.#say(about, { reason, message, reconcileId }, signal);
    const { host, controlPlane, clock, log, onUnjoined } = this.#options;
    if (!isHeld(cached)) return undefined;
    // Nothing that sync had begun may reach the member any more.
    await unlessAborted(accessor.leave(), signal);
    const cluster = await this.#fresh(cached, signal);
    if (cluster === undefined || !isHeld(cluster)) return undefined;
    const lingering = this.#options.lingering?.(accessor.name);
    if (lingering !== undefined && clock.now() - leavingSince(cluster) < LINGERING_MS && !isForced(cluster)) {
      await say(cluster, 'WaitingForMesh', lingering);
      return { requeueAfterMs: LINGERING_AGAIN_MS };
    }
    const secret = await optional(host.get<Secret>(SECRETS, secretRefOf(cluster), { signal }));
    const elsewhere = lingering === undefined ? [] : [`in the mesh: ${lingering}`];
    const context = { host, cluster, controlPlane, identity: identityOf(secret), clock, signal, elsewhere };
    try {
      const member = memberOf(accessor);
      const types = enabledTypes(await readTypeConfigs(host, controlPlane.namespace, signal), controlPlane);
      const outcome = await unjoinMember({ ...context, member, asAdmin: false, types, patienceMs: AGAIN_MS });
      if (!outcome.finished) {
        await say(cluster, 'WaitingForObjects', outcome.waitingFor.slice(0, 5).map(describeEntry).join('; '));
        return { requeueAfterMs: AGAIN_MS };
      }
      log.info({ cluster: accessor.name, receipt: outcome.receipt.metadata.name }, 'a member has left');
      const started = Date.parse(outcome.receipt.spec.startedAt);
      onUnjoined?.(Math.max(0, (clock.now() - started) / 1_000));
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!isAway(error)) throw error;
      if (isForced(cluster)) {
        const receipt = await forceUnjoin(context);
        log.warn(
          { cluster: accessor.name, receipt: receipt.metadata.name },
          'a member that does not answer was taken out',
        );
        return undefined;
      }
      const why = error instanceof Error ? error.message : String(error);
      await say(cluster, 'MemberAway', `${why}; fedctl unjoin ${accessor.name} --force takes it out of the host`);
      return { requeueAfterMs: AWAY_MS };
    }
  }

  /** The annotations decide what is deleted, so they are read live. */
  #fresh({ metadata }: DeepReadonly<KubeFedCluster>, signal: AbortSignal): Promise<KubeFedCluster | undefined> {
    const { name = '', namespace = '' } = metadata;
    const { host } = this.#options;
    return optional(host.get<KubeFedCluster>(KUBEFED_CLUSTERS, { name, namespace }, { signal }));
  }

  async #say(
    cluster: KubeFedCluster,
    { reason, message, reconcileId }: { reason: string; message: string; reconcileId: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { host, clock, events } = this.#options;
    events.record(cluster, 'Warning', reason, message, SOURCE, reconcileId);
    try {
      await writeCondition(host, cluster, leavingCondition(cluster, { reason, message, now: clock.now() }), signal);
    } catch (error) {
      // Only what people read is missing then.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}

function isHeld({ metadata }: DeepReadonly<KubeFedCluster>): boolean {
  return metadata.finalizers?.includes(MEMBERSHIP_FINALIZER) ?? false;
}

function leavingSince({ metadata }: KubeFedCluster): number {
  return Date.parse(metadata.deletionTimestamp ?? '') || 0;
}

function isForced({ metadata }: KubeFedCluster): boolean {
  return metadata.annotations?.[FORCE_UNJOIN_ANNOTATION] === 'true';
}

function memberOf(accessor: Accessor): Client {
  if (accessor.client !== undefined) return accessor.client;
  throw new ConnectionError(`not connected: ${accessor.disconnectedReason}`, {
    code: 'CREDENTIALS',
    cluster: accessor.name,
  });
}

/** The member does not answer, does not let us in any more, or is another one: there is nothing that can be done in it. */
function isAway(error: unknown): boolean {
  return (
    error instanceof ConnectionError ||
    isUnauthorized(error) ||
    (error instanceof MembershipError && error.code === 'WrongCluster')
  );
}
