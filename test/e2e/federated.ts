import type { Resource } from '../../apis/meta/resource.ts';
import type {
  ClusterOverrides,
  FederatedObject,
  FederatedTemplate,
  Placement,
} from '../../apis/types/v1beta1/federated-object.ts';
import { apiVersionOf } from '../../controller/kube/resource.ts';
import { type Cluster, until } from './cluster.ts';
import { federatedKindOf, NAMESPACES } from './kinds.ts';

export interface Wish {
  readonly name: string;
  readonly namespace?: string;
  readonly template?: FederatedTemplate;
  /** Names of clusters; or a whole placement. */
  readonly on?: readonly string[] | Placement;
  readonly overrides?: ClusterOverrides[];
  readonly annotations?: Record<string, string>;
  /** More fields of the spec. */
  readonly spec?: object;
}

/** A federated object of the target's kind. */
export function federated(target: Resource, wish: Wish): FederatedObject {
  const { name, namespace, template, on, overrides, annotations, spec } = wish;
  const kind = federatedKindOf(target);
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      ...(template === undefined ? {} : { template }),
      ...(on === undefined ? {} : { placement: isPlacement(on) ? on : on_(on) }),
      ...(overrides === undefined ? {} : { overrides }),
      ...spec,
    },
  };
}

function isPlacement(on: readonly string[] | Placement): on is Placement {
  return !Array.isArray(on);
}

function on_(names: readonly string[]): Placement {
  return { clusters: names.map((name) => ({ name })) };
}

/** How one federated object stands, for a comparison at a glance. */
export interface Standing {
  /** `True`, or the reason why not. */
  readonly propagation: string;
  readonly message: string;
  /** `OK`, or KubeFed's word for what is wrong, by cluster. */
  readonly clusters: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, string>>;
  readonly conditions: Readonly<Record<string, string>>;
  /** The status speaks of the newest spec. */
  readonly current: boolean;
}

export function standingOf(object: FederatedObject | undefined): Standing {
  const { status, metadata } = object ?? { metadata: {} };
  const conditions = status?.conditions ?? [];
  const propagation = conditions.find(({ type }) => type === 'Propagation');
  const clusters = status?.clusters ?? [];
  return {
    propagation: propagation?.status === 'True' ? 'True' : (propagation?.reason ?? propagation?.status ?? 'unknown'),
    message: propagation?.message ?? '',
    clusters: Object.fromEntries(clusters.map(({ name, status }) => [name, status || 'OK'])),
    messages: Object.fromEntries(clusters.map(({ name, message }) => [name, message ?? ''])),
    conditions: Object.fromEntries(conditions.map(({ type, status, message }) => [type, `${status} ${message ?? ''}`])),
    current: status?.observedGeneration === metadata.generation,
  };
}

/** Waits until the status, written for the newest spec, says what is expected. */
export async function untilStanding(
  host: Cluster,
  target: Resource,
  ref: { name: string; namespace?: string },
  holds: (standing: Standing) => boolean,
): Promise<Standing> {
  const kind = federatedKindOf(target);
  return until(
    `the status of ${kind.kind} ${ref.namespace ?? ''}/${ref.name}`,
    async () => standingOf(await host.find<FederatedObject>(kind, ref)),
    (standing) => standing.current && holds(standing),
  );
}

/** Waits until it is propagated to these clusters and no others. */
export function untilPropagated(
  host: Cluster,
  target: Resource,
  ref: { name: string; namespace?: string },
  clusters: readonly string[],
): Promise<Standing> {
  const expected = [...clusters].sort().join();
  return untilStanding(host, target, ref, (standing) => {
    const { propagation, clusters } = standing;
    const well = Object.values(clusters).every((status) => status === 'OK');
    return propagation === 'True' && well && Object.keys(clusters).sort().join() === expected;
  });
}

/** A namespace on the host that goes to these clusters. Returns when it is there. */
export async function federateNamespace(
  host: Cluster,
  namespace: string,
  on: readonly string[] | Placement,
  name = namespace,
): Promise<void> {
  await host.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await host.create(federatedKindOf(NAMESPACES), federated(NAMESPACES, { name, namespace, on }));
  await untilStanding(host, NAMESPACES, { name, namespace }, ({ propagation }) => propagation === 'True');
}
