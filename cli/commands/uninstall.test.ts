import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coreCrds } from '../../apis/crd/all.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import { federated, member, NAMESPACE, namespaceNamed, writes } from '../testing/objects.ts';
import { NOW, Sandbox } from '../testing/run-fedctl.ts';

describe('fedctl uninstall', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
    await sandbox.fedctl('init --types namespaces,configmaps');
    namespaceNamed(sandbox.servers.host, 'demo');
    sandbox.servers.host.requests.length = 0;
  });
  afterEach(() => sandbox.close());

  function putFederated(): void {
    const metadata = { finalizers: ['kubefed.io/sync-controller'] };
    sandbox.servers.host.put(federated('ConfigMap', 'settings', 'demo', { metadata }));
  }

  function leftOver(): string[] {
    const { host } = sandbox.servers;
    return [
      ...host.names('customresourcedefinitions.apiextensions.k8s.io'),
      ...host.names('clusterroles.rbac.authorization.k8s.io'),
      ...host.names('secrets'),
      ...host.names('namespaces'),
    ];
  }

  it('takes the control plane off the host, finalizers included, and says what it does', async () => {
    putFederated();

    const { code, stdout, stderr } = await sandbox.fedctl('uninstall --yes');

    expect(stdout.split('customresourcedefinition')[0]).toBe(`This takes from host:
  1 federated object (1 FederatedConfigMap)
  ${coreCrds().length + 2} custom resource definitions, with everything that is left of their kinds
  namespace kube-federation-system
No member is joined.
1 federatedconfigmap.types.kubefed.io deleted
`);
    expect(stdout).toContain('\nhost is no host any more\n');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(leftOver()).toEqual(['default', 'kube-system', 'demo']);
  });

  it('marks every federated object as orphaning before it goes, so that no controller clears a member', async () => {
    putFederated();
    const path = '/apis/types.kubefed.io/v1beta1/namespaces/demo/federatedconfigmaps/settings';
    let marked: KubeObject | undefined;
    sandbox.servers.host.onRequest = (request) => {
      if (request === `DELETE ${path}`) {
        marked = sandbox.servers.host.get('federatedconfigmaps.types.kubefed.io', 'settings', 'demo');
      }
    };

    await sandbox.fedctl('uninstall --yes');

    expect(marked?.metadata.annotations).toEqual({ 'kubefed.io/orphan': 'true' });
    expect(marked?.metadata.finalizers).toEqual([]);
  });

  it('ends the same when it was stopped at any write and is run again', async () => {
    const total = await writesOfOneRun();
    for (let boundary = 1; boundary <= total; boundary += 1) {
      const fresh = await Sandbox.start('host');
      await fresh.fedctl('init --types namespaces,configmaps');
      namespaceNamed(fresh.servers.host, 'demo');
      fresh.servers.host.put(
        federated('ConfigMap', 'settings', 'demo', { metadata: { finalizers: ['kubefed.io/sync-controller'] } }),
      );
      const interruption = new AbortController();
      let seen = 0;
      fresh.servers.host.onRequest = (request) => {
        if (!request.startsWith('GET ') && ++seen === boundary) interruption.abort(new Error('stopped'));
      };
      await fresh.fedctl('uninstall --yes', { signal: interruption.signal });
      fresh.servers.host.onRequest = () => {};

      const second = await fresh.fedctl('uninstall --yes');

      expect(second, `stopped at write ${boundary}`).toMatchObject({ code: 0, stderr: '' });
      expect(fresh.servers.host.names('customresourcedefinitions.apiextensions.k8s.io')).toEqual([]);
      expect(fresh.servers.host.names('namespaces')).toEqual(['default', 'kube-system', 'demo']);
      expect(fresh.servers.host.names('clusterroles.rbac.authorization.k8s.io')).toEqual([]);
      await fresh.close();
    }
  });

  async function writesOfOneRun(): Promise<number> {
    putFederated();
    await sandbox.fedctl('uninstall --yes');
    return writes(sandbox.servers.host).length;
  }

  it('refuses while members are joined, and says how to go on', async () => {
    sandbox.servers.host.put(member('earth'));
    sandbox.servers.host.put(member('vulcan'));

    const { code, stderr } = await sandbox.fedctl('uninstall --yes');

    expect(stderr).toBe(
      'error: 2 members are joined: earth, vulcan\n' +
        "hint: `fedctl unjoin earth` cleans a member; --orphan leaves them as they are, Fedmesh's rights and labels included\n",
    );
    expect(code).toBe(4);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('leaves members as they are with --orphan, and forgets their credentials', async () => {
    const { host } = sandbox.servers;
    const held = { finalizers: ['fedmesh.io/membership'] };
    host.put({ ...member('earth'), metadata: { name: 'earth', namespace: NAMESPACE, ...held } });
    host.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'earth-token', namespace: NAMESPACE, ...held } });

    const { code, stdout } = await sandbox.fedctl('uninstall --yes --orphan');

    expect(stdout).toContain('  the memberships of earth, and their credentials\n');
    expect(stdout).toContain('Members keep every object. Nothing is deleted there.\n');
    expect(code).toBe(0);
    expect(leftOver()).toEqual(['default', 'kube-system', 'demo']);
  });

  it('does not pull the ground from under a controller that is running', async () => {
    putFederated();
    sandbox.servers.host.put({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'kubefed-controller-manager', namespace: NAMESPACE },
      spec: {
        holderIdentity: 'worker-1_x7f',
        leaseDurationSeconds: 30,
        renewTime: new Date(NOW - 4_000).toISOString(),
      },
    });

    const { code, stderr } = await sandbox.fedctl('uninstall --yes');

    expect(stderr).toBe(
      'error: a controller is running: on worker-1\n' +
        'hint: stop it, then run the command again; --force says that it is not there any more\n',
    );
    expect(code).toBe(4);
    expect(writes(sandbox.servers.host)).toEqual([]);
    expect((await sandbox.fedctl('uninstall --yes --force')).code).toBe(0);
  });

  it('stops a controller that runs in the control plane itself, and takes its webhooks away', async () => {
    const { host } = sandbox.servers;
    host.put({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'kubefed-controller-manager', namespace: NAMESPACE },
      spec: { replicas: 2 },
    });
    const webhook = (name: string, apiGroups: string[], labels: Record<string, string> = {}) => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name, labels },
      webhooks: [{ rules: [{ apiGroups }] }],
    });
    const labels = { 'app.kubernetes.io/part-of': 'fedmesh' };
    host.put(webhook('validations.fedmesh.io', ['types.kubefed.io', 'fed.example.com'], labels));
    host.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'fedmesh-webhook-certificate', namespace: NAMESPACE },
    });
    host.put(webhook('validations.core.kubefed.io', ['core.kubefed.io']));
    host.put(webhook('somebody-elses', ['core.kubefed.io', 'apps']));

    const { stdout } = await sandbox.fedctl('uninstall --yes');

    expect(stdout).toContain('deployment.apps/kubefed-controller-manager scaled to 0\n');
    expect(host.names('validatingwebhookconfigurations.admissionregistration.k8s.io')).toEqual(['somebody-elses']);
    expect(stdout).toContain('secret/fedmesh-webhook-certificate in kube-federation-system deleted\n');
  });

  it('keeps a namespace that fedctl did not make', async () => {
    sandbox.servers.host.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });

    const { stdout } = await sandbox.fedctl('uninstall --yes');

    expect(stdout).toContain('  the configuration, but not the namespace: fedctl did not make it\n');
    expect(leftOver()).toContain(NAMESPACE);
  });

  it('asks on a terminal, with the counts on the screen', async () => {
    const refusal = await sandbox.fedctl('uninstall', { terminal: true, answer: false });
    expect(refusal.stderr).toContain('error: nothing was changed\n');
    expect(refusal.code).toBe(4);
    expect(sandbox.questions).toEqual(['Take the control plane off host?']);
    expect(writes(sandbox.servers.host)).toEqual([]);

    expect((await sandbox.fedctl('uninstall', { terminal: true, answer: true })).code).toBe(0);
  });

  it('asks nobody in a script, as unjoin does', async () => {
    const { code } = await sandbox.fedctl('uninstall');

    expect(sandbox.questions).toEqual([]);
    expect(code).toBe(0);
    expect(leftOver()).toEqual(['default', 'kube-system', 'demo']);
  });

  it('is content where there is nothing', async () => {
    await sandbox.fedctl('uninstall --yes');

    const { code, stdout } = await sandbox.fedctl('uninstall --yes');

    expect(stdout).toBe('there is no control plane in host: nothing to do\n');
    expect(code).toBe(0);
  });
});
