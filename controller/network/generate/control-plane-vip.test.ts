import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { generateVip, type VipRequest } from './control-plane-vip.ts';
import { makeVipSecrets, readVipSecrets, vipSecretsFile } from './vip-secrets.ts';

const SECRETS = makeVipSecrets((bytes) => new Uint8Array(bytes).fill(0xab));
const REQUEST: VipRequest = {
  vip: '10.0.0.100/24',
  nodes: [
    { name: 'a', address: '10.0.0.1' },
    { name: 'b', address: '10.0.0.2' },
    { name: 'c', address: '10.0.0.3' },
  ],
  outside: [],
  interfaceName: 'eth0',
  virtualRouterId: 51,
  port: 6443,
  apiPort: 6444,
  healthCheck: 'https',
  configFolder: '/etc/keepalived',
  secrets: SECRETS,
  certSANs: ['k8s.example.com'],
  podCIDRs: ['10.1.0.0/16'],
  serviceCIDRs: [],
};

function textOf(request: VipRequest, path: string): string {
  const file = generateVip(request).files.find((each) => each.path === `control-plane-vip/${path}`);
  return file?.text ?? '';
}

function kubeadm(request: VipRequest, path: string): unknown[] {
  return parseAllDocuments(textOf(request, path)).map((document) => document.toJS());
}

