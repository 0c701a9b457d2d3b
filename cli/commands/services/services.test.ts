import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { member, namespaceNamed, readyStatus } from '../../testing/objects.ts';
import { Sandbox } from '../../testing/run-fedctl.ts';

const EXPORTS = 'serviceexports.multicluster.x-k8s.io';
const CRD = 'customresourcedefinitions.apiextensions.k8s.io';

let sandbox: Sandbox<'host' | 'earth' | 'vulcan'>;

beforeEach(async () => {
  sandbox = await Sandbox.start('host', 'earth', 'vulcan');
  const { host, ...members } = sandbox.servers;
  await sandbox.fedctl('init --types namespaces,services');
  namespaceNamed(host, 'shop');
  for (const [name, server] of Object.entries(members)) {
    host.put(member(name, readyStatus(), { apiEndpoint: server.url }));
    namespaceNamed(server, 'shop');
    server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: `${name}-uid` } });
    // What a join leaves there, as far as it matters here.
    server.put({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `kubefed-controller-manager:${name}-host` },
    });
  }
});
afterEach(() => sandbox.close());

const web = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' } };

describe('fedctl services', () => {
  it('enables in every member once, and says what it did', async () => {
    const first = await sandbox.fedctl('services enable');
    const again = await sandbox.fedctl('services enable');

    expect([first.code, first.stdout]).toEqual([
      0,
      'host: kinds created\nearth: kinds created, rights created; takes part\nvulcan: kinds created, rights created; takes part\n',
    ]);
    expect(again.stdout).toBe(
      'host: kinds unchanged\nearth: kinds unchanged, rights unchanged; takes part\nvulcan: kinds unchanged, rights unchanged; takes part\n',
    );
  });

  it("leaves somebody else's kinds alone, and refuses them where they are too old, without keeping the other members from it", async () => {
    const { earth } = sandbox.servers;
    earth.put({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: EXPORTS },
      spec: {
        group: 'multicluster.x-k8s.io',
        scope: 'Namespaced',
        names: { kind: 'ServiceExport', plural: 'serviceexports' },
        versions: [{ name: 'v1alpha1', served: true, storage: true }],
      },
    });
    const { code, stdout, stderr } = await sandbox.fedctl('services enable');

    expect(code).toBe(1);
    expect(stderr).toContain(
      'earth takes no part: the CRD serviceexports.multicluster.x-k8s.io in "earth" is somebody else\'s',
    );
    expect(stdout).toContain('vulcan: kinds created');
    expect(earth.get(CRD, EXPORTS)?.metadata.labels).toBeUndefined();
  });

  it('exports a Service wherever it is, in the named member, or on the host; and ends it', async () => {
    await sandbox.fedctl('services enable');
    sandbox.servers.vulcan.put(web);
    const said = [];
    for (const words of [
      'export service web -n shop',
      'export service web -n shop --cluster earth --local-service PreferLocal',
      'export service web -n shop --host',
      'unexport service web -n shop',
      'export service missing -n shop',
    ]) {
      const { code, stdout, stderr } = await sandbox.fedctl(words);
      said.push([code, stdout + stderr]);
    }

    expect(said).toEqual([
      [0, 'vulcan: serviceexport.multicluster.x-k8s.io/web in shop created\n'],
      [
        0,
        'earth: serviceexport.multicluster.x-k8s.io/web in shop created\nwarning: earth has no service/web in shop yet: it is exported as soon as it is there\n',
      ],
      [0, 'host: serviceexport.multicluster.x-k8s.io/web in shop created\n'],
      [
        0,
        'earth: serviceexport.multicluster.x-k8s.io/web in shop deleted\nvulcan: serviceexport.multicluster.x-k8s.io/web in shop deleted\n',
      ],
      [
        1,
        'error: no member that takes part has service/missing in shop\nhint: --cluster NAME exports it there as soon as it comes\n',
      ],
    ]);
  });

  it('says what has to be done first', async () => {
    const unready = await sandbox.fedctl('export service web -n shop');
    const status = await sandbox.fedctl('services status');
    const long = await sandbox.fedctl(`export service ${'w'.repeat(60)}`);

    expect([unready.code, unready.stderr]).toEqual([
      1,
      'error: no member takes part in Services across clusters\nhint: `fedctl services enable`\n',
    ]);
    expect(status.stdout).toBe('no member takes part: `fedctl services enable`\n');
    expect([long.code, long.stderr]).toEqual([2, expect.stringContaining('longer than 59 characters')]);
  });

  it('disables: what it installed goes, and stays where a ServiceExport of somebody else would go with it', async () => {
    await sandbox.fedctl('services enable');
    sandbox.servers.earth.put({
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceExport',
      metadata: { name: 'web', namespace: 'shop' },
    });
    const { code, stdout, stderr } = await sandbox.fedctl('services disable --all');

    expect([code, stdout]).toEqual([
      0,
      'earth: 1 object removed\nvulcan: 2 objects removed\nhost: 2 objects removed\n',
    ]);
    expect(stderr).toContain(
      'earth keeps customresourcedefinitions.apiextensions.k8s.io serviceexports.multicluster.x-k8s.io: ServiceExport shop/web was made by somebody else',
    );
    expect(sandbox.servers.vulcan.get(CRD, EXPORTS)).toBeUndefined();
  });
});
