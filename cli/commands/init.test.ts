import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import { NAMESPACE, writes } from '../testing/objects.ts';
import { Sandbox } from '../testing/run-fedctl.ts';
import { kind } from '../testing/served-kinds.ts';

describe('fedctl init', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
  });
  afterEach(() => sandbox.close());

  it('installs a control plane, a line per object, and says what comes next', async () => {
    const { code, stdout, stderr } = await sandbox.fedctl('init --types deploy,namespaces');

    expect(stdout).toBe(`namespace/kube-federation-system created
customresourcedefinition.apiextensions.k8s.io/federatedtypeconfigs.core.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/kubefedclusters.core.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/kubefedconfigs.core.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/propagatedversions.core.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/clusterpropagatedversions.core.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/federatedservicestatuses.core.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/replicaschedulingpreferences.scheduling.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/unjoinreceipts.fedmesh.io created
customresourcedefinition.apiextensions.k8s.io/meshconfigs.fedmesh.io created
customresourcedefinition.apiextensions.k8s.io/reachabilitymatrices.fedmesh.io created
kubefedconfig.core.kubefed.io/kubefed created
clusterrole.rbac.authorization.k8s.io/fedmesh-admin created
clusterrole.rbac.authorization.k8s.io/fedmesh-edit created
clusterrole.rbac.authorization.k8s.io/fedmesh-view created
customresourcedefinition.apiextensions.k8s.io/federateddeployments.types.kubefed.io created
customresourcedefinition.apiextensions.k8s.io/federatednamespaces.types.kubefed.io created
federatedtypeconfig.core.kubefed.io/deployments.apps created
federatedtypeconfig.core.kubefed.io/namespaces created

host is a host now (namespace kube-federation-system). Next:
  fedmesh-controller --kubeconfig FILE   # keeps everything in step; runs until stopped
  fedctl join NAME --cluster-context CONTEXT --host-cluster-context host
`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('adopts carefully, and gives the control plane the UID of its namespace to be known by', async () => {
    await sandbox.fedctl('init');

    expect(sandbox.servers.host.get('kubefedconfigs.core.kubefed.io', 'kubefed', NAMESPACE)).toMatchObject({
      metadata: { annotations: { 'fedmesh.io/control-plane-uid': `uid-of-${NAMESPACE}` } },
      spec: { scope: 'Cluster', syncController: { adoptResources: 'IfNoDiff' } },
    });
  });

  it('federates what people use and nothing that is power over a member', async () => {
    await sandbox.fedctl('init');

    expect(sandbox.servers.host.names('federatedtypeconfigs.core.kubefed.io')).toEqual(
      [
        'namespaces',
        'deployments.apps',
        'services',
        'configmaps',
        'serviceaccounts',
        'ingresses.networking.k8s.io',
        'jobs.batch',
        'replicasets.apps',
      ].map((name) => `${NAMESPACE}/${name}`),
    );
  });

  it("federates KubeFed's ten on request", async () => {
    await sandbox.fedctl('init --types kubefed');

    const names = sandbox.servers.host.names('federatedtypeconfigs.core.kubefed.io');
    expect(names).toHaveLength(10);
    expect(names).toEqual(
      expect.arrayContaining([`${NAMESPACE}/secrets`, `${NAMESPACE}/clusterroles.rbac.authorization.k8s.io`]),
    );
  });

  it('writes nothing the second time', async () => {
    await sandbox.fedctl('init');
    sandbox.servers.host.requests.length = 0;

    const { code, stdout } = await sandbox.fedctl('init');

    expect(writes(sandbox.servers.host)).toEqual([]);
    expect(stdout).toContain('federatedtypeconfig.core.kubefed.io/services unchanged\n');
    expect(code).toBe(0);
  });

  it('goes on where it was stopped', async () => {
    const { host } = sandbox.servers;
    host.answer(/POST .*kubefedconfigs/, { code: 500, reason: 'InternalError', message: 'etcd is away' });
    const first = await sandbox.fedctl('init');
    expect(first.code).toBe(1);
    expect(first.stderr).toBe(
      'error: create kubefedconfigs.core.kubefed.io "kube-federation-system/kubefed" in cluster "host": InternalError: etcd is away\nhint: the API server is busy or failing: run the command again in a moment\n',
    );

    host.clearAnswers();
    const second = await sandbox.fedctl('init');
    expect(second.code).toBe(0);
    expect(host.names('federatedtypeconfigs.core.kubefed.io')).toHaveLength(8);
  });

  it('says with --dry-run what it would create, and creates nothing', async () => {
    const { code, stdout } = await sandbox.fedctl('init --dry-run');

    expect(writes(sandbox.servers.host)).toEqual([]);
    expect(stdout).toContain('federatedtypeconfig.core.kubefed.io/deployments.apps created (dry run)\n');
    expect(code).toBe(0);
  });

  it('changes nothing of a KubeFed that is there but widening its CRDs', async () => {
    const { host } = sandbox.servers;
    await sandbox.fedctl('init --types configmaps');
    const config = host.get('kubefedconfigs.core.kubefed.io', 'kubefed', NAMESPACE);
    host.put({
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedConfig',
      metadata: { name: 'kubefed', namespace: NAMESPACE },
      spec: config?.spec,
    });
    const narrow = host.get('customresourcedefinitions.apiextensions.k8s.io', 'federatedconfigmaps.types.kubefed.io');
    const versions = narrow === undefined ? [] : (narrow as CustomResourceDefinition).spec.versions;
    for (const version of versions) delete version.additionalPrinterColumns;
    host.requests.length = 0;

    const { code, stdout } = await sandbox.fedctl('init');

    expect(writes(host)).toEqual([
      'PUT /apis/apiextensions.k8s.io/v1/customresourcedefinitions/federatedconfigmaps.types.kubefed.io',
    ]);
    expect(stdout.split('\n')[0]).toBe(
      'host has a control plane that fedctl did not install: only its CRDs are widened',
    );
    expect(stdout).toContain(
      'customresourcedefinition.apiextensions.k8s.io/federatedconfigmaps.types.kubefed.io updated\n  v1beta1: column propagation\n',
    );
    expect(code).toBe(0);
  });

  it('does not put a second control plane beside one in another namespace', async () => {
    await sandbox.fedctl('init --kubefed-namespace federation');
    sandbox.servers.host.requests.length = 0;

    const { code, stderr } = await sandbox.fedctl('init');

    expect(stderr).toBe(
      'error: host has a control plane already, in namespace federation\nhint: name it: --kubefed-namespace federation\n',
    );
    expect(code).toBe(4);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('puts several control planes beside each other when each is limited to its namespace, with Roles for its people', async () => {
    const { host } = sandbox.servers;
    for (const namespace of ['team-a', 'team-b']) {
      const { code, stdout } = await sandbox.fedctl(`init --scope Namespaced --kubefed-namespace ${namespace}`);
      expect(code).toBe(0);
      expect(stdout).toContain(`federates nothing but namespace ${namespace}`);
      expect(host.get('kubefedconfigs.core.kubefed.io', 'kubefed', namespace)).toMatchObject({
        spec: { scope: 'Namespaced' },
      });
      expect(host.get('roles.rbac.authorization.k8s.io', 'fedmesh-edit', namespace)).toMatchObject({ kind: 'Role' });
    }
    expect(host.names('clusterroles.rbac.authorization.k8s.io')).toEqual([]);
    expect(host.names('federatedtypeconfigs.core.kubefed.io')).not.toContain('namespaces');
    // Without a word the scope that is there goes on.
    expect((await sandbox.fedctl('init --kubefed-namespace team-a')).code).toBe(0);
    const { code, stderr } = await sandbox.fedctl('init --scope Cluster --kubefed-namespace team-a');
    expect(stderr).toContain('has the scope Namespaced, which never changes');
    expect(code).toBe(4);
    expect((await sandbox.fedctl('init')).stderr).toContain(
      'control planes of single namespaces already: team-a, team-b',
    );
  });

  it('leaves a short name out that another kind of the group holds: the CRD would never be served with it', async () => {
    sandbox.servers.host.serve(
      kind('types.kubefed.io/v1beta1', 'FederatedDeck', 'federateddecks', { shortNames: ['fdeploy'] }),
    );

    await sandbox.fedctl('init');

    const crd = sandbox.servers.host.get(
      'customresourcedefinitions.apiextensions.k8s.io',
      'federateddeployments.types.kubefed.io',
    );
    expect(crd).not.toHaveProperty('spec.names.shortNames');
  });

  it('prints everything as YAML that kubectl applies, asking no server', async () => {
    await sandbox.servers.host.close();

    const { code, stdout } = await sandbox.fedctl('init --print --types configmaps');

    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as { kind: string });
    expect(objects.map(({ kind: word }) => word)).toEqual([
      'Namespace',
      ...Array.from({ length: 11 }, () => 'CustomResourceDefinition'),
      'KubeFedConfig',
      'ClusterRole',
      'ClusterRole',
      'ClusterRole',
      'FederatedTypeConfig',
    ]);
    expect(code).toBe(0);
  });

  it('refuses to print kinds that only a server knows', async () => {
    const { code, stderr } = await sandbox.fedctl('init --print --types widgets');

    expect(stderr).toBe(
      'error: --print asks no server and does not know "widgets"\nhint: run it with the usual types, then `fedctl enable widgets`\n',
    );
    expect(code).toBe(2);
  });
});
