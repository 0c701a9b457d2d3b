import { describe, expect, it } from 'vitest';
import { memberNames } from './names.ts';
import { clusterRoleRules, grantsEverything, grantsList, namespacedRoleRules, withheldTypes } from './role.ts';

const names = memberNames('vulcan', 'earth');
const base = { names, namespace: 'kube-federation-system', ownsNamespace: true, allowRbac: false, full: false };
const deployments = { group: 'apps', plural: 'deployments' };
const services = { group: '', plural: 'services' };
const configmaps = { group: '', plural: 'configmaps' };
const namespaces = { group: '', plural: 'namespaces' };
const clusterroles = { group: 'rbac.authorization.k8s.io', plural: 'clusterroles' };

describe('clusterRoleRules', () => {
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

describe('namespacedRoleRules', () => {
  it('lets the ServiceAccount renew its own token and end its own life, and no other', () => {
    expect(namespacedRoleRules(names)).toEqual([
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
