import {
  MESH_CONDITIONS,
  MESH_STATUS_LIMIT,
  type MeshConfig,
  type MeshConfigStatus,
  type MeshPlace,
} from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { isLeaving } from '../../clusters/leaving.ts';
import type { EventRecorder } from '../../runtime/event-recorder.ts';
import type { Clock } from '../../time/clock.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import type { MeshProblem } from '../providers/provider.ts';
import { type GatewayCondition, gatewayCondition } from './gateway-condition.ts';
import type { MeshLook } from './look.ts';
import type { KeptNodeRoutes } from './mesh-node-routes.ts';
import type { MeshRecords } from './mesh-records.ts';
import { nodesRouted, type Said, statusOf, withConditions } from './mesh-status.ts';

/** Who tells, in events. */
export const MESH_SOURCE = 'mesh-controller';

export interface MeshReportOptions {
  readonly records: MeshRecords;
  readonly clusters: Clusters;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** Somebody else wrote at the same time, so that a member was not told. */
  readonly onMissed: () => void;
}

/** Says what was found of the mesh: on the MeshConfig, on each member, and in events. */
export class MeshReport {
  readonly #options: MeshReportOptions;

  constructor(options: MeshReportOptions) {
    this.#options = options;
  }

  /** What was seen and done. */
  async look(
    config: DeepReadonly<MeshConfig>,
    look: MeshLook,
    failures: readonly MeshProblem[],
    signal: AbortSignal,
    routes: KeptNodeRoutes & { readonly isOff?: boolean },
  ): Promise<void> {
    const { provider } = config.spec;
    const { capabilities, state, plan, members } = look;
    const outcome = { provider, version: capabilities.version, managesRoutes: capabilities.managesRoutes };
    const { conditions, ...rest } = statusOf({ ...outcome, state, problems: plan.problems, failures });
    const problems = [...rest.problems, ...routes.problems].slice(0, MESH_STATUS_LIMIT);
    const seen = { ...rest, problems, nodeRoutes: [...routes.status] };
    const isOff = routes.isOff === true;
    const said = isOff ? conditions : { ...conditions, [MESH_CONDITIONS.nodesRouted]: nodesRouted(routes) };
    this.#warnOfNew(config, [...plan.problems, ...failures, ...routes.problems]);
    await this.#write(config, said, seen, signal, { version: capabilities.version, forget: isOff });
    await this.members((cluster) => {
      const member = members.networks.find((network) => network.cluster === cluster) ?? { cluster, gatewayNodes: [] };
      return gatewayCondition({ provider, member, gateways: state.gateways, problems: plan.problems });
    }, signal);
  }

  /** Nothing could be found out: what was seen last stays, and of no gateway is anything known. */
  async fault(
    config: DeepReadonly<MeshConfig>,
    type: string,
    fault: { reason: string; message: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { gateways = [], routes = [], problems = [], nodeRoutes = [] } = (config.status ?? {}) as MeshConfigStatus;
    const unknown: Said = { status: 'Unknown', reason: fault.reason, message: fault.message };
    const said = {
      [MESH_CONDITIONS.planned]: unknown,
      [MESH_CONDITIONS.applied]: unknown,
      [MESH_CONDITIONS.providerReachable]: unknown,
      [type]: { ...unknown, status: 'False' as const },
    };
    this.#warnOfNew(config, [fault]);
    await this.#write(config, said, { gateways, routes, problems, nodeRoutes }, signal);
    await this.members(() => unknown, signal);
  }

  async #write(
    config: DeepReadonly<MeshConfig>,
    said: Readonly<Record<string, Said>>,
    seen: Pick<MeshConfigStatus, 'gateways' | 'routes' | 'problems' | 'nodeRoutes'>,
    signal: AbortSignal,
    { version, forget = false }: { readonly version?: string | undefined; readonly forget?: boolean } = {},
  ): Promise<void> {
    const { generation = 0 } = config.metadata as { generation?: number };
    const { provider } = config.spec;
    const programmed = config.status?.programmed as MeshPlace | undefined;
    const now = rfc3339(this.#options.clock.now());
    // Of what nobody sees to any more nothing is said.
    const previous = (config.status?.conditions ?? []).filter(
      ({ type }) => !forget || type !== MESH_CONDITIONS.nodesRouted,
    );
    await this.#options.records.writeStatus(
      config,
      {
        observedGeneration: generation,
        provider,
        ...(version === undefined ? {} : { providerVersion: version }),
        ...(programmed === undefined ? {} : { programmed }),
        conditions: withConditions(previous, said, generation, now),
        ...seen,
      },
      signal,
    );
  }

  /** Whether a member's way into the mesh is there, on each of them. One that changes at the same time is told at the next look. */
  async members(conditionOf: (cluster: string) => GatewayCondition | undefined, signal: AbortSignal): Promise<void> {
    const { clusters, clock, events, onMissed } = this.#options;
    let isMissed = false;
    for (const { name } of clusters.list()) {
      const cluster = clusters.object(name);
      if (cluster === undefined || isLeaving(cluster)) continue;
      const condition = conditionOf(name);
      const turned = await this.#options.records.writeGateway(cluster, condition, rfc3339(clock.now()), signal);
      if (turned === undefined) isMissed = true;
      if (!turned || condition === undefined) continue;
      const type = condition.status === 'True' ? 'Normal' : 'Warning';
      events.record(cluster, type, condition.reason ?? 'Gateway', condition.message ?? '', MESH_SOURCE);
    }
    if (isMissed) onMissed();
  }

  #warnOfNew(config: DeepReadonly<MeshConfig>, problems: readonly { reason: string; message: string }[]): void {
    const known = new Set([
      ...(config.status?.problems ?? []).map(({ message }) => message),
      ...(config.status?.conditions ?? []).map(({ message }) => message),
    ]);
    for (const { reason, message } of problems) {
      if (!known.has(message)) this.#options.events.record(config, 'Warning', reason, message, MESH_SOURCE);
    }
  }
}
