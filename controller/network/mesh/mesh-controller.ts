import isEqual from 'lodash/isEqual.js';
import {
  FORCE_TEARDOWN_ANNOTATION,
  MESH_CONDITIONS,
  type MeshConfig,
  type MeshConfigStatus,
  type MeshPlace,
  managesRoutes,
} from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import {
  type CompleteMeshConfigSpec,
  defaultMeshConfigSpec,
} from '../../../apis/fedmesh/v1alpha1/mesh-config-defaults.ts';
import { validateMeshConfig } from '../../../apis/fedmesh/v1alpha1/mesh-config-validation.ts';
import { describeFieldErrors } from '../../../apis/field-error.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { Client } from '../../kube/client.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import { Controller, type ReconcileResult } from '../../runtime/controller.ts';
import type { EventRecorder } from '../../runtime/event-recorder.ts';
import type { Component } from '../../runtime/manager.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
import type { Log } from '../../telemetry/log.ts';
import { backoffDelay } from '../../time/backoff.ts';
import type { Clock } from '../../time/clock.ts';
import type { NetworkController } from '../network-controller.ts';
import { NODE_ROUTES_NAME } from '../node-routes/manifest.ts';
import type { NodeRoutesPlace } from '../node-routes/member-objects.ts';
import type { MeshProvider } from '../providers/provider.ts';
import { applyActions, lookAtMesh, type MeshLook, providerFault } from './look.ts';
import type { MeshConfigs } from './mesh-configs.ts';
import { leavingMembers, meshMembers } from './mesh-members.ts';
import {
  type KeptNodeRoutes,
  MeshNodeRoutesKeeper,
  NO_NODE_ROUTES,
  type WantedNodeRoutes,
  wantedNodeRoutes,
} from './mesh-node-routes.ts';
import { describePlace, placeOf, samePlace } from './mesh-place.ts';
import { MeshRecords } from './mesh-records.ts';
import { MESH_SOURCE, MeshReport } from './mesh-report.ts';
import { sentences } from './mesh-status.ts';
import type { ProviderOf } from './provider-of.ts';
import { withdrawFrom } from './withdraw.ts';

export interface MeshControllerOptions {
  readonly host: Client;
  readonly clusters: Clusters;
  readonly configs: MeshConfigs;
  readonly network: Pick<NetworkController, 'seen' | 'subscribe'>;
  readonly providerOf: ProviderOf;
  /** Where in members `fedmesh-routes` is put, and with whose mark. */
  readonly nodeRoutes: NodeRoutesPlace;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

/** There is one mesh, and so one key. */
const KEY = 'default';
/** How soon a gateway that went down, or a route that somebody took away, is noticed. */
const LOOK_MS = 60_000;
/** The same while a gateway is awaited that a person is about to start. */
const AWAITING_LOOK_MS = 10_000;
/** Several changes at once, as at a start, are one look. */
const SETTLE_MS = 500;
const CONFLICT_RETRY_MS = 500;
const NOT_SYNCED_RETRY_MS = 500;
const BACKOFF = { baseMs: 2_000, maxMs: 300_000, jitter: 0.5 };
const TIMEOUT_MS = 300_000;

/** What the last whole look at the mesh showed. */
interface LastLook {
  /** Members that were not counted with because they were leaving. */
  readonly leaving: ReadonlySet<string>;
  /** Of which something is still to be taken out of the provider. */
  readonly present: ReadonlySet<string>;
}

/**
 * Keeps the mesh as the MeshConfig and the members' ranges say, and says on both what it found. What cannot be done for one member, or one
 * range, leaves the rest as it is; what it did not make it never touches.
 */
export class MeshController implements Component {
  readonly name = 'mesh';
  readonly #options: MeshControllerOptions;
  readonly #queue: WorkQueue;
  readonly #controller: Controller;
  readonly #records: MeshRecords;
  readonly #report: MeshReport;
  readonly #nodeRoutes: MeshNodeRoutesKeeper;
  readonly #stops: (() => void)[] = [];
  readonly #providers = new Map<string, MeshProvider>();
  #failures = 0;
  #last: LastLook | undefined;
  #fault: string | undefined;
  #awaiting = false;

