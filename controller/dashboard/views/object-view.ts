import { isCordoned, type KubeFedCluster } from '../../../apis/core/v1beta1/kubefed-cluster.ts';
import type { EventSummary, ObjectDetail, ObjectInCluster } from '../../../apis/dashboard/v1.ts';
import type { DeepReadonly, KubeObject } from '../../../apis/meta/v1.ts';
import type { FederatedObject } from '../../../apis/types/v1beta1/federated-object.ts';
import { isLeaving } from '../../clusters/leaving.ts';
import { keyOf } from '../../kube/resource.ts';
import { baseOf, renderFor } from '../../sync/render/render.ts';
import { isRecordedIn, subjectOf } from '../../sync/subject.ts';
import { conditionsOf } from './cluster-view.ts';
import { summaryOf } from './object-state.ts';
import { scrubberOf, withoutSecretValues, withoutValues } from './secret-values.ts';
import { isSecretType, type ShownType } from './shown-type.ts';

export interface ObjectViewInput {
  readonly type: ShownType;
  readonly object: DeepReadonly<FederatedObject>;
  readonly clusters: readonly DeepReadonly<KubeFedCluster>[];
  /** All of the object's namespace. Empty for types without namespaces. */
  readonly federatedNamespaces: readonly DeepReadonly<FederatedObject>[];
  readonly kubefedNamespace: string;
  /** Of a control plane that is limited to one namespace. */
  readonly targetNamespace?: string | undefined;
  readonly events: readonly EventSummary[];
}

/** One federated object with what its placement, template and overrides make of it in each member. */
export function objectView(input: ObjectViewInput): ObjectDetail {
  const { type, object, events } = input;
  const secret = isSecretType(type);
  const hide = secret ? scrubberOf(object) : (text: string) => text;
  return {
    ...summaryOf(type, object, hide),
    federated: secret ? withoutSecretValues(object) : (object as unknown as KubeObject),
    conditions: conditionsOf(object.status?.conditions).map(({ message, ...condition }) => ({
      ...condition,
      ...(message === undefined ? {} : { message: hide(message) }),
    })),
    clusters: inClusters(input, hide),
    events: events.map((event) => ({ ...event, message: hide(event.message) })),
  };
}

function inClusters(input: ObjectViewInput, hide: (text: string) => string): ObjectInCluster[] {
  const { type, object } = input;
  const members = input.clusters.filter((cluster) => !isLeaving(cluster));
  const labels = new Map(members.map(({ metadata }) => [metadata.name ?? '', metadata.labels ?? {}]));
  const { placedOn, problem, propagatedVersion } = subjectFor(input, members);
  const base = baseOf(object, type.sync.target, { applies: type.sync.applies });
  const said = new Map((object.status?.clusters ?? []).map((each) => [each.name, each]));
  const versions = new Map(
    (object.status?.propagatedVersion ?? propagatedVersion)?.clusterVersions?.map((each) => [
      each.clusterName,
      each.version,
    ]),
  );
  const secret = isSecretType(type);
  return [...new Set([...labels.keys(), ...said.keys()])].sort().map((cluster): ObjectInCluster => {
    const placed = placedOn.has(cluster);
    const { status = '', message, remoteStatus } = said.get(cluster) ?? {};
    const version = versions.get(cluster);
    const rendered = 'error' in base || !placed ? undefined : renderFor(base, cluster, undefined, labels.get(cluster));
    const fault = 'error' in base ? base.error : rendered !== undefined && 'error' in rendered ? rendered.error : '';
    const why = fault || (placed ? '' : (problem?.message ?? ''));
    return {
      ...{ cluster, placed, status },
      ...(message ? { message: hide(message) } : {}),
      ...(rendered !== undefined && 'object' in rendered
        ? { rendered: secret ? withoutValues(rendered.object) : rendered.object }
        : {}),
      ...(why === '' ? {} : { problem: hide(why) }),
      ...(version === undefined ? {} : { recordedVersion: version }),
      // Nothing that a member says of a Secret is worth the risk.
      ...(remoteStatus === undefined || secret ? {} : { remoteStatus }),
    };
  });
}

/** Where it belongs, decided by what decides it for the sync. */
function subjectFor(input: ObjectViewInput, members: readonly DeepReadonly<KubeFedCluster>[]) {
  const { type, object, federatedNamespaces, kubefedNamespace, targetNamespace } = input;
  return subjectOf({
    key: keyOf(object.metadata),
    type: type.sync,
    federated: object,
    record: { uid: object.metadata.uid ?? '', clusters: new Map() },
    federatedNamespaces,
    clusters: members.map((cluster) => ({
      name: cluster.metadata.name ?? '',
      labels: cluster.metadata.labels,
      cordoned: isCordoned(cluster),
    })),
    isIn: (cluster) => isRecordedIn(object, cluster),
    kubefedNamespace,
    targetNamespace,
  });
}
