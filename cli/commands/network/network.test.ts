import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiServer } from '../../testing/api-server.ts';
import { Sandbox } from '../../testing/run-fedctl.ts';

function kubeadm(server: ApiServer, podSubnet: string, serviceSubnet: string): void {
  server.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
    data: { ClusterConfiguration: `networking:\n  podSubnet: ${podSubnet}\n  serviceSubnet: ${serviceSubnet}\n` },
  });
}

function node(server: ApiServer, name: string, address: string, podCIDR?: string): void {
  server.put({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] },
    status: { addresses: [{ type: 'InternalIP', address }] },
  });
}

function pod(server: ApiServer, name: string, ip: string): void {
  server.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {},
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  });
}

describe('fedctl network', () => {
  let sandbox: Sandbox<'earth' | 'vulcan'>;
  beforeEach(async () => {
    sandbox = await Sandbox.start('earth', 'vulcan');
    kubeadm(sandbox.servers.earth, '10.244.0.0/16', '10.96.0.0/12');
    node(sandbox.servers.earth, 'earth-1', '192.168.1.10', '10.244.0.0/24');
  });
  afterEach(() => sandbox.close());

  it('shows the ranges of clusters that nothing federates, and where each was read', async () => {
    kubeadm(sandbox.servers.vulcan, '10.2.0.0/16', '10.97.0.0/16');

    const { code, stdout } = await sandbox.fedctl('network show');

    expect(stdout.replaceAll(/ +/g, ' ')).toBe(
      [
        'CLUSTER USE RANGE SOURCE CONFIDENCE',
        'earth pods 10.244.0.0/16 kubeadm-config inferred',
        'earth services 10.96.0.0/12 kubeadm-config inferred',
        'earth nodes 192.168.1.10/32 addresses of the nodes authoritative',
        'vulcan pods 10.2.0.0/16 kubeadm-config inferred',
        'vulcan services 10.97.0.0/16 kubeadm-config inferred',
        'vulcan nodes unknown',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  it('asks by a Service that is not stored, and only where nothing else tells the range', async () => {
    await sandbox.fedctl('network show earth vulcan');

    const writes = (server: ApiServer) => server.requests.filter((request) => !request.startsWith('GET'));
    expect(writes(sandbox.servers.earth)).toEqual([]);
    expect(writes(sandbox.servers.vulcan)).toEqual(Array(2).fill('POST /api/v1/namespaces/default/services'));
  });

  it('finds two clusters that were built from the same defaults, says what it does and how to get out', async () => {
    kubeadm(sandbox.servers.vulcan, '10.244.0.0/16', '10.96.0.0/12');

    const { code, stdout } = await sandbox.fedctl('network check');

    expect(stdout).toContain(
      'conflict: pod CIDR 10.244.0.0/16 (kubeadm-config) of "earth" overlaps pod CIDR 10.244.0.0/16 (kubeadm-config) of "vulcan"\n' +
        '    packets for the one are delivered to the other, or to neither\n',
    );
    expect(stdout).toContain(
      'note: service CIDR 10.96.0.0/12 (kubeadm-config) of "earth" overlaps service CIDR 10.96.0.0/12 (kubeadm-config) of "vulcan"\n' +
        '    harmless as long as Service ranges are not routed between clusters\n',
    );
    expect(stdout).toContain('Ways out of a conflict:');
    expect(code).toBe(3);
  });

  it('takes Service ranges seriously where they are routed', async () => {
    kubeadm(sandbox.servers.vulcan, '10.2.0.0/16', '10.96.0.0/12');

    expect((await sandbox.fedctl('network check')).code).toBe(0);
    expect((await sandbox.fedctl('network check --routed services')).code).toBe(3);
  });

  it('finds nodes without a pod range or with the same one, and pods that have one address', async () => {
    const { vulcan } = sandbox.servers;
    kubeadm(vulcan, '10.2.0.0/16', '10.97.0.0/16');
    node(vulcan, 'v-1', '10.0.0.1', '10.2.1.0/24');
    node(vulcan, 'v-2', '10.0.0.2', '10.2.1.0/24');
    node(vulcan, 'v-3', '10.0.0.3');
    pod(vulcan, 'a', '10.2.1.7');
    pod(vulcan, 'b', '10.2.1.7');

    const { code, stdout } = await sandbox.fedctl('network check vulcan');

    expect(stdout).toContain('vulcan: v-3 has no pod range: pods there may get the same addresses as elsewhere\n');
    expect(stdout).toContain(
      'vulcan: pod ranges of nodes overlap: 10.2.1.0/24 of node v-2 and 10.2.1.0/24 of node v-1\n',
    );
    expect(stdout).toContain('vulcan: pods have the same address: 10.2.1.7 is the address of default/a, default/b\n');
    expect(code).toBe(3);
  });

  it('gives a script the same in JSON', async () => {
    kubeadm(sandbox.servers.vulcan, '10.244.128.0/17', '10.97.0.0/16');

    const { stdout } = await sandbox.fedctl('network check -o json');

    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      overlaps: [
        {
          harm: 'conflict',
          claims: [
            { cluster: 'earth', use: 'pod', cidr: '10.244.0.0/16', source: 'kubeadm-config' },
            { cluster: 'vulcan', use: 'pod', cidr: '10.244.128.0/17', source: 'kubeadm-config' },
          ],
        },
        { harm: 'note' },
      ],
    });
  });

  it('says which context it does not know, and which there are', async () => {
    const { code, stderr } = await sandbox.fedctl('network show mars');

    expect(stderr).toBe('error: there is no context "mars" in the kubeconfig\nhint: contexts are: earth, vulcan\n');
    expect(code).toBe(2);
  });

  it('says what it may not read, since a range may be missing for that', async () => {
    sandbox.servers.earth.answer(/^GET \/api\/v1\/nodes$/, {
      code: 403,
      reason: 'Forbidden',
      message: 'nodes is forbidden',
    });

    expect((await sandbox.fedctl('network show earth')).stdout).toContain(
      'earth: may not be read, so that a range may be missing: list nodes\n',
    );
  });

  describe('plan-cidrs', () => {
    it('offers ranges for clusters that are not there yet, and asks no server', async () => {
      await sandbox.servers.earth.close();

      const { code, stdout } = await sandbox.fedctl('network plan-cidrs earth vulcan --nodes 1');

      expect(stdout.replaceAll(/ +/g, ' ')).toBe(
        [
          'CLUSTER FOR RANGE',
          'earth pods 10.2.0.0/16',
          'earth services 10.4.0.0/20',
          'earth node 1 10.2.0.0/24',
          'vulcan pods 10.3.0.0/16',
          'vulcan services 10.4.16.0/20',
          'vulcan node 1 10.3.0.0/24',
          '',
        ].join('\n'),
      );
      expect(code).toBe(0);
    });

    it('keeps clear of the ranges of clusters that are there', async () => {
      kubeadm(sandbox.servers.earth, '10.2.0.0/15', '10.4.0.0/16');

      const { stdout } = await sandbox.fedctl('network plan-cidrs vulcan --nodes 0 --beside earth -o json');

      expect(JSON.parse(stdout)).toEqual({
        clusters: [{ cluster: 'vulcan', podCIDRs: ['10.5.0.0/16'], serviceCIDRs: ['10.6.0.0/20'], nodePodCIDRs: [] }],
      });
    });

    it.each([
      ['kubeadm', 'podSubnet: 10.2.0.0/16,fd12::/56'],
      ['k3s', 'cluster-cidr: 10.2.0.0/16,fd12::/56'],
      [
        'kubenet',
        `patch node "$NODE_1" -p '{"spec":{"podCIDR":"10.2.0.0/24","podCIDRs":["10.2.0.0/24","fd12::/64"]}}'`,
      ],
    ])('prints them as settings of %s, for both address families', async (installer, line) => {
      const { stdout } = await sandbox.fedctl(
        `network plan-cidrs earth --pool 10.0.0.0/8,fd12::/40 --for ${installer}`,
      );

      expect(stdout).toContain(line);
    });

    it.each([
      ['a b --pool 10.2.0.0/16', '10.2.0.0/16 has no room for 2 clusters: no free /16 is left in it'],
      ['a --pool ten', 'is no range: it lacks a prefix length'],
      ['a --pool 10.0.0.1/8', 'has bits set behind its prefix: the range is 10.0.0.0/8'],
      ['a --nodes 300', 'a /16 holds 256 ranges of /24, not 300'],
      ['a --node-prefix 8', '--node-prefix 8 is wider than --cluster-prefix 16'],
      ['a --service-prefix 8', 'kube-apiserver takes no Service range wider than /12'],
      ['a a', '"a" is named twice'],
      ['a --nodes -1', 'It is a whole number'],
      ['a --for k3s -o json', '--for prints settings, not json'],
      ['a --pool 10.0.0.0/8,172.16.0.0/12', '--pool names two ranges of IPv4'],
    ])('%s: says what cannot be', async (words, why) => {
      const { code, stdout, stderr } = await sandbox.fedctl(`network plan-cidrs ${words}`);

      expect(stderr).toContain(why);
      expect(stdout).toBe('');
      expect(code).toBeGreaterThan(0);
    });
  });
});
