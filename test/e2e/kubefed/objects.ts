import { PROPAGATED_VERSIONS, type PropagatedVersion } from '../../../apis/core/v1alpha1/propagated-version.ts';
import type { Resource } from '../../../apis/meta/resource.ts';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import type {
  ClusterOverrides,
  FederatedObject,
  FederatedTemplate,
} from '../../../apis/types/v1beta1/federated-object.ts';
import { overridesVersion, templateVersion } from '../../../controller/sync/versions/versions.ts';
import { rfc3339 } from '../../../controller/time/rfc3339.ts';
import type { Cluster } from '../cluster.ts';
import { federated } from '../federated.ts';
import { CONFIG_MAPS, DEPLOYMENTS, federatedKindOf, NAMESPACES, SECRETS } from '../kinds.ts';

const FINALIZER = 'kubefed.io/sync-controller';
const AT_A_TIME = 8;

export interface Live {
  readonly target: Resource;
  readonly federated: FederatedObject;
}

/** Federated objects of several kinds in one namespace, the namespace's own first; some differ from one member to the other. */
export function federatedObjects(namespace: string, count: number): Live[] {
  const everywhere = { clusterSelector: {} };
  const made: Live[] = [
    { target: NAMESPACES, federated: federated(NAMESPACES, { name: namespace, namespace, on: everywhere }) },
  ];
  for (let index = 1; index < count; index += 1) {
    const name = `object-${String(index).padStart(3, '0')}`;
    const target = index % 5 === 0 ? DEPLOYMENTS : index % 5 === 1 ? SECRETS : CONFIG_MAPS;
    const wish = { name, namespace, on: everywhere, template: templateOf(target, index) };
    const overrides = overridesOf(target, index);
    made.push({ target, federated: federated(target, overrides === undefined ? wish : { ...wish, overrides }) });
  }
  return made;
}

function templateOf(target: Resource, index: number): FederatedTemplate {
  const labels = { app: `app-${index % 7}` };
  if (target.kind === 'ConfigMap') return { metadata: { labels }, data: { key: `value <${index}>`, more: 'é & co' } };
  if (target.kind === 'Secret') return { metadata: { labels }, type: 'Opaque', data: { password: 'c2VjcmV0' } };
  return {
    metadata: { labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.25' }] } },
    },
  };
}

function overridesOf(target: Resource, index: number): ClusterOverrides[] | undefined {
  if (index % 3 !== 0) return undefined;
  if (target.kind === 'ConfigMap') {
    return [{ clusterName: 'earth', clusterOverrides: [{ path: '/data/key', value: `earth ${index}` }] }];
  }
  if (target.kind === 'Deployment') {
    const path = '/spec/template/spec/containers/0/image';
    return [
      {
        clusterName: 'vulcan',
        clusterOverrides: [
          { path, value: 'nginx:1.26' },
          { op: 'add', path: '/metadata/annotations', value: { 'example.com/by-override': 'yes' } },
        ],
      },
    ];
  }
  return undefined;
}

/**
 * On the host alone, as a person applies them. Without overrides of all annotations: KubeFed takes those of the Deployment controller
 * away again and again then, and never comes to rest.
 */
export async function apply(host: Cluster, live: readonly Live[]): Promise<void> {
  for (const { target, federated: object } of live) {
    const overrides = object.spec.overrides?.map(({ clusterOverrides = [], ...entry }) => ({
      ...entry,
      clusterOverrides: clusterOverrides.filter(({ path }) => path !== '/metadata/annotations'),
    }));
    const spec = overrides === undefined ? object.spec : { ...object.spec, overrides };
    await host.create(federatedKindOf(target), { ...object, spec });
  }
}

/**
 * On the host and in the members, with KubeFed's finalizer, labels, status and records: as if KubeFed had propagated them.
 * `unrecorded`: so many of the last have lost their PropagatedVersion.
 */
export async function placeAsKubeFed(
  host: Cluster,
  members: readonly Cluster[],
  live: readonly Live[],
  options: { unrecorded: number },
): Promise<void> {
  const [first, ...rest] = live;
  if (first === undefined) return;
  await place(host, members, first, true);
  for (let at = 0; at < rest.length; at += AT_A_TIME) {
    await Promise.all(
      rest
        .slice(at, at + AT_A_TIME)
        .map((one, index) => place(host, members, one, at + index < rest.length - options.unrecorded)),
    );
  }
}

async function place(
  host: Cluster,
  members: readonly Cluster[],
  { target, federated: object }: Live,
  recorded: boolean,
): Promise<void> {
  const kind = federatedKindOf(target);
  const { name = '', namespace = '' } = object.metadata;
  const stored = await host.create<FederatedObject>(kind, {
    ...object,
    metadata: { ...object.metadata, finalizers: [FINALIZER] },
  });
  const versions = await Promise.all(
    members.map(async (member) => {
      const { metadata } = await member.create(target, copyOf(target, object, member.name));
      const version = metadata.generation ? `gen:${metadata.generation}` : `rv:${metadata.resourceVersion ?? ''}`;
      return { clusterName: member.name, version };
    }),
  );
  const now = rfc3339(Date.now());
  const ref = { name, namespace };
  await host.patch(
    kind,
    ref,
    {
      status: {
        observedGeneration: stored.metadata.generation,
        conditions: [{ type: 'Propagation', status: 'True', lastUpdateTime: now, lastTransitionTime: now }],
        clusters: members.map((member) => ({ name: member.name })),
      },
    },
    'status',
  );
  if (!recorded) return;
  const record = {
    name: `${target.kind.toLowerCase()}-${name}`,
    namespace,
    ownerReferences: [
      {
        apiVersion: object.apiVersion ?? '',
        kind: object.kind ?? '',
        name,
        uid: stored.metadata.uid ?? '',
      },
    ],
  };
  await host.create<PropagatedVersion>(PROPAGATED_VERSIONS, {
    apiVersion: 'core.kubefed.io/v1alpha1',
    kind: 'PropagatedVersion',
    metadata: record,
  });
  await host.patch(
    PROPAGATED_VERSIONS,
    { name: record.name, namespace },
    {
      status: {
        templateVersion: templateVersion(object),
        overridesVersion: overridesVersion(object),
        clusterVersions: versions.toSorted((a, b) => (a.clusterName < b.clusterName ? -1 : 1)),
      },
    },
    'status',
  );
}

/** What KubeFed writes in a member; overrides as {@link overridesOf} has them. */
function copyOf(target: Resource, { metadata, spec }: FederatedObject, cluster: string): KubeObject {
  const { metadata: templated, ...content } = structuredClone(spec.template ?? {});
  const { name = '', namespace } = metadata;
  const copy: Record<string, unknown> & KubeObject = {
    ...content,
    apiVersion: target.group === '' ? target.version : `${target.group}/${target.version}`,
    kind: target.kind,
    metadata: {
      name,
      ...(target.namespaced && namespace !== undefined ? { namespace } : {}),
      labels: { ...templated?.labels, 'kubefed.io/managed': 'true' },
    },
  };
  for (const { path, value } of (spec.overrides ?? []).find((each) => each.clusterName === cluster)?.clusterOverrides ??
    []) {
    const keys = path.split('/').slice(1);
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
    parent[last] = value;
  }
  return copy;
}
