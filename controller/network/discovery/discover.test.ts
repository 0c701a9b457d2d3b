import { describe, expect, it } from 'vitest';
import type { DeepReadonly } from '../../../apis/meta/v1.ts';
import { discover } from './discover.ts';
import type { ConfigMap, NetworkFacts, Node, Pod, Service, ServiceCidr } from './facts.ts';

const configMap = (data: Record<string, string>): ConfigMap => ({ metadata: { name: 'config' }, data });
const node = (name: string, addresses: string[], podCIDRs: string[] = []): Node => ({
  metadata: { name },
  spec: { podCIDRs },
  status: {
    addresses: [{ type: 'Hostname', address: name }, ...addresses.map((address) => ({ type: 'InternalIP', address }))],
  },
});
const program = (name: string, command: string[], args: string[] = []): Pod => ({
  metadata: { name, namespace: 'kube-system' },
  spec: { containers: [{ command, args }] },
});
const pod = (name: string, ip: string, rest: Partial<Pod['spec'] & { phase: string }> = {}): Pod => ({
  metadata: { name, namespace: 'demo' },
  spec: { hostNetwork: rest.hostNetwork === true },
  status: { phase: rest.phase ?? 'Running', podIPs: [{ ip }] },
});
const service = (name: string, clusterIPs: string[]): Service => ({
  metadata: { name, namespace: 'demo' },
  spec: { clusterIPs },
});
const serviceCidr = (cidrs: string[], ready = 'True'): ServiceCidr => ({
  metadata: { name: 'kubernetes' },
  spec: { cidrs },
  status: { conditions: [{ type: 'Ready', status: ready }] },
});
const KUBEADM = configMap({
  ClusterConfiguration: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
`,
});

/** `10.244.0.0/16 kubeadm-config`, as a person would sum it up. */
function summary(facts: NetworkFacts): { pod: string[]; service: string[]; node: string[]; faults: string[] } {
  const { network, faults } = discover(facts);
  const lines = (ranges: typeof network.podCIDRs) => (ranges ?? []).map(({ cidr, source }) => `${cidr} ${source}`);
  return {
    pod: lines(network.podCIDRs),
    service: lines(network.serviceCIDRs),
    node: (network.nodeCIDRs ?? []).map(({ cidr }) => cidr),
    faults: faults.map(({ code }) => code),
  };
}

describe('the ranges of a cluster are found as it was built', () => {
  it('kubeadm before 1.33: what kubeadm was told', () => {
    expect(summary({ kubeadmConfig: KUBEADM, nodes: [node('earth-1', ['192.168.1.10'], ['10.244.0.0/24'])] })).toEqual({
      pod: ['10.244.0.0/16 kubeadm-config'],
      service: ['10.96.0.0/12 kubeadm-config'],
      node: ['192.168.1.10/32'],
      faults: [],
    });
  });

  it('1.33 and later, with a second ServiceCIDR that was added when the first was full', () => {
    const facts = {
      kubeadmConfig: KUBEADM,
      serviceCidrs: [serviceCidr(['10.96.0.0/12']), serviceCidr(['10.112.0.0/20'])],
    };
    expect(summary(facts).service).toEqual(['10.96.0.0/12 ServiceCIDR', '10.112.0.0/20 ServiceCIDR']);
  });

  it('dual stack: each family from the best source that knows it', () => {
    const facts: NetworkFacts = {
      kubeadmConfig: configMap({
        ClusterConfiguration:
          'networking:\n  podSubnet: 10.244.0.0/16,fd00:10:244::/56\n  serviceSubnet: 10.96.0.0/16,fd00:10:96::/112\n',
      }),
      serviceCidrs: [serviceCidr(['10.96.0.0/16'])],
      nodes: [node('earth-1', ['192.168.1.10', 'fd00::10'])],
    };
    expect(summary(facts)).toEqual({
      pod: ['10.244.0.0/16 kubeadm-config', 'fd00:10:244::/56 kubeadm-config'],
      service: ['10.96.0.0/16 ServiceCIDR', 'fd00:10:96::/112 kubeadm-config'],
      node: ['192.168.1.10/32', 'fd00::10/128'],
      faults: [],
    });
  });

  it('Calico hands out addresses from its pools, not from what kubeadm was told, and none from disabled ones', () => {
    const pool = (cidr: string, disabled = false) => ({ metadata: { name: cidr }, spec: { cidr, disabled } });
    const calicoIpPools = [pool('10.50.0.0/16'), pool('10.99.0.0/16', true), pool('fd00:50::/48')];
    expect(summary({ kubeadmConfig: KUBEADM, calicoIpPools }).pod).toEqual([
      '10.50.0.0/16 Calico IPPool',
      'fd00:50::/48 Calico IPPool',
    ]);
  });

  it("Cilium's cluster pool, and nothing of Cilium where Kubernetes hands the ranges out", () => {
    const pool = (ipam: string) =>
      configMap({ ipam, 'cluster-pool-ipv4-cidr': '10.0.0.0/8', 'cluster-pool-ipv6-cidr': 'fd00::/104' });
    expect(summary({ kubeadmConfig: KUBEADM, ciliumConfig: pool('cluster-pool') }).pod).toEqual([
      '10.0.0.0/8 cilium-config',
      'fd00::/104 cilium-config',
    ]);
    expect(summary({ kubeadmConfig: KUBEADM, ciliumConfig: pool('kubernetes') }).pod).toEqual([
      '10.244.0.0/16 kubeadm-config',
    ]);
  });

  it('flannel', () => {
    const flannelConfig = configMap({
      'net-conf.json': '{"Network": "10.42.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:42::/56"}',
    });
    expect(summary({ flannelConfig }).pod).toEqual(['10.42.0.0/16 kube-flannel-cfg', 'fd00:42::/56 kube-flannel-cfg']);
  });

  it('OpenShift', () => {
    const openShiftNetwork = {
      metadata: { name: 'cluster' },
      status: { serviceNetwork: ['172.30.0.0/16'], clusterNetwork: [{ cidr: '10.128.0.0/14', hostPrefix: 23 }] },
    };
    expect(summary({ openShiftNetwork })).toMatchObject({
      pod: ['10.128.0.0/14 networks.config.openshift.io'],
      service: ['172.30.0.0/16 networks.config.openshift.io'],
    });
  });

  it('k3s with arguments, and with none', () => {
    const server = (...words: string[]): Node => ({
      metadata: { name: 'k3s', annotations: { 'k3s.io/node-args': JSON.stringify(['server', ...words]) } },
    });
    expect(summary({ nodes: [server('--cluster-cidr', '10.44.0.0/16', '--service-cidr=10.45.0.0/16')] })).toMatchObject(
      {
        pod: ['10.44.0.0/16 k3s --cluster-cidr'],
        service: ['10.45.0.0/16 k3s --service-cidr'],
      },
    );
    expect(summary({ nodes: [server()] })).toMatchObject({
      pod: ["10.42.0.0/16 k3s's default"],
      service: ["10.43.0.0/16 k3s's default"],
    });
    const agent: Node = { metadata: { name: 'agent', annotations: { 'k3s.io/node-args': '["agent"]' } } };
    expect(summary({ nodes: [agent] }).pod).toEqual([]);
  });

  it('kind: kindnet and the command lines of the control plane', () => {
    const facts: NetworkFacts = {
      componentPods: {
        kindnet: [
          {
            metadata: { name: 'kindnet-x' },
            spec: { containers: [{ env: [{ name: 'POD_SUBNET', value: '10.244.0.0/16' }] }] },
          },
        ],
        'kube-apiserver': [
          program('kube-apiserver-kind', ['kube-apiserver', '--service-cluster-ip-range=10.96.0.0/16']),
        ],
      },
    };
    expect(summary(facts)).toMatchObject({
      pod: ['10.244.0.0/16 kindnet POD_SUBNET'],
      service: ['10.96.0.0/16 kube-apiserver --service-cluster-ip-range'],
    });
  });

  it('command lines, with the flag and its value apart, in command or arguments, the last one counting', () => {
    const manager = program(
      'kcm',
      ['kube-controller-manager'],
      ['--cluster-cidr', '10.1.0.0/16', '--cluster-cidr=10.2.0.0/16,fd00:2::/48'],
    );
    expect(summary({ componentPods: { 'kube-controller-manager': [manager] } }).pod).toEqual([
      '10.2.0.0/16 kube-controller-manager --cluster-cidr',
      'fd00:2::/48 kube-controller-manager --cluster-cidr',
    ]);
  });

  it('kube-proxy, OVN and, at last, what the nodes have', () => {
    const kubeProxyConfig = configMap({ 'config.conf': 'kind: KubeProxyConfiguration\nclusterCIDR: 10.7.0.0/16\n' });
    expect(summary({ kubeProxyConfig }).pod).toEqual(['10.7.0.0/16 kube-proxy clusterCIDR']);
    expect(summary({ ovnConfig: configMap({ net_cidr: '10.128.0.0/14/23' }) }).pod).toEqual([
      '10.128.0.0/14 ovn-config net_cidr',
    ]);
    const nodes = [node('a', ['10.0.0.1'], ['10.8.1.0/24']), node('b', ['10.0.0.2'], ['10.8.0.0/24', 'fd00:8::/64'])];
    expect(summary({ nodes })).toMatchObject({
      pod: [
        '10.8.0.0/24 podCIDRs of the nodes',
        '10.8.1.0/24 podCIDRs of the nodes',
        'fd00:8::/64 podCIDRs of the nodes',
      ],
      node: ['10.0.0.1/32', '10.0.0.2/32'],
    });
  });

  it.each([
    'Service "x" is invalid: spec.clusterIPs: Invalid value: ["1.1.1.1"]: failed to allocate IP 1.1.1.1: the provided IP (1.1.1.1) is not in the valid range. The range of valid IPs is 10.96.0.0/12',
    'provided IP is not in the valid range. The range of valid IPs is 10.96.0.0/12',
  ])('an API server up to 1.32 names its range when it refuses an address', (text) => {
    expect(summary({ refusals: [text] }).service).toEqual(["10.96.0.0/12 the API server's refusal of another address"]);
  });

  it('a later one names none, and nobody guesses', () => {
    const refusals = ['failed to allocate IP 1.1.1.1: the provided network does not match the current range'];
    expect(summary({ refusals })).toMatchObject({ service: [], faults: ['PodRangeUnknown', 'ServiceRangeUnknown'] });
  });
});

describe('what a person declares', () => {
  it('wins, for the family that they speak of', () => {
    const facts: NetworkFacts = { kubeadmConfig: KUBEADM, serviceCidrs: [serviceCidr(['fd00:96::/112'])] };
    const { network } = discover(facts, { podCIDRs: ['10.1.0.0/16'], serviceCIDRs: ['10.2.0.0/16'] });
    expect(network.podCIDRs).toEqual([{ cidr: '10.1.0.0/16', source: 'spec.network', confidence: 'declared' }]);
    expect(network.serviceCIDRs?.map(({ cidr }) => cidr)).toEqual(['10.2.0.0/16', 'fd00:96::/112']);
  });

  it('is all there is where pods have addresses of the network around them', () => {
    expect(summary({ serviceCidrs: [serviceCidr(['10.96.0.0/12'])] }).faults).toEqual(['PodRangeUnknown']);
    expect(discover({ serviceCidrs: [serviceCidr(['10.96.0.0/12'])] }, { podCIDRs: ['10.0.0.0/16'] }).faults).toEqual(
      [],
    );
  });
});

describe('what was found is checked against what runs', () => {
  const facts = (more: DeepReadonly<NetworkFacts>): NetworkFacts =>
    ({ kubeadmConfig: KUBEADM, ...more }) as NetworkFacts;

  it('a pod outside of the range gives the pod, its address, and where the range was read', () => {
    const { faults } = discover(facts({ pods: [pod('web', '10.50.0.7'), pod('ok', '10.244.1.1')] }));
    expect(faults).toEqual([
      {
        code: 'CIDRMismatch',
        message: 'the pod range is 10.244.0.0/16 (kubeadm-config), but pod demo/web has 10.50.0.7',
      },
    ]);
  });

  it('many are counted, three are named', () => {
    const pods = Array.from({ length: 9 }, (_, index) => pod(`web-${index}`, `10.50.0.${index}`));
    expect(discover(facts({ pods })).faults[0]?.message).toMatch(/web-2 has 10\.50\.0\.2 and 6 more$/);
  });

  it('an address of a family of which no range was found', () => {
    const { faults } = discover(
      facts({ pods: [pod('web', 'fd00::7')], services: [service('web', ['10.96.0.9', 'fd00:96::9'])] }),
    );
    expect(faults.map(({ message }) => message)).toEqual([
      'no IPv6 range of pods was found, but pod demo/web has fd00::7',
      'no IPv6 range of Services was found, but Service demo/web has fd00:96::9',
    ]);
  });

  it('pods on the network of their node, pods that ended and Services without an address prove nothing', () => {
    const pods = [pod('proxy', '192.168.1.10', { hostNetwork: true }), pod('job', '10.9.9.9', { phase: 'Succeeded' })];
    expect(discover(facts({ pods, services: [service('headless', ['None'])] })).faults).toEqual([]);
  });
});

describe('what cannot be used is said and passed over', () => {
  it('text that is no range', () => {
    const kubeadmConfig = configMap({
      ClusterConfiguration: 'networking:\n  podSubnet: 10.244.1.0/16, 10.1.0.0/16\n  serviceSubnet: ten\n',
    });
    const { network, faults } = discover({ kubeadmConfig, serviceCidrs: [] });
    expect(network.podCIDRs?.map(({ cidr }) => cidr)).toEqual(['10.1.0.0/16']);
    expect(faults.map(({ message }) => message).slice(0, 2)).toEqual([
      'kubeadm-config: "10.244.1.0/16" has bits set behind its prefix: the range is 10.244.0.0/16',
      'kubeadm-config: "ten" is no range: it lacks a prefix length, such as 10.244.0.0/16',
    ]);
  });

  it.each(['{', 'networking: 7', '- a\n- b', 'networking:\n  podSubnet: [1]'])(
    'a document %j that nobody can read',
    (text) => {
      expect(summary({ kubeadmConfig: configMap({ ClusterConfiguration: text }) }).pod).toEqual([]);
    },
  );

  it('a ServiceCIDR that does not hold yet', () => {
    expect(
      summary({ serviceCidrs: [serviceCidr(['10.96.0.0/12']), serviceCidr(['10.1.0.0/16'], 'False')] }).service,
    ).toEqual(['10.96.0.0/12 ServiceCIDR']);
  });
});
