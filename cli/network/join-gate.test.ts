import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KUBEFED_CLUSTERS } from '../../apis/core/v1beta1/kubefed-cluster.ts';
import { coreCrds } from '../../apis/crd/all.ts';
import type { MeshConfigSpec } from '../../apis/fedmesh/v1alpha1/mesh-config.ts';
import { DEFAULT_KUBEFED_NAMESPACE } from '../../apis/well-known.ts';
import { apiVersionOf } from '../../controller/kube/resource.ts';
import { Sandbox } from '../testing/run-fedctl.ts';

const NETMAKER: MeshConfigSpec = {
  provider: 'netmaker',
  netmaker: { server: 'https://mesh.example.com', addressRange: '100.64.0.0/16', tokenSecretRef: { name: 'token' } },
};

/** What a cluster that joins is told of its ranges; the join itself goes on only as far as these servers let it. */
describe('the overlap gate of fedctl join', () => {
  let sandbox: Sandbox<'host' | 'vulcan'>;
  beforeEach(async () => {
    sandbox = await Sandbox.start('host', 'vulcan');
    for (const crd of coreCrds()) sandbox.servers.host.put(crd);
    const pods = [{ cidr: '10.244.0.0/16', source: 'kubeadm-config', confidence: 'inferred' }];
    const services = [{ cidr: '10.96.0.0/12', source: 'kubeadm-config', confidence: 'inferred' }];
    sandbox.servers.host.put({
      apiVersion: apiVersionOf(KUBEFED_CLUSTERS),
      kind: 'KubeFedCluster',
      metadata: { name: 'earth', namespace: DEFAULT_KUBEFED_NAMESPACE },
      spec: { apiEndpoint: 'https://earth', secretRef: { name: 'earth' } },
      status: { conditions: [], network: { podCIDRs: pods, serviceCIDRs: services } },
    });
  });
  afterEach(() => sandbox.close());

  const mesh = (spec: MeshConfigSpec) =>
    sandbox.servers.host.put({
      apiVersion: 'fedmesh.io/v1alpha1',
      kind: 'MeshConfig',
      metadata: { name: 'default', namespace: DEFAULT_KUBEFED_NAMESPACE },
      spec,
    });
  const kubeadm = (podSubnet: string, serviceSubnet = '10.97.0.0/16') =>
    sandbox.servers.vulcan.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
      data: { ClusterConfiguration: `networking:\n  podSubnet: ${podSubnet}\n  serviceSubnet: ${serviceSubnet}\n` },
    });
  const writes = () => sandbox.servers.vulcan.requests.filter((request) => !request.startsWith('GET'));

  it('refuses by itself where a mesh provider routes, with both ranges, their sources and the ways out', async () => {
    mesh(NETMAKER);
    kubeadm('10.244.0.0/16');

    const { code, stderr } = await sandbox.fedctl('join vulcan');

    expect(stderr).toContain(
      'error: cannot join cluster "vulcan": pod CIDR 10.244.0.0/16 (kubeadm-config) of "vulcan" overlaps pod CIDR 10.244.0.0/16 (kubeadm-config) of "earth"; ' +
        "with mesh provider netmaker one of them would silently receive the other's traffic\nhint: build one of the two anew",
    );
    expect(stderr).toMatch(/--pod-network-cidr.*--overlap-policy Remap.*--overlap-policy Warn/);
    expect(code).toBe(4);
    expect(writes()).toEqual([]);
  });

  it.each<[string, MeshConfigSpec | undefined, string, string]>([
    ['nobody routes', undefined, '10.244.0.0/16', ''],
    ['people route by hand', { provider: 'static' }, '10.244.0.0/16', ''],
    ['a person says so', NETMAKER, '10.244.0.0/16', ' --overlap-policy Warn'],
  ])('warns where %s', async (_, spec, podSubnet, flag) => {
    if (spec !== undefined) mesh(spec);
    kubeadm(podSubnet);

    const { stderr } = await sandbox.fedctl(`join vulcan${flag}`);

    expect(stderr).toContain('warning: pod CIDR 10.244.0.0/16 (kubeadm-config) of "vulcan" overlaps');
    expect(stderr).not.toContain('cannot join');
  });

  it('takes Service ranges seriously where they are routed, and the addresses of the mesh itself', async () => {
    mesh({ ...NETMAKER, routes: { services: true } });
    kubeadm('10.2.0.0/16', '10.96.0.0/12');
    expect((await sandbox.fedctl('join vulcan')).stderr).toContain(
      'service CIDR 10.96.0.0/12 (kubeadm-config) of "vulcan" overlaps service CIDR 10.96.0.0/12',
    );

    kubeadm('100.64.7.0/24');
    expect((await sandbox.fedctl('join vulcan')).stderr).toContain(
      'of "vulcan" overlaps the range of the mesh 100.64.0.0/16 (spec.netmaker of the MeshConfig) of "netmaker"',
    );
  });

  it('lets a cluster in whose ranges are its own', async () => {
    mesh(NETMAKER);
    kubeadm('10.2.0.0/16', '10.96.0.0/12');

    expect((await sandbox.fedctl('join vulcan')).stderr).not.toMatch(/overlaps|could not be compared/);
  });
});
