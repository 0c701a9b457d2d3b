import type { KubeFedCluster, KubeFedClusterStatus } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import {
  MESH_CONFIGS,
  MESH_FINALIZER,
  type MeshConfig,
  type MeshConfigStatus,
} from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { conditionAt, saysTheSame } from '../../clusters/condition.ts';
import { patchStatus } from '../../clusters/monitor.ts';
import type { Client } from '../../kube/client.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import { apiVersionOf } from '../../kube/resource.ts';
import { GATEWAY_CONDITION, type GatewayCondition } from './gateway-condition.ts';
import type { MeshConfigs } from './mesh-configs.ts';

const KIND = { apiVersion: apiVersionOf(MESH_CONFIGS), kind: MESH_CONFIGS.kind };

/** What the host is told of the mesh. Every write is conditional; whoever has changed the object in between is seen at the next look. */
export class MeshRecords {
  readonly #host: Client;
  readonly #configs: MeshConfigs;
  readonly #clusters: Clusters;

  constructor(host: Client, configs: MeshConfigs, clusters: Clusters) {
    this.#host = host;
    this.#configs = configs;
    this.#clusters = clusters;
  }

  /**
   * Writes what differs from what is there. What only was heard of again later is not worth a write.
   * @throws ApiError 409 when somebody has changed the object since it was read
   */
  async writeStatus(
    config: DeepReadonly<MeshConfig>,
    status: MeshConfigStatus,
    signal: AbortSignal,
  ): Promise<DeepReadonly<MeshConfig>> {
    if (gist(config.status) === gist(status)) return config;
    const object = { ...KIND, ...config, status } as MeshConfig;
    const answer = await this.#host.replace(MESH_CONFIGS, object, { subresource: 'status', signal });
    return this.#noted(answer);
  }

  /** Sees to it that the MeshConfig stays until what was made by it has been withdrawn, or lets it go. */
  async hold(config: DeepReadonly<MeshConfig>, held: boolean, signal: AbortSignal): Promise<DeepReadonly<MeshConfig>> {
    const { finalizers = [], resourceVersion } = config.metadata;
    if (finalizers.includes(MESH_FINALIZER) === held) return config;
    const wanted = held ? [...finalizers, MESH_FINALIZER] : finalizers.filter((each) => each !== MESH_FINALIZER);
    const { name = '', namespace = '' } = config.metadata;
    const body = { metadata: { resourceVersion, finalizers: wanted } };
    return this.#noted(
      await this.#host.patch<MeshConfig>(MESH_CONFIGS, { name, namespace }, { type: 'merge', body }, { signal }),
    );
  }

  /**
   * Writes the condition of a member, or with undefined takes it away.
   * @returns whether the status of the condition is another than before; undefined when somebody else wrote in between
   */
  async writeGateway(
    cluster: DeepReadonly<KubeFedCluster>,
    wanted: GatewayCondition | undefined,
    now: string,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const conditions = cluster.status?.conditions ?? [];
    const old = conditions.find(({ type }) => type === GATEWAY_CONDITION);
    const finding = wanted === undefined ? undefined : { type: GATEWAY_CONDITION, ...wanted };
    if (finding === undefined ? old === undefined : saysTheSame(old, finding)) return false;
    const status = {
      ...cluster.status,
      conditions: [
        ...conditions.filter((each) => each !== old),
        ...(finding === undefined ? [] : [conditionAt(finding, old, now)]),
      ],
    } as KubeFedClusterStatus;
    try {
      this.#clusters.objects.noteWrite(await patchStatus(this.#host, cluster, status, signal));
      return old?.status !== wanted?.status;
    } catch (error) {
      if (isConflict(error)) return undefined;
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  #noted(answer: MeshConfig): MeshConfig {
    // An object whose last finalizer is gone is gone too: the watch tells.
    if (answer.metadata.deletionTimestamp === undefined) this.#configs.store.noteWrite(answer);
    return answer;
  }
}

/** Without times that move by themselves, and in one order of fields. */
function gist(status: DeepReadonly<MeshConfigStatus> | undefined): string {
  return JSON.stringify(status ?? {}, (key, value: unknown) => {
    if (key === 'lastSeen' || (Array.isArray(value) && value.length === 0)) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
