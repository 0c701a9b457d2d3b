import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { RoleObject } from '../../controller/membership/kinds.ts';
import { federated, member, NAMESPACE, namespaceNamed, writes } from '../testing/objects.ts';
import { Sandbox } from '../testing/run-fedctl.ts';

const FCM = 'federatedconfigmaps.types.kubefed.io';
const FNS = 'federatednamespaces.types.kubefed.io';
const ROLES = 'clusterroles.rbac.authorization.k8s.io';
const BINDINGS = 'rolebindings.rbac.authorization.k8s.io';

function configMap(name: string, data: object, labels?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'demo', ...(labels === undefined ? {} : { labels }) },
    data,
  };
}

describe('fedctl federate namespace --contents --follow', () => {
  let sandbox: Sandbox;
  const host = () => sandbox.servers.host;
  const markOf = (name: string) => host().get(FCM, name, 'demo')?.metadata.annotations;
  const follows = () => host().get(FNS, 'demo', 'demo')?.metadata.labels;
  const follow = 'federate ns demo --contents --follow';

  beforeEach(async () => {
    sandbox = await Sandbox.start('host');
    await sandbox.fedctl('init --types namespaces,configmaps');
    namespaceNamed(host(), 'demo');
    host().put(member('earth'));
    host().requests.length = 0;
  });
  afterEach(() => sandbox.close());

  it('federates what is there, grants the rights, and says that the namespace is followed', async () => {
    const plain = host().put(configMap('settings', { a: 'b' }));
    host().put(configMap('local', {}, { 'fedmesh.io/follow': 'false' }));
    const { code, stdout } = await sandbox.fedctl(follow);

    expect(stdout).toBe(`left out 1 object that controllers or every namespace make by themselves (--v=1 names them)
federatednamespace.types.kubefed.io/demo in demo created → earth
federatedconfigmap.types.kubefed.io/settings in demo created → earth
clusterrole.rbac.authorization.k8s.io/fedmesh-following created
rolebinding.rbac.authorization.k8s.io/fedmesh-following in demo created
namespace demo is followed: what is created, changed or deleted there is federated along
`);
    expect(code).toBe(0);
    expect(markOf('settings')).toEqual({ 'fedmesh.io/followed-from': plain.metadata.uid });
    expect(follows()).toEqual({ 'fedmesh.io/follow': 'true' });
    expect(host().get(BINDINGS, 'fedmesh-following', 'demo')).toMatchObject({
      roleRef: { kind: 'ClusterRole', name: 'fedmesh-following' },
      subjects: [{ kind: 'ServiceAccount', name: 'fedmesh-controller', namespace: NAMESPACE }],
    });
    expect(host().get(ROLES, 'fedmesh-following')?.rules).toEqual([
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
      {
        apiGroups: ['types.kubefed.io'],
        resources: ['federatedconfigmaps'],
        verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      },
    ]);
    // The label comes last: the controller is not to be faster.
    expect(writes(host()).at(-1)).toContain('PATCH /apis/types.kubefed.io/v1beta1/namespaces/demo/federatednamespaces');
  });

  it('changes nothing when it is run again', async () => {
    host().put(configMap('settings', { a: 'b' }));
    await sandbox.fedctl(follow);
    host().requests.length = 0;
    const { stdout } = await sandbox.fedctl(follow);

    expect(writes(host())).toEqual([]);
    expect(stdout).toContain('federatedconfigmap.types.kubefed.io/settings in demo unchanged → earth\n');
    expect(stdout).toContain('namespace demo is followed already\n');
  });

  it("takes up an earlier snapshot that says the same, and leaves a person's own alone", async () => {
    host().put(configMap('settings', { a: 'b' }));
    host().put(configMap('other', { a: 'b' }));
    await sandbox.fedctl('federate ns demo --contents');
    host().put(configMap('other', { a: 'changed since' }));
    const { stdout } = await sandbox.fedctl(follow);

    expect(stdout).toContain('/settings in demo unchanged, follows from now on → earth\n');
    expect(stdout).toContain(
      '/other in demo unchanged, not made by following and with another template: left as it is',
    );
    expect(markOf('settings')).toBeDefined();
    expect(markOf('other')).toBeUndefined();
  });

  it('prints what would have it followed, for whoever applies YAML', async () => {
    host().put(configMap('settings', { a: 'b' }));
    const { stdout } = await sandbox.fedctl(`${follow} -o yaml`);

    expect(stdout).toContain('fedmesh.io/follow: "true"');
    expect(stdout).toContain('fedmesh.io/followed-from: ');
    expect(writes(host())).toEqual([]);
  });

  it('writes nothing in a dry run', async () => {
    host().put(configMap('settings', { a: 'b' }));
    const { stdout } = await sandbox.fedctl(`${follow} --dry-run`);

    expect(stdout).toContain('clusterrole.rbac.authorization.k8s.io/fedmesh-following created (dry run)\n');
    expect(stdout).toContain('is federated along (dry run)\n');
    expect(writes(host())).toEqual([]);
  });

  it('keeps the right to the kinds that are federated', async () => {
    await sandbox.fedctl(follow);
    const kinds = () => (host().get(ROLES, 'fedmesh-following') as RoleObject | undefined)?.rules?.[0]?.resources;
    const { stdout } = await sandbox.fedctl('enable secrets');
    expect(stdout).toContain('clusterrole.rbac.authorization.k8s.io/fedmesh-following updated\n');
    expect(kinds()).toEqual(['configmaps', 'secrets']);
    await sandbox.fedctl('disable secrets');
    expect(kinds()).toEqual(['configmaps']);
  });

  it.each([
    ['federate ns demo --follow', 2, '--follow goes with --contents'],
    ['federate ns demo --contents --follow --unfollow', 2, '--follow and --unfollow exclude each other'],
    ['federate cm settings -n demo --contents --follow', 2, '--contents is for namespaces'],
    ['federate cm settings -n demo --unfollow', 2, '--unfollow is for namespaces'],
    ['federate ns demo --unfollow --clusters earth', 2, '--clusters does not go with --unfollow'],
    ['federate ns demo --unfollow -t', 2, '-t does not go with --unfollow'],
    ['federate -f x.yaml --follow', 2, 'a file cannot be followed'],
    ['federate ns kube-system --contents --follow', 4, 'namespace kube-system holds what runs the cluster'],
    [`federate ns ${NAMESPACE} --contents --follow`, 4, `namespace ${NAMESPACE} holds what runs the cluster`],
    [`${follow} -s cm`, 4, 'configmaps is federated, and --follow follows every kind that is'],
    ['federate ns nowhere --unfollow', 1, 'there is no Namespace "nowhere"'],
  ])('says what is wrong with: %s', async (words, code, message) => {
    const run = await sandbox.fedctl(words);
    expect(run.stderr).toContain(message);
    expect(run.code).toBe(code);
    expect(writes(host())).toEqual([]);
  });

  describe('--unfollow', () => {
    it('ends it: what was federated stays, as ordinary federated objects', async () => {
      host().put(configMap('settings', { a: 'b' }));
      host().put(configMap('own', { a: 'b' }));
      host().put(federated('ConfigMap', 'own', 'demo', { spec: { template: { data: { a: 'mine' } } } }));
      await sandbox.fedctl(follow);
      const { code, stdout } = await sandbox.fedctl('federate ns demo --contents --unfollow');

      expect(stdout).toBe(`namespace demo is no longer followed
1 federated object stays, and the copies in the members; what changes in the namespace no longer changes them
  federatedconfigmap.types.kubefed.io/settings
`);
      expect(code).toBe(0);
      expect(follows() ?? {}).toEqual({});
      expect(markOf('settings') ?? {}).toEqual({});
      expect(host().get(FCM, 'settings', 'demo')?.spec).toMatchObject({ template: { data: { a: 'b' } } });
      expect(host().get(BINDINGS, 'fedmesh-following', 'demo')).toBeUndefined();
    });

    it('also of what was marked while its kind was federated', async () => {
      host().put(configMap('settings', { a: 'b' }));
      await sandbox.fedctl(follow);
      await sandbox.fedctl('disable configmaps');
      const { stdout } = await sandbox.fedctl('federate ns demo --unfollow');
      expect(stdout).toContain('federatedconfigmap.types.kubefed.io/settings\n');
      expect(markOf('settings') ?? {}).toEqual({});
    });

    it('has nothing to do where nothing is followed, and writes nothing in a dry run', async () => {
      const { stdout } = await sandbox.fedctl('federate ns demo --unfollow');
      expect(stdout).toBe('namespace demo is not followed: nothing to do\n');
      host().put(configMap('settings', { a: 'b' }));
      await sandbox.fedctl(follow);
      host().requests.length = 0;
      const dry = await sandbox.fedctl('federate ns demo --unfollow --dry-run');
      expect(dry.stdout).toContain('namespace demo is no longer followed (dry run)\n1 federated object stays');
      expect(writes(host())).toEqual([]);
    });
  });

  it('shows in fedctl status', async () => {
    await sandbox.fedctl(follow);
    expect((await sandbox.fedctl('status')).stdout).toContain('\nFollowing:     demo\n');
    const json = await sandbox.fedctl('status -o json');
    expect((JSON.parse(json.stdout) as { objects: object[] }).objects).toMatchObject([{ name: 'demo', follows: true }]);
    await sandbox.fedctl('federate ns demo --unfollow');
    expect((await sandbox.fedctl('status')).stdout).not.toContain('Following:');
  });
});