  constructor(options: MeshControllerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock });
    this.#records = new MeshRecords(options.host, options.configs, options.clusters);
    this.#nodeRoutes = new MeshNodeRoutesKeeper({ ...options, ...options.nodeRoutes });
    this.#report = new MeshReport({
      ...options,
      records: this.#records,
      onMissed: () => this.#queue.addAfter(KEY, CONFLICT_RETRY_MS),
    });
    this.#controller = new Controller({
      name: this.name,
      queue: this.#queue,
      reconcile: (_, signal) => this.#reconcile(signal),
      concurrency: 1,
      timeoutMs: TIMEOUT_MS,
      log: options.log,
      clock: options.clock,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clusters, configs, network } = this.#options;
    const soon = () => this.#queue.addAfter(KEY, SETTLE_MS);
    this.#stops.push(
      configs.subscribe(soon),
      network.subscribe(soon),
      clusters.subscribe(({ type }) => {
        if (type !== 'notReady') soon();
      }),
    );
    this.#controller.start(signal);
    soon();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    await this.#controller.close();
    await this.#dismissProviders();
  }

  /** Why a member that leaves is still in the mesh; undefined: it is not. */
  lingering(cluster: string): string | undefined {
    const config = this.#options.configs.current;
    const place = config?.status?.programmed;
    if (place === undefined || !managesRoutes(place.provider)) return undefined;
    if (this.#last?.leaving.has(cluster) && !this.#last.present.has(cluster)) return undefined;
    this.#queue.add(KEY);
    const why = this.#fault === undefined ? '' : `: ${this.#fault}`;
    return `its routes are still in ${describePlace(place)}${why}`;
  }

  async #reconcile(signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { configs, clusters, random } = this.#options;
    // A member that is not listed yet would be taken for one that has left.
    if (!configs.known || !clusters.synced) return { requeueAfterMs: NOT_SYNCED_RETRY_MS };
    const config = configs.current;
    if (config === undefined) {
      await this.#report.members(() => undefined, signal);
      return undefined;
    }
    try {
      const isWell = await this.#care(config, signal);
      if (configs.current === undefined) return undefined;
      this.#failures = isWell ? 0 : this.#failures + 1;
    } catch (error) {
      if (isConflict(error)) return { requeueAfterMs: CONFLICT_RETRY_MS };
      if (isNotFound(error)) return { requeueAfterMs: CONFLICT_RETRY_MS };
      throw error;
    }
    const lookMs = this.#awaiting ? AWAITING_LOOK_MS : LOOK_MS;
    const again =
      this.#failures === 0
        ? lookMs * (0.9 + 0.2 * random())
        : Math.min(LOOK_MS, backoffDelay(this.#failures, { ...BACKOFF, random }));
    return { requeueAfterMs: again };
  }

  /** @returns false when something did not work that may work soon. */
  async #care(cached: DeepReadonly<MeshConfig>, signal: AbortSignal): Promise<boolean> {
    const isGoing = cached.metadata.deletionTimestamp !== undefined;
    const errors = isGoing ? [] : validateMeshConfig(cached);
    if (errors.length > 0) {
      const fault = { reason: 'InvalidMeshConfig', message: describeFieldErrors(errors) };
      await this.#report.fault(cached, MESH_CONDITIONS.planned, fault, signal);
      return true;
    }
    const spec = defaultMeshConfigSpec(cached.spec);
    const place = placeOf(spec);
    const before = cached.status?.programmed;
    let config = cached;
    if (before !== undefined && (isGoing || !samePlace(before, place))) {
      const withdrawn = await this.#withdraw(config, before, signal);
      if (withdrawn === undefined) return false;
      config = withdrawn;
    }
    if (isGoing) {
      const routeless = await this.#withdrawNodeRoutes(config, signal);
      if (routeless === undefined) return false;
      config = routeless;
      await this.#report.members(() => undefined, signal);
      await this.#records.hold(config, false, signal);
      return true;
    }
    return this.#program(config, spec, place, signal);
  }

  async #program(
    config: DeepReadonly<MeshConfig>,
    spec: DeepReadonly<CompleteMeshConfigSpec>,
    place: DeepReadonly<MeshPlace>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { events, log, host } = this.#options;
    const members = await meshMembers(this.#options, spec, signal);
    const leaving = leavingMembers(this.#options.clusters);
    let held = config;
    let look: MeshLook;
    try {
      const provider = this.#providerAt(place);
      look = await lookAtMesh(provider, spec, members, signal);
      const { capabilities, plan } = look;
      const before = config.status?.programmed;
      const isElsewhere = before !== undefined && !isEqual(before, place);
      if (capabilities.managesRoutes && (plan.actions.length > 0 || isElsewhere)) {
        // From here on there may be something that has to be withdrawn: that must not be forgotten by whoever comes next.
        held = await this.#records.hold(held, true, signal);
        const status = { ...(held.status as MeshConfigStatus | undefined), programmed: place as MeshPlace };
        held = await this.#records.writeStatus(held, status, signal);
      }
      const failures = await applyActions(provider, plan.actions, {
        signal,
        check: () => host.fence?.check(),
        onApplied: ({ summary, verb }) => {
          log.info({ provider: provider.name, summary }, 'the mesh was changed');
          events.record(config, 'Normal', EVENT_REASONS[verb], summary, MESH_SOURCE);
        },
      });
      const again = plan.actions.length === 0 ? look : await lookAtMesh(provider, spec, members, signal);
      const wanted = wantedNodeRoutes(spec, again);
      held = await this.#announce(held, wanted, signal);
      const routes = await this.#keepNodeRoutes(held, wanted, signal);
      const nodesRouted = spec.nodeRoutes.mode === 'DaemonSet' ? routes : { ...routes, isOff: true };
      await this.#report.look(held, { ...again, plan: look.plan }, failures, signal, nodesRouted);
      const left = again.plan.actions.flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster]));
      this.#last = { leaving, present: new Set(left) };
      this.#fault = failures[0]?.message;
      this.#awaiting =
        routes.actions.length > 0 || look.plan.problems.some(({ reason }) => reason === 'GatewayMissing');
      return failures.length === 0;
    } catch (error) {
      signal.throwIfAborted();
      const fault = providerFault(error);
      if (fault === undefined) throw error;
      this.#fault = fault.message;
      await this.#report.fault(held, MESH_CONDITIONS.providerReachable, fault, signal);
      return false;
    }
  }

  /**
   * Takes away what was made at another place, or for a mesh that is to end.
   * @returns the MeshConfig without the record of it; undefined: it could not be done, which was told.
   */
  async #withdraw(
    config: DeepReadonly<MeshConfig>,
    place: DeepReadonly<MeshPlace>,
    signal: AbortSignal,
  ): Promise<DeepReadonly<MeshConfig> | undefined> {
    const { events, host, log } = this.#options;
    const fault = await withdrawFrom(() => this.#providerAt(place), {
      signal,
      check: () => host.fence?.check(),
      onApplied: ({ summary }) => events.record(config, 'Normal', EVENT_REASONS.delete, summary, MESH_SOURCE),
    });
    const what = `what was made in ${describePlace(place)}`;
    if (fault !== undefined && config.metadata.annotations?.[FORCE_TEARDOWN_ANNOTATION] !== 'true') {
      const wayOut = `it is tried again; to leave it there, annotate the MeshConfig with ${FORCE_TEARDOWN_ANNOTATION}="true"`;
      const message = `${what} could not be withdrawn: ${fault.message}; ${wayOut}`;
      await this.#report.fault(config, MESH_CONDITIONS.applied, { reason: 'NotWithdrawn', message }, signal);
      return undefined;
    }
    if (fault !== undefined) {
      log.warn({ place: describePlace(place), fault: fault.message }, 'routes of a mesh were left behind');
      events.record(config, 'Warning', 'LeftBehind', `${what} was left there: ${fault.message}`, MESH_SOURCE);
    }
    await this.#dismissProviders();
    const { programmed: gone, ...rest } = (config.status ?? {}) as MeshConfigStatus;
    return this.#records.writeStatus(config, rest, signal);
  }

  /** What is about to be put into members has to be taken out again some day, by whoever comes next. */
  async #announce(
    config: DeepReadonly<MeshConfig>,
    wanted: WantedNodeRoutes,
    signal: AbortSignal,
  ): Promise<DeepReadonly<MeshConfig>> {
    const before = config.status?.nodeRoutes ?? [];
    const newcomers = this.#nodeRoutes.newcomers(wanted, before);
    if (newcomers.length === 0) return config;
    const held = await this.#records.hold(config, true, signal);
    const status = { ...(held.status as MeshConfigStatus | undefined), nodeRoutes: [...before, ...newcomers] };
    return this.#records.writeStatus(held, status as MeshConfigStatus, signal);
  }

  async #keepNodeRoutes(
    config: DeepReadonly<MeshConfig>,
    wanted: WantedNodeRoutes,
    signal: AbortSignal,
  ): Promise<KeptNodeRoutes> {
    const { events, host, log } = this.#options;
    host.fence?.check();
    const kept = await this.#nodeRoutes.keep(wanted, config.status?.nodeRoutes ?? [], signal);
    for (const { summary, verb } of kept.actions) {
      log.info({ summary }, 'routes of nodes were changed');
      events.record(config, 'Normal', NODE_EVENT_REASONS[verb], summary, MESH_SOURCE);
    }
    return kept;
  }

  /** @returns the MeshConfig without the record of them; undefined: something is left, which was told. */
  async #withdrawNodeRoutes(
    config: DeepReadonly<MeshConfig>,
    signal: AbortSignal,
  ): Promise<DeepReadonly<MeshConfig> | undefined> {
    const before = config.status?.nodeRoutes ?? [];
    if (before.length === 0) return config;
    const { status: left, problems } = await this.#keepNodeRoutes(config, NO_NODE_ROUTES, signal);
    const isForced = config.metadata.annotations?.[FORCE_TEARDOWN_ANNOTATION] === 'true';
    if (left.length > 0 && !isForced) {
      const where = left.map(({ cluster }) => cluster).join(', ');
      const why =
        problems.length === 0 ? 'its Pods are just ending' : sentences(problems.map(({ message }) => message));
      const wayOut = `it is tried again; to leave it there, annotate the MeshConfig with ${FORCE_TEARDOWN_ANNOTATION}="true"`;
      const message = `${NODE_ROUTES_NAME} is still in ${where}: ${why}; ${wayOut}`;
      await this.#report.fault(config, MESH_CONDITIONS.applied, { reason: 'NotWithdrawn', message }, signal);
      return undefined;
    }
    for (const { cluster } of left) {
      this.#options.events.record(
        config,
        'Warning',
        'LeftBehind',
        `${NODE_ROUTES_NAME} was left in ${cluster}`,
        MESH_SOURCE,
      );
    }
    const { nodeRoutes: gone, ...rest } = (config.status ?? {}) as MeshConfigStatus;
    return this.#records.writeStatus(config, rest, signal);
  }

  async #dismissProviders(): Promise<void> {
    const dismissed = [...this.#providers.values()];
    this.#providers.clear();
    await Promise.all(dismissed.map((provider) => provider.close?.()));
  }

  #providerAt(place: DeepReadonly<MeshPlace>): MeshProvider {
    const key = JSON.stringify(place);
    const known = this.#providers.get(key);
    if (known !== undefined) return known;
    const made = this.#options.providerOf(place);
    this.#providers.set(key, made);
    return made;
  }
}

const EVENT_REASONS = { create: 'MeshRouteCreated', update: 'MeshRouteUpdated', delete: 'MeshRouteWithdrawn' } as const;
const NODE_EVENT_REASONS = {
  create: 'NodeRoutesCreated',
  update: 'NodeRoutesUpdated',
  delete: 'NodeRoutesWithdrawn',
} as const;
