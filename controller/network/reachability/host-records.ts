import type { KubeFedCluster, KubeFedClusterStatus } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import {
  REACHABILITY_MATRICES,
  REACHABILITY_MATRIX_NAME,
  type ReachabilityMatrixStatus,
} from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { conditionAt, type Finding, saysTheSame } from '../../clusters/condition.ts';
import { patchStatus } from '../../clusters/monitor.ts';
import type { Client } from '../../kube/client.ts';
import { isConflict, isNotFound } from '../../kube/errors.ts';
import { apiVersionOf } from '../../kube/resource.ts';
import { REACHABILITY_CONDITIONS } from './conditions.ts';

const OWN_TYPES: readonly string[] = Object.values(REACHABILITY_CONDITIONS);

/** What the host is told of reachability. */
export class ReachabilityRecords {
  readonly #host: Client;
  readonly #clusters: Clusters;
  readonly #namespace: string;

  constructor(host: Client, clusters: Clusters, namespace: string) {
    this.#host = host;
    this.#clusters = clusters;
    this.#namespace = namespace;
  }

  async writeMatrix(status: ReachabilityMatrixStatus, signal: AbortSignal): Promise<void> {
    const ref = { name: REACHABILITY_MATRIX_NAME, namespace: this.#namespace };
    const { kind } = REACHABILITY_MATRICES;
    const body = { apiVersion: apiVersionOf(REACHABILITY_MATRICES), kind, metadata: ref, status };
    await this.#host.patch(REACHABILITY_MATRICES, ref, { type: 'apply', body }, { signal, force: true });
  }

  async removeMatrix(signal: AbortSignal): Promise<void> {
    try {
      const ref = { name: REACHABILITY_MATRIX_NAME, namespace: this.#namespace };
      await this.#host.delete(REACHABILITY_MATRICES, ref, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /**
   * Writes the conditions that say something else than before; an empty list takes them away.
   * @returns those of another status than before; undefined when somebody else wrote in between
   */
  async writeConditions(
    cluster: DeepReadonly<KubeFedCluster>,
    findings: readonly Finding[],
    now: string,
    signal: AbortSignal,
  ): Promise<Finding[] | undefined> {
    const had = cluster.status?.conditions ?? [];
    const old = new Map(had.filter(({ type }) => OWN_TYPES.includes(type)).map((each) => [each.type, each]));
    const same = findings.every((finding) => saysTheSame(old.get(finding.type), finding));
    if (same && old.size === findings.length) return [];
    const status = {
      ...cluster.status,
      conditions: [
        ...had.filter(({ type }) => !OWN_TYPES.includes(type)),
        ...findings.map((finding) => {
          const before = old.get(finding.type);
          return before !== undefined && saysTheSame(before, finding) ? before : conditionAt(finding, before, now);
        }),
      ],
    } as KubeFedClusterStatus;
    try {
      this.#clusters.objects.noteWrite(await patchStatus(this.#host, cluster, status, signal));
      return findings.filter(({ type, status: is }) => old.get(type)?.status !== is);
    } catch (error) {
      if (isConflict(error)) return undefined;
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
