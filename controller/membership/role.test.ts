import { describe, expect, it } from 'vitest';
import { memberNames } from './names.ts';
import { NETWORK_RULES } from './network-rules.ts';
import { grantsEverything, grantsList, grantsProbes, memberRules, type RoleInput, withheldTypes } from './role.ts';

const names = memberNames('vulcan', 'earth');
const base = {
  names,
  scope: 'Cluster' as const,
  namespace: 'kube-federation-system',
  ownsNamespace: true,
  allowRbac: false,
  full: false,
  probes: false,
};
const clusterRoleRules = (input: RoleInput) => memberRules(input).cluster;
const namespacedRoleRules = (input: RoleInput) => memberRules(input).namespaced;
const deployments = { group: 'apps', plural: 'deployments' };
const services = { group: '', plural: 'services' };
const configmaps = { group: '', plural: 'configmaps' };
const namespaces = { group: '', plural: 'namespaces' };
const clusterroles = { group: 'rbac.authorization.k8s.io', plural: 'clusterroles' };

describe('the ClusterRole of a control plane for all namespaces', () => {
  it('lets probes be asked only where reachability is probed', () => {
    const asking = (probes: boolean) =>
      clusterRoleRules({ ...base, types: [deployments], probes }).filter(({ resources }) =>
        resources?.includes('pods/proxy'),
      );
    expect(asking(false)).toEqual([]);
    expect(asking(true)).toEqual([{ apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] }]);
    expect(grantsProbes(clusterRoleRules({ ...base, types: [], probes: true }))).toBe(true);
    expect(grantsProbes(clusterRoleRules({ ...base, types: [deployments] }))).toBe(false);
  });

  const applying = 'create delete get patch fedmesh-routes';
  it.each<['submariner' | 'cilium' | 'netmaker' | 'static' | undefined, string[]]>([
    [undefined, []],
    ['netmaker', []],
    // With routes for nodes that are no gateway.
    ['static', [`apps/daemonsets ${applying}`, `/configmaps ${applying}`, '/pods list']],
    ['submariner', ['submariner.io/clusters,endpoints,gateways list']],
    ['cilium', ['cilium.io/ciliumnodes list', 'apps/deployments get clustermesh-apiserver']],
  ])('lets a mesh of provider %s be read, and of the others nothing', (provider, expected) => {
    const mesh = provider && { provider, nodeRoutes: provider === 'static' };
    const without = new Set(clusterRoleRules({ ...base, types: [] }).map((rule) => JSON.stringify(rule)));
    const added = clusterRoleRules({ ...base, types: [], mesh }).filter((rule) => !without.has(JSON.stringify(rule)));
    expect(
      added.map(({ apiGroups = [], resources = [], verbs, resourceNames = [] }) =>
        [`${apiGroups.join()}/${resources.join()}`, ...verbs, ...resourceNames].join(' '),
      ),
    ).toEqual(expected);
  });

  it('grants the verbs that are used on the kinds that are federated, and the right to take these rights away', () => {
    expect(clusterRoleRules({ ...base, types: [deployments, services, configmaps] })).toEqual([
      {
        apiGroups: [''],
        resources: ['configmaps', 'services'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
      {
        apiGroups: ['apps'],
        resources: ['deployments'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      {
        apiGroups: [''],
        resources: ['namespaces'],
        resourceNames: ['kube-system', 'kube-federation-system'],
        verbs: ['get'],
      },
      {
        apiGroups: [''],
        resources: ['namespaces'],
        resourceNames: ['kube-federation-system'],
        verbs: ['patch', 'delete'],
      },
      { apiGroups: [''], resources: ['resourcequotas'], verbs: ['create'] },
      { apiGroups: [''], resources: ['resourcequotas'], resourceNames: ['fedmesh-count'], verbs: ['get', 'delete'] },
      { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['default'], verbs: ['get'] },
      ...NETWORK_RULES,
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resourceNames: ['kubefed-controller-manager:vulcan-earth'],
        resources: ['clusterroles'],
        verbs: ['get'],
      },
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resourceNames: ['kubefed-controller-manager:vulcan-earth'],
        resources: ['clusterrolebindings'],
        verbs: ['get', 'delete'],
      },
      { nonResourceURLs: ['/healthz', '/version', '/api', '/api/*', '/apis', '/apis/*'], verbs: ['get'] },
    ]);
  });

  it('never reads Secrets that are not federated', () => {
    const rules = clusterRoleRules({ ...base, types: [deployments, namespaces] });
    expect(grantsList(rules, { group: '', plural: 'secrets' })).toBe(false);
    expect(grantsList(rules, deployments)).toBe(true);
    expect(JSON.stringify(rules)).not.toContain('"*"');
    expect(rules.filter(({ resources }) => resources?.includes('namespaces'))).toHaveLength(1);
  });

  it('lists Pods where replicas can be scheduled, and nowhere else', () => {
    const replicasets = { group: 'apps', plural: 'replicasets' };
    const pods = { group: '', plural: 'pods' };
    const verbsOnPods = (types: readonly (typeof pods)[]) =>
      clusterRoleRules({ ...base, types })
        .filter(({ resources }) => resources?.includes('pods'))
        .map(({ verbs }) => verbs);
    expect(verbsOnPods([replicasets])).toEqual([['list']]);
    expect(verbsOnPods([{ group: 'apps', plural: 'statefulsets' }, services])).toEqual([]);
    expect(verbsOnPods([{ group: 'example.com', plural: 'deployments' }])).toEqual([]);
    // Federated themselves, all that is done with federated kinds.
    expect(verbsOnPods([deployments, pods])).toEqual([expect.arrayContaining(['list', 'create'])]);
  });

  it('leaves a namespace alone that was there before', () => {
    const rules = clusterRoleRules({ ...base, types: [deployments], ownsNamespace: false });
    expect(rules.some((rule) => rule.resources?.includes('namespaces') && rule.verbs.includes('delete'))).toBe(false);
    expect(rules.some(({ resources }) => resources?.includes('resourcequotas'))).toBe(false);
  });

  it('grants nobody the making of rights unless that was asked for', () => {
    const types = [deployments, clusterroles];
    expect(withheldTypes(types, { allowRbac: false })).toEqual([clusterroles]);
    expect(grantsList(clusterRoleRules({ ...base, types }), clusterroles)).toBe(false);
    const allowed = clusterRoleRules({ ...base, types, allowRbac: true });
    expect(grantsList(allowed, clusterroles)).toBe(true);
    expect(allowed).toContainEqual({
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles', 'roles'],
      verbs: ['bind', 'escalate'],
    });
    expect(withheldTypes(types, { allowRbac: true })).toEqual([]);
  });

  it("gives KubeFed's role when that is asked for", () => {
    const rules = clusterRoleRules({ ...base, types: [], full: true });
    expect(grantsEverything(rules)).toBe(true);
    expect(grantsList(rules, { group: 'example.com', plural: 'widgets' })).toBe(true);
    expect(grantsEverything(clusterRoleRules({ ...base, types: [deployments] }))).toBe(false);
  });
});

describe('its Role in its own namespace', () => {
  it('lets the ServiceAccount renew its own token and end its own life, and no other', () => {
    expect(namespacedRoleRules({ ...base, types: [deployments] })).toEqual([
      { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['vulcan-earth'], verbs: ['get', 'delete'] },
      { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['vulcan-earth'], verbs: ['create'] },
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['rolebindings', 'roles'],
        resourceNames: ['kubefed-controller-manager:vulcan-earth'],
        verbs: ['get'],
      },
    ]);
  });
});

