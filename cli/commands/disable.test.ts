import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { federated, NAMESPACE, namespaceNamed, writes } from '../testing/objects.ts';
import { Sandbox } from '../testing/run-fedctl.ts';

const FTC = '/apis/core.kubefed.io/v1beta1/namespaces/kube-federation-system/federatedtypeconfigs/deployments.apps';

describe('fedctl disable', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
    await sandbox.fedctl('init --types namespaces,deployments.apps');
    namespaceNamed(sandbox.servers.host, 'demo');
    sandbox.servers.host.requests.length = 0;
  });
  afterEach(() => sandbox.close());

  it('stops the propagation, then takes the type config away; the federated kind stays', async () => {
    const { code, stdout } = await sandbox.fedctl('disable deploy');

    expect(stdout).toBe(`propagation of deployments.apps disabled
federatedtypeconfig.core.kubefed.io/deployments.apps deleted
`);
    expect(writes(sandbox.servers.host)).toEqual([`PATCH ${FTC}`, `DELETE ${FTC}`]);
    expect(code).toBe(0);
  });

  it('leaves no finalizer hanging where no controller is there to take it off', async () => {
    const { host } = sandbox.servers;
    const config = host.get('federatedtypeconfigs.core.kubefed.io', 'deployments.apps', NAMESPACE);
    host.put({ ...config, metadata: { ...config?.metadata, finalizers: ['core.kubefed.io/federated-type-config'] } });

    await sandbox.fedctl('disable deployments.apps');

    expect(host.get('federatedtypeconfigs.core.kubefed.io', 'deployments.apps', NAMESPACE)).toBeUndefined();
  });

  it('deletes the federated kind on request', async () => {
    const { stdout } = await sandbox.fedctl('disable deploy --delete-crd');

    expect(stdout).toContain(
      'customresourcedefinition.apiextensions.k8s.io/federateddeployments.types.kubefed.io deleted\n',
    );
  });

  it('does not delete a kind of which there are objects', async () => {
    sandbox.servers.host.put(federated('Deployment', 'web', 'demo'));

    const { code, stderr } = await sandbox.fedctl('disable deploy --delete-crd');

    expect(stderr).toBe(
      'error: 1 FederatedDeployment exists (demo/web): the kind cannot be deleted\nhint: delete them first, or leave --delete-crd out\n',
    );
    expect(code).toBe(4);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });

  it('says what becomes of the objects that stay', async () => {
    sandbox.servers.host.put(federated('Deployment', 'web', 'demo'));

    const { stdout } = await sandbox.fedctl('disable deploy');

    expect(stdout).toContain(
      '1 FederatedDeployment stays, and the copies in the members; a deletion takes effect once the kind is enabled again\n',
    );
  });

  it('warns that without namespaces nothing in them is federated', async () => {
    const { code, stderr } = await sandbox.fedctl('disable namespaces');

    expect(stderr).toBe('warning: without namespaces, none of the 1 namespaced kinds is federated any more\n');
    expect(code).toBe(0);
  });

  it('is content with a kind that is not federated', async () => {
    const { code, stdout } = await sandbox.fedctl('disable pods');

    expect(stdout).toBe('pods is not federated: nothing to do\n');
    expect(code).toBe(0);
  });

  it('takes a word that means no kind for a slip', async () => {
    const { code, stdout, stderr } = await sandbox.fedctl('disable nonsense');

    expect(stdout).toBe('');
    expect(stderr).toBe('error: host serves no kind "nonsense"\nhint: `kubectl api-resources` lists the kinds\n');
    expect(code).toBe(1);
  });

  it('changes nothing with --dry-run', async () => {
    const { stdout } = await sandbox.fedctl('disable deploy --dry-run --delete-crd');

    expect(stdout).toBe(`propagation of deployments.apps disabled (dry run)
customresourcedefinition.apiextensions.k8s.io/federateddeployments.types.kubefed.io deleted (dry run)
federatedtypeconfig.core.kubefed.io/deployments.apps deleted (dry run)
`);
    expect(writes(sandbox.servers.host)).toEqual([]);
  });
});