describe('a control plane behind a virtual address', () => {
  it('gets HAProxy, keepalived and kubeadm files for each node, those with secrets for their owner only', () => {
    const { files, warnings } = generateVip(REQUEST);

    expect(files.map(({ path, mode }) => `${path} ${mode.toString(8)}`)).toEqual(
      [
        ...['a', 'b', 'c'].flatMap((node) => [
          `${node}/haproxy.cfg 644`,
          `${node}/keepalived.conf 600`,
          `${node}/check-apiserver.sh 755`,
        ]),
        'a/kubeadm-init.yaml 600',
        'b/kubeadm-join.yaml 600',
        'c/kubeadm-join.yaml 600',
      ].map((file) => `control-plane-vip/${file}`),
    );
    expect(warnings).toEqual([]);
  });

  it('is passed on from 6443 of the address to 6444 of each node', () => {
    const text = textOf(REQUEST, 'b/haproxy.cfg');

    expect(text).toContain('  bind *:6443\n');
    expect(text).toContain('  server a 10.0.0.1:6444\n  server b 10.0.0.2:6444\n  server c 10.0.0.3:6444\n');
  });

  it('begins with kubeadm on the first node, whose certificate names the address', () => {
    expect(kubeadm(REQUEST, 'a/kubeadm-init.yaml')).toMatchObject([
      { kind: 'InitConfiguration', localAPIEndpoint: { advertiseAddress: '10.0.0.1', bindPort: 6444 } },
      {
        kind: 'ClusterConfiguration',
        controlPlaneEndpoint: '10.0.0.100:6443',
        apiServer: { certSANs: ['10.0.0.100', 'k8s.example.com'] },
        networking: { podSubnet: '10.1.0.0/16' },
      },
    ]);
    expect(kubeadm(REQUEST, 'c/kubeadm-join.yaml')).toMatchObject([
      {
        kind: 'JoinConfiguration',
        controlPlane: { localAPIEndpoint: { advertiseAddress: '10.0.0.3', bindPort: 6444 } },
        discovery: { tlsBootstrapToken: SECRETS.bootstrapToken },
      },
    ]);
  });

  it.each([2, 3, 5, 7])('of %i machines goes to one that passes the check, whichever fails', (count) => {
    const nodes = Array.from({ length: count }, (_, index) => ({ name: `n${index}`, address: `10.0.0.${index + 1}` }));
    const texts = nodes.map(({ name }) => textOf({ ...REQUEST, nodes }, `${name}/keepalived.conf`));
    const number = (text: string, word: string) => Number(new RegExp(`^ *${word} (-?\\d+)$`, 'm').exec(text)?.[1]);
    const priorities = texts.map((text) => number(text, 'priority'));
    const weight = number(texts[0] ?? '', 'weight');

    expect(new Set(priorities).size).toBe(count);
    expect(Math.max(...priorities) + weight).toBeLessThan(Math.min(...priorities));
    expect(Math.min(...priorities) + weight).toBeGreaterThan(0);
  });

  it('speaks to its peers one by one, with a password, and holds the address with its prefix', () => {
    const text = textOf(REQUEST, 'b/keepalived.conf');

    expect(text).toContain('  unicast_src_ip 10.0.0.2\n  unicast_peer {\n    10.0.0.1\n    10.0.0.3\n  }\n');
    expect(text).toContain('    auth_pass abababab\n');
    expect(text).toContain('    10.0.0.100/24 dev eth0\n');
  });

  it('can be held by machines outside of the cluster, whose nodes may be elsewhere', () => {
    const outside = [
      { name: 'lb1', address: '10.0.0.11' },
      { name: 'lb2', address: '10.0.0.12' },
    ];
    const nodes = [{ name: 'a', address: '192.168.7.1' }];

    const { files } = generateVip({ ...REQUEST, nodes, outside, port: 6443, apiPort: 6443 });

    expect(files.map(({ path }) => path.replace('control-plane-vip/', ''))).toEqual([
      ...['lb1', 'lb2'].flatMap((name) =>
        ['haproxy.cfg', 'keepalived.conf', 'check-apiserver.sh'].map((file) => `${name}/${file}`),
      ),
      'a/kubeadm-init.yaml',
    ]);
  });

  it('may be of IPv6, where VRRP has no password', () => {
    const request = { ...REQUEST, vip: 'fd00::100/64', nodes: [{ name: 'a', address: 'fd00::1' }] };

    expect(textOf(request, 'a/keepalived.conf')).not.toContain('auth_pass');
    expect(textOf(request, 'a/haproxy.cfg')).toContain('  bind :::6443 v4v6\n');
    expect(textOf(request, 'a/haproxy.cfg')).toContain('  server a [fd00::1]:6444\n');
    expect(kubeadm(request, 'a/kubeadm-init.yaml')[1]).toMatchObject({ controlPlaneEndpoint: '[fd00::100]:6443' });
  });

  it('is said to gain nothing from an even number of nodes, and nothing at all with one machine', () => {
    const [a, b] = REQUEST.nodes;
    if (a === undefined || b === undefined) throw new Error('the request has three nodes');

    expect(generateVip({ ...REQUEST, nodes: [a, b] }).warnings).toEqual([
      '2 control-plane nodes bear no more failures than 1: etcd needs more than half of them',
    ]);
    expect(generateVip({ ...REQUEST, nodes: [a] }).warnings).toEqual([
      'a single machine holds the virtual address: when it fails nobody takes over',
    ]);
  });

  it.each<[Partial<VipRequest>, string]>([
    [{ vip: '10.0.0.100' }, '--vip 10.0.0.100 has no prefix length'],
    [{ vip: 'here/24' }, '"here" is no IP address'],
    [{ vip: '::ffff:10.0.0.100/24' }, 'is IPv4 written as IPv6'],
    [{ vip: '10.0.1.100/24' }, 'lies in 10.0.1.0/24, and a (10.0.0.1) outside of it'],
    [{ vip: 'fd00::100/64' }, 'outside of it'],
    [{ vip: '10.0.0.255/24' }, 'is no address of a machine in 10.0.0.0/24'],
    [{ vip: '10.0.0.100/32' }, 'has no room for it'],
    [{ vip: '10.0.0.2/24' }, 'is the one of b'],
    [{ nodes: [] }, 'there is no control-plane node'],
    [{ nodes: [...REQUEST.nodes, { name: 'a', address: '10.0.0.4' }] }, 'a is named twice'],
    [{ nodes: [...REQUEST.nodes, { name: 'd', address: '10.0.0.1' }] }, '10.0.0.1 is given as address twice'],
    [{ apiPort: 6443 }, 'cannot both listen on 6443'],
    [{ port: 70_000 }, '70000 is no port'],
    [{ port: Number.NaN }, 'NaN is no port'],
    [{ virtualRouterId: 256 }, '--virtual-router-id 256 is none'],
    [{ configFolder: 'etc' }, 'is no absolute path'],
    [{ secrets: { ...SECRETS, authPass: 'longer than eight' } }, 'authPass has not the form that is needed'],
  ])('%j is refused with what is wrong in it', (wrong, why) => {
    expect(() => generateVip({ ...REQUEST, ...wrong })).toThrow(why);
  });
});

describe('its secrets', () => {
  it('come back from the file in which they are kept', () => {
    expect(readVipSecrets(vipSecretsFile(SECRETS).text, 'secrets.yaml')).toEqual(SECRETS);
  });

  it.each(['', '{', 'authPass: x', 'authPass: 1\nother: 2'])('are refused when the file says %j', (text) => {
    expect(() => readVipSecrets(text, 'secrets.yaml')).toThrow(/secrets\.yaml/);
  });
});