describe('a control plane that is limited to its namespace', () => {
  const limited = { ...base, scope: 'Namespaced' as const, namespace: 'team-a' };
  const secrets = { group: '', plural: 'secrets' };

  it('holds the federated kinds in that namespace, and nothing of the cluster but what cannot be in one', () => {
    const { cluster, namespaced } = memberRules({ ...limited, types: [deployments, secrets] });
    for (const type of [deployments, secrets]) {
      expect(grantsList(namespaced, type)).toBe(true);
      expect(grantsList(cluster, type)).toBe(false);
    }
    expect(cluster).toEqual([
      { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] },
      ...['clusterroles', 'clusterrolebindings'].map((resource) => ({
        apiGroups: ['rbac.authorization.k8s.io'],
        resourceNames: ['kubefed-controller-manager:team-a:healthcheck-vulcan-earth'],
        resources: [resource],
        verbs: resource === 'clusterroles' ? ['get'] : ['get', 'delete'],
      })),
      { nonResourceURLs: ['/healthz', '/version', '/api', '/api/*', '/apis', '/apis/*'], verbs: ['get'] },
    ]);
  });

  it('may delete the namespace only where join made it', () => {
    const onNamespace = (ownsNamespace: boolean) =>
      memberRules({ ...limited, types: [], ownsNamespace })
        .namespaced.filter(({ resources }) => resources?.includes('namespaces'))
        .map(({ verbs, resourceNames }) => [resourceNames, verbs]);
    expect(onNamespace(true)).toEqual([[['team-a'], ['get', 'patch', 'delete']]]);
    expect(onNamespace(false)).toEqual([[['team-a'], ['get']]]);
  });

  it('makes no rights, not even there, unless that was asked for', () => {
    const roles = { group: 'rbac.authorization.k8s.io', plural: 'roles' };
    const verbsWith = (allowRbac: boolean) =>
      memberRules({ ...limited, types: [roles], allowRbac }).namespaced.flatMap(({ verbs }) => verbs);
    expect(verbsWith(false)).not.toContain('escalate');
    expect(verbsWith(true)).toContain('escalate');
  });

  it("has KubeFed's role in that namespace when that is asked for, and no more of the cluster for it", () => {
    const { cluster, namespaced } = memberRules({ ...limited, types: [], full: true });
    expect(grantsEverything(namespaced)).toBe(true);
    expect(cluster).toEqual(memberRules({ ...limited, types: [] }).cluster);
  });
});
