import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { member, NAMESPACE, writes } from '../testing/objects.ts';
import { Sandbox } from '../testing/run-fedctl.ts';
import { kind } from '../testing/served-kinds.ts';

const WIDGETS = kind('example.com/v1', 'Widget', 'widgets', { shortNames: ['wd'], subresources: ['scale'] });
const ROLE = 'kubefed-controller-manager:earth-host';

describe('fedctl enable', () => {
  let sandbox: Sandbox<'host' | 'earth'>;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host', 'earth');
    sandbox.servers.host.serve(WIDGETS);
    await sandbox.fedctl('init --types namespaces');
    sandbox.servers.host.requests.length = 0;
  });
  afterEach(() => sandbox.close());

  it('federates a custom resource by its short name', async () => {
    const { code, stdout, stderr } = await sandbox.fedctl('enable wd');

    expect(stdout).toBe(`customresourcedefinition.apiextensions.k8s.io/federatedwidgets.types.kubefed.io created
federatedtypeconfig.core.kubefed.io/widgets.example.com created
`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { host } = sandbox.servers;
    expect(host.get('federatedtypeconfigs.core.kubefed.io', 'widgets.example.com', NAMESPACE)?.spec).toEqual({
      targetType: { group: 'example.com', version: 'v1', kind: 'Widget', pluralName: 'widgets', scope: 'Namespaced' },
      propagation: 'Enabled',
      federatedType: {
        group: 'types.kubefed.io',
        version: 'v1beta1',
        kind: 'FederatedWidget',
        pluralName: 'federatedwidgets',
        scope: 'Namespaced',
      },
    });
    const crd = host.get('customresourcedefinitions.apiextensions.k8s.io', 'federatedwidgets.types.kubefed.io');
    expect(crd).toMatchObject({ spec: { names: { shortNames: ['fwd'] } } });
    expect(JSON.stringify(crd)).toContain('retainReplicas');
  });

  it('changes nothing the second time', async () => {
    await sandbox.fedctl('enable pods');
    sandbox.servers.host.requests.length = 0;

    const { stdout } = await sandbox.fedctl('enable pods');

    expect(writes(sandbox.servers.host)).toEqual([]);
    expect(stdout).toBe(`customresourcedefinition.apiextensions.k8s.io/federatedpods.types.kubefed.io unchanged
federatedtypeconfig.core.kubefed.io/pods unchanged
`);
  });

  it('turns a kind on again that was switched off', async () => {
    await sandbox.fedctl('enable pods');
    const config = sandbox.servers.host.get('federatedtypeconfigs.core.kubefed.io', 'pods', NAMESPACE);
    sandbox.servers.host.put({
      ...config,
      metadata: config?.metadata ?? {},
      spec: { ...(config?.spec as object), propagation: 'Disabled' },
    });

    const { stdout } = await sandbox.fedctl('enable pods');

    expect(stdout).toContain('federatedtypeconfig.core.kubefed.io/pods updated\n');
    expect(sandbox.servers.host.get('federatedtypeconfigs.core.kubefed.io', 'pods', NAMESPACE)).toHaveProperty(
      'spec.propagation',
      'Enabled',
    );
  });

  it('prints with -o yaml and creates nothing', async () => {
    const { stdout } = await sandbox.fedctl('enable pods -o yaml --federated-group types.example.com');

    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    expect(objects).toMatchObject([
      { kind: 'CustomResourceDefinition', metadata: { name: 'federatedpods.types.example.com' } },
      { kind: 'FederatedTypeConfig', metadata: { name: 'pods', namespace: NAMESPACE } },
    ]);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it("takes KubeFed's directive from a file", async () => {
    const stdin = `
kind: EnableTypeDirective
apiVersion: core.kubefed.io/v1beta1
metadata:
  name: deployments.apps
spec:
  federationGroup: federation.example.com
`;
    const { code, stdout } = await sandbox.fedctl('enable -f -', { stdin });

    expect(stdout).toContain('/federateddeployments.federation.example.com created\n');
    expect(code).toBe(0);
  });

  it('takes a whole type config from a file', async () => {
    const printed = await sandbox.fedctl('enable widgets -o yaml');
    const config = printed.stdout.split('---\n')[2] ?? '';

    const { stdout } = await sandbox.fedctl('enable -f -', { stdin: config });

    expect(stdout).toContain('federatedtypeconfig.core.kubefed.io/widgets.example.com created\n');
  });

  it.each([
    [
      'gadgets',
      1,
      'host serves no kind "gadgets"',
      'is its CRD installed on the host? `kubectl api-resources` lists the kinds',
    ],
    [
      'tokenreviews',
      1,
      'tokenreviews.authentication.k8s.io cannot be federated: the API server offers no delete, get, list, update, watch for it',
      '`kubectl api-resources -o wide` lists the verbs of every kind',
    ],
    [
      'federatednamespaces',
      1,
      'federatednamespaces.types.kubefed.io belongs to the control plane itself and cannot be federated',
      'name the kind that it stands for, such as deployments.apps',
    ],
    ['', 2, 'which kind?', 'fedctl enable TYPE, or -f FILE; `kubectl api-resources` lists the kinds'],
  ])('refuses %s and says why', async (word, exitCode, message, hint) => {
    const { code, stderr } = await sandbox.fedctl(`enable ${word}`);

    expect(stderr).toBe(`error: ${message}\nhint: ${hint}\n`);
    expect(code).toBe(exitCode);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('says which kind a word was taken for when several groups have one of that name', async () => {
    sandbox.servers.host.serve(kind('other.example.com/v1', 'Widget', 'widgets'));

    const { code, stderr } = await sandbox.fedctl('enable widget');

    expect(stderr).toBe(
      'warning: "widget" is taken for widgets.example.com; host also serves widgets.other.example.com\n',
    );
    expect(code).toBe(0);
  });

  it('does not let two kinds of one name share a federated kind', async () => {
    sandbox.servers.host.serve(kind('other.example.com/v1', 'Widget', 'widgets'));
    await sandbox.fedctl('enable widgets.example.com');

    const { code, stderr } = await sandbox.fedctl('enable widgets.other.example.com');

    expect(stderr).toBe(
      'error: federatedwidgets.types.kubefed.io stands for widgets.example.com already and cannot stand for widgets.other.example.com too\n' +
        'hint: give it a group of its own: --federated-group NAME.types.kubefed.io\n',
    );
    expect(code).toBe(4);
  });

  it('widens the role in members whose context is at hand, and prints the command for the others', async () => {
    const { host, earth } = sandbox.servers;
    host.put(member('earth', undefined, { apiEndpoint: earth.url }));
    host.put(member('vulcan'));
    earth.put({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: ROLE },
      rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] }],
    });

    const { code, stdout } = await sandbox.fedctl('enable pods');

    // The rights come before the controller hears of the kind.
    expect(stdout.split('\n').slice(1)).toEqual([
      'role in earth updated',
      'role in vulcan not widened: its context is not at hand. Run: fedctl join vulcan --cluster-context CONTEXT --host-cluster-context host',
      'federatedtypeconfig.core.kubefed.io/pods created',
      '',
    ]);
    expect(JSON.stringify(earth.get('clusterroles.rbac.authorization.k8s.io', ROLE))).toContain('"pods"');
    expect(code).toBe(0);
  });

  it('says in a dry run that roles would be widened for the kinds that it would enable', async () => {
    const { host, earth } = sandbox.servers;
    host.put(member('earth', undefined, { apiEndpoint: earth.url }));
    earth.put({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: ROLE },
      rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] }],
    });

    const { stdout } = await sandbox.fedctl('enable pods --dry-run');

    expect(stdout).toContain('role in earth updated (dry run)\n');
    expect(JSON.stringify(earth.get('clusterroles.rbac.authorization.k8s.io', ROLE))).not.toContain('"pods"');
  });

  it('does not touch a cluster that only bears the name of a member', async () => {
    const { host, earth } = sandbox.servers;
    host.put({
      ...member('earth'),
      metadata: { name: 'earth', namespace: NAMESPACE, annotations: { 'fedmesh.io/cluster-uid': 'another' } },
    });

    const { stdout } = await sandbox.fedctl('enable pods');

    expect(stdout).toContain('role in earth not widened: its context is not at hand.');
    expect(writes(earth)).toEqual([]);
  });
});
