import type { KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import type { Freshness, ReachabilityView, ReceiptList, Topology } from '../../../apis/dashboard/v1.ts';
import type { MeshConfig } from '../../../apis/fedmesh/v1alpha1/mesh-config.ts';
import type { ReachabilityMatrix } from '../../../apis/fedmesh/v1alpha1/reachability-matrix.ts';
import type { UnjoinReceipt } from '../../../apis/fedmesh/v1alpha1/unjoin-receipt.ts';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { conditionsOf } from './cluster-view.ts';

type Reached = ReachabilityView['pairs'][number]['pods'];

export function reachabilityView(
  matrix: DeepReadonly<ReachabilityMatrix> | undefined,
  freshness: Freshness,
): ReachabilityView {
  const pairs = matrix?.status?.pairs ?? [];
  const clusters = new Set(pairs.flatMap(({ from, to }) => [from, to]));
  for (const { cluster } of matrix?.status?.problems ?? []) clusters.add(cluster);
  return {
    clusters: [...clusters].sort(),
    pairs: pairs.map(({ from, to, pods, services, class: word, message, probedAt, latencyMs }) => ({
      ...{ from, to, pods: reached(pods), services: reached(services) },
      ...(word === 'Reachable' || !word ? {} : { diagnosis: word }),
      ...(message ? { message } : {}),
      ...(probedAt ? { probedAt } : {}),
      ...(latencyMs === undefined ? {} : { latencyMs }),
    })),
    freshness,
  };
}

function reached(word: string): Reached {
  if (word === 'Reachable') return 'yes';
  return word === 'Unreachable' ? 'no' : 'unknown';
}

/** Gateways and routes as the mesh's status has them, and every member with its ranges, whether or not a mesh is there. */
export function topologyView(
  config: DeepReadonly<MeshConfig> | undefined,
  clusters: Iterable<DeepReadonly<KubeFedCluster>>,
): Topology {
  const status = config?.status;
  const gateways = status?.gateways ?? [];
  const relays = new Map(
    (config?.spec?.gateways ?? []).map((each) => [`${each.cluster}/${each.node}`, each.relayedBy]),
  );
  const provider = status?.provider ?? config?.spec?.provider;
  return {
    ...(provider === undefined ? {} : { provider }),
    nodes: [...clusters]
      .map(({ metadata, status: seen }) => {
        const cluster = metadata.name ?? '';
        const { podCIDRs = [], serviceCIDRs = [], nodeCIDRs = [] } = seen?.network ?? {};
        return {
          cluster,
          ranges: [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs].map(({ cidr }) => cidr),
          gateways: gateways
            .filter((gateway) => gateway.cluster === cluster)
            .map(({ id, node = id, state, meshAddresses }) => {
              const relayedBy = relays.get(`${cluster}/${node}`);
              return {
                node,
                ...(state === 'Unknown' ? {} : { ready: state === 'Ready' }),
                ...(meshAddresses?.[0] === undefined ? {} : { address: meshAddresses[0] }),
                ...(relayedBy === undefined ? {} : { relayedBy }),
              };
            }),
        };
      })
      .sort((a, b) => (a.cluster < b.cluster ? -1 : 1)),
    routes: (status?.routes ?? []).map(({ cluster, cidr, virtualCIDR, gateways: ids }) => {
      const gateway = gateways.find(({ id }) => id === ids?.[0]);
      return {
        ...{ cluster, range: cidr },
        ...(virtualCIDR === undefined ? {} : { seenAs: virtualCIDR }),
        ...(gateway === undefined ? {} : { gateway: gateway.node ?? gateway.id }),
      };
    }),
    problems: (status?.problems ?? []).map(({ cluster, message }) => (cluster ? `${cluster}: ${message}` : message)),
    conditions: conditionsOf(status?.conditions),
  };
}

/** The latest first. */
export function receiptsView(receipts: Iterable<DeepReadonly<UnjoinReceipt>>): ReceiptList {
  return {
    items: [...receipts]
      .map(({ metadata, spec, status }) => ({
        name: metadata.name ?? '',
        cluster: spec?.cluster ?? '',
        at: spec?.finishedAt ?? spec?.startedAt ?? metadata.creationTimestamp ?? '',
        phase: spec?.finishedAt === undefined ? 'under way' : 'finished',
        removed: status?.totals?.removed ?? status?.removed?.length ?? 0,
        released: status?.totals?.released ?? status?.released?.length ?? 0,
        leftBehind: status?.leftBehind ?? [],
      }))
      .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)),
  };
}
