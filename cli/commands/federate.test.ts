import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { federated, member, namespaceNamed, writes } from '../testing/objects.ts';
import { Sandbox } from '../testing/run-fedctl.ts';

function deployment(name: string, namespace: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: { app: name } },
    spec: { replicas: 1 },
    status: { replicas: 1 },
  };
}

describe('fedctl federate', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
    const { host } = sandbox.servers;
    await sandbox.fedctl('init --types namespaces,deployments.apps');
    namespaceNamed(host, 'demo');
    host.put(deployment('web', 'demo'));
    host.put(member('earth'));
    host.put(member('vulcan'));
    host.requests.length = 0;
  });
  afterEach(() => sandbox.close());

  it('makes the federated object of a namespace and says where it goes', async () => {
    const { code, stdout } = await sandbox.fedctl('federate ns demo');

    expect(stdout).toBe('federatednamespace.types.kubefed.io/demo in demo created → earth, vulcan\n');
    expect(code).toBe(0);
    expect(sandbox.servers.host.get('federatednamespaces.types.kubefed.io', 'demo', 'demo')?.spec).toEqual({
      template: {},
      placement: { clusterSelector: { matchLabels: {} } },
    });
  });

  it('places on the members that are named', async () => {
    await sandbox.fedctl('federate ns demo');
    const { stdout } = await sandbox.fedctl('federate deploy web -n demo --clusters vulcan');

    expect(stdout).toBe('federateddeployment.types.kubefed.io/web in demo created → vulcan\n');
    expect(sandbox.servers.host.get('federateddeployments.types.kubefed.io', 'web', 'demo')?.spec).toEqual({
      template: { metadata: { labels: { app: 'web' } }, spec: { replicas: 1 } },
      placement: { clusters: [{ name: 'vulcan' }] },
    });
  });

  it('refuses members that there are not, before anything is written', async () => {
    const { code, stderr } = await sandbox.fedctl('federate deploy web -n demo --clusters mars');

    expect(stderr).toBe('error: there is no member "mars"\nhint: members are: earth, vulcan\n');
    expect(code).toBe(2);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('says that an object goes nowhere until its namespace is federated', async () => {
    const { stdout } = await sandbox.fedctl('federate deploy web -n demo');

    expect(stdout).toBe(
      'federateddeployment.types.kubefed.io/web in demo created → nowhere: there is no FederatedNamespace in the namespace "demo"\n',
    );
  });

  describe('with --contents', () => {
    beforeEach(() => {
      const { host } = sandbox.servers;
      const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true };
      host.put({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name: 'web-1', namespace: 'demo', ownerReferences: [owner] },
      });
      host.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', namespace: 'demo' } });
      host.put({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: 'demo' },
        data: { a: 'b' },
      });
      host.put({ apiVersion: 'v1', kind: 'Event', metadata: { name: 'started', namespace: 'demo' } });
      host.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'elsewhere', namespace: 'default' } });
    });

    it('federates what people put into the namespace, the namespace first', async () => {
      const { code, stdout } = await sandbox.fedctl('federate ns demo --contents --enable-type');

      expect(stdout).toBe(`left out 2 objects that controllers or every namespace make by themselves (--v=1 names them)
customresourcedefinition.apiextensions.k8s.io/federatedconfigmaps.types.kubefed.io created
role in earth not widened: its context is not at hand. Run: fedctl join earth --cluster-context CONTEXT --host-cluster-context host
role in vulcan not widened: its context is not at hand. Run: fedctl join vulcan --cluster-context CONTEXT --host-cluster-context host
federatedtypeconfig.core.kubefed.io/configmaps created
federatednamespace.types.kubefed.io/demo in demo created → earth, vulcan
federatedconfigmap.types.kubefed.io/settings in demo created → earth, vulcan
federateddeployment.types.kubefed.io/web in demo created → earth, vulcan
`);
      expect(code).toBe(0);
    });

    it('changes nothing when it is run again', async () => {
      await sandbox.fedctl('federate ns demo --contents --enable-type');
      sandbox.servers.host.requests.length = 0;

      const { stdout } = await sandbox.fedctl('federate ns demo --contents --enable-type');

      expect(writes(sandbox.servers.host)).toEqual([]);
      expect(stdout).toContain('federateddeployment.types.kubefed.io/web in demo unchanged → earth, vulcan\n');
    });

    it('names what was left out, and why, when asked', async () => {
      const { stderr } = await sandbox.fedctl('federate ns demo --contents --enable-type --v=1 --dry-run');

      expect(stderr).toBe(
        'warning: left out: configmaps/kube-root-ca.crt: every namespace gets it\n' +
          'warning: left out: replicasets.apps/web-1: made by Deployment web\n',
      );
    });

    it('federates nothing at all while a kind is not federated', async () => {
      const { code, stderr } = await sandbox.fedctl('federate ns demo --contents');

      expect(stderr).toBe(
        'error: not federated yet: configmaps\nhint: --enable-type enables it, --skip-api-resources leaves kinds out\n',
      );
      expect(code).toBe(1);
      expect(writes(sandbox.servers.host)).toEqual([]);
    });

    it('leaves kinds out that are named', async () => {
      const { stdout } = await sandbox.fedctl('federate ns demo --contents --skip-api-resources cm,apps');

      expect(stdout).toBe('federatednamespace.types.kubefed.io/demo in demo created → earth, vulcan\n');
    });

    it('says which kinds could not be read', async () => {
      sandbox.servers.host.answer(/configmaps/, { code: 403, reason: 'Forbidden', message: 'not for you' });

      const { stderr } = await sandbox.fedctl('federate ns demo --contents');

      expect(stderr).toMatch(/^warning: left out, could not be read: configmaps: .*not for you\n$/);
    });

    it('counts a FederatedNamespace of another name, as the controller does', async () => {
      sandbox.servers.host.put(
        federated('Namespace', 'fedns', 'demo', { spec: { placement: { clusters: [{ name: 'earth' }] } } }),
      );

      const { stdout } = await sandbox.fedctl('federate ns demo --contents -s cm');

      expect(stdout).toContain('federatednamespace.types.kubefed.io/fedns in demo unchanged → earth\n');
      expect(stdout).toContain('federateddeployment.types.kubefed.io/web in demo created → earth\n');
      expect(sandbox.servers.host.names('federatednamespaces.types.kubefed.io')).toEqual(['demo/fedns']);
    });

    it('prints everything with -o yaml, also where no kind is federated', async () => {
      const { stdout } = await sandbox.fedctl('federate ns demo --contents -o yaml');

      const objects = parseAllDocuments(stdout).map((document) => document.toJS());
      expect(objects).toMatchObject([
        { kind: 'FederatedNamespace', metadata: { name: 'demo', namespace: 'demo' } },
        {
          kind: 'FederatedConfigMap',
          metadata: { name: 'settings', namespace: 'demo' },
          spec: { template: { data: { a: 'b' } } },
        },
        { kind: 'FederatedDeployment', metadata: { name: 'web', namespace: 'demo' } },
      ]);
      expect(writes(sandbox.servers.host)).toEqual([]);
    });
  });

  it('does not overwrite a federated object that says something else', async () => {
    sandbox.servers.host.put(federated('Deployment', 'web', 'demo', { spec: { template: { spec: { replicas: 9 } } } }));

    const { code, stderr } = await sandbox.fedctl('federate deploy web -n demo');

    expect(stderr).toBe(
      'error: federateddeployments.types.kubefed.io/web exists already, with another template\n' +
        'hint: it was left as it is: `kubectl edit federateddeployments.types.kubefed.io web -n demo` changes it\n',
    );
    expect(code).toBe(1);
  });

  it.each([
    [
      'federate deploy missing -n demo',
      1,
      'there is no Deployment "missing" in namespace demo of host',
      '-n names another namespace',
    ],
    ['federate widgets a', 1, 'host serves no kind "widgets"', '`kubectl api-resources` lists the kinds'],
    ['federate pods', 2, 'which object?', 'fedctl federate TYPE NAME [-n NAMESPACE], or -f FILE'],
    [
      'federate deploy web -n demo --contents',
      2,
      '--contents is for namespaces',
      'fedctl federate namespace NAME --contents',
    ],
  ])('%s: says what is wrong', async (line, exitCode, message, hint) => {
    const { code, stderr } = await sandbox.fedctl(line);

    expect(stderr).toBe(`error: ${message}\nhint: ${hint}\n`);
    expect(code).toBe(exitCode);
  });

  it('turns a file into YAML for kubectl, asking no server', async () => {
    await sandbox.servers.host.close();
    const stdin = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: demo }
spec: { clusterIP: 10.0.0.1, ports: [{ port: 80, nodePort: 30080 }] }
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: w }
spec: { size: 3 }
`;
    const { code, stdout } = await sandbox.fedctl('federate -f -', { stdin });

    expect(stdout).toBe(`---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedService
metadata:
  name: web
  namespace: demo
spec:
  template:
    spec:
      ports:
        - port: 80
  placement:
    clusterSelector:
      matchLabels: {}
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedWidget
metadata:
  name: w
spec:
  template:
    spec:
      size: 3
  placement:
    clusterSelector:
      matchLabels: {}
`);
    expect(code).toBe(0);
  });

  it.each([
    ['{', 'standard input is not YAML: '],
    ['', 'standard input holds no object'],
    ['a: b', 'standard input holds something that is no Kubernetes object'],
  ])('says what is wrong with a file that holds %j', async (stdin, message) => {
    const { code, stderr } = await sandbox.fedctl('federate -f -', { stdin });

    expect(stderr).toContain(`error: ${message}`);
    expect(code).toBe(2);
  });
});
