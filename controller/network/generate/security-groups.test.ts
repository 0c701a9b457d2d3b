import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rangesOf } from './addresses.ts';
import { type FirewallOptions, planFirewalls } from './firewall.ts';
import { type FirewallFormat, firewallData, securityGroups } from './security-groups.ts';
import { readSites } from './sites-file.ts';

const SITES = readSites({
  clusters: [
    {
      name: 'earth',
      podCIDRs: ['10.1.0.0/16'],
      nodes: [
        { name: 'e1', addresses: ['192.168.1.1'], externalAddresses: ['203.0.113.1'] },
        { name: 'e2', addresses: ['192.168.1.2'] },
      ],
    },
    {
      name: 'vulcan',
      podCIDRs: ['10.2.0.0/16'],
      serviceCIDRs: ['10.102.0.0/16'],
      nodes: [{ name: 'v1', addresses: ['192.168.2.1'], externalAddresses: ['203.0.113.2'] }],
    },
  ],
  gateways: [{ cluster: 'earth', node: 'e1' }],
  routes: { services: true },
});
const OPTIONS: FirewallOptions = { tunnel: 'netmaker', apiFrom: rangesOf(['198.51.100.0/24']), apiPort: 6443 };

describe('what a firewall has to let in', () => {
  it('are pods of other clusters, the tunnel from their gateways, and the federation', () => {
    const { firewalls, warnings } = planFirewalls(SITES, OPTIONS);

    expect(warnings).toEqual([]);
    expect(firewalls.map(firewallData)).toMatchObject([
      {
        cluster: 'earth',
        ingress: [
          { name: 'pods', to: 'nodes', protocol: 'all', from: ['10.2.0.0/16', '10.102.0.0/16'] },
          { name: 'wireguard', to: 'gateways', protocol: 'udp', port: 51_821, from: ['203.0.113.2/32'] },
          { name: 'wireguard-443', to: 'gateways', protocol: 'udp', port: 443, from: ['203.0.113.2/32'] },
          { name: 'api', to: 'nodes', protocol: 'tcp', port: 6443, from: ['198.51.100.0/24'] },
        ],
        sourceDestinationCheck: {
          enabled: false,
          nodes: [{ name: 'e1' }, { name: 'e2' }],
          ranges: ['10.1.0.0/16', '10.2.0.0/16', '10.102.0.0/16'],
        },
        routeTable: { via: { name: 'e1', address: '192.168.1.1' }, to: ['10.2.0.0/16', '10.102.0.0/16'] },
      },
      {
        cluster: 'vulcan',
        ingress: [{ from: ['10.1.0.0/16'] }, { from: ['203.0.113.1/32'] }, { port: 443 }, { name: 'api' }],
      },
    ]);
  });

  it('is open to everybody for a tunnel whose other end is not known, and that is said', () => {
    const clusters = SITES.clusters.map((site) => ({
      ...site,
      nodes: site.nodes.map((node) => ({ ...node, externalAddresses: [] })),
    }));

    const { firewalls, warnings } = planFirewalls({ ...SITES, clusters }, { ...OPTIONS, apiFrom: [] });

    expect(firewalls[0]?.rules.map(({ name, from }) => [name, from.map(({ text }) => text)])).toEqual([
      ['pods', ['10.2.0.0/16', '10.102.0.0/16']],
      ['wireguard', ['0.0.0.0/0']],
      ['wireguard-443', ['0.0.0.0/0']],
    ]);
    expect(warnings).toHaveLength(5);
  });

  it('is not planned for ranges that overlap', () => {
    const clusters = SITES.clusters.map((site) => ({ ...site, podCIDRs: ['10.1.0.0/16'] }));
    expect(() => planFirewalls({ ...SITES, clusters }, OPTIONS)).toThrow('overlaps');
  });
});

describe("a script for a cloud's client", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fedctl-cloud-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the script of earth with a client that writes down what it is told, and answers so. */
  async function run(format: FirewallFormat, action: string, client: string): Promise<string[]> {
    const { firewalls } = planFirewalls(SITES, OPTIONS);
    const [file] = securityGroups(firewalls, format);
    const program = join(folder, format);
    await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$*" >> ${folder}/calls\n${client}\n`);
    await chmod(program, 0o755);
    await writeFile(join(folder, 'script'), file?.text ?? '');
    const env = {
      PATH: `${folder}:/usr/bin:/bin`,
      SECURITY_GROUP: 'sg-1',
      ROUTE_TABLE: 'rtb-1',
      ROUTER: 'r-1',
      NETWORK: 'n',
      ZONE: 'z',
      TAG: 't',
    };
    await promisify(execFile)('sh', [join(folder, 'script'), action], { env });
    return (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
  }

  it('of AWS opens groups range by range, and takes for granted what is there', async () => {
    const client = `case "$*" in *authorize*) echo 'An error occurred (InvalidPermission.Duplicate)' >&2; exit 254 ;; *describe-instances*) echo i-1 ;; esac`;

    const calls = await run('aws', 'apply', client);

    expect(
      calls.filter((call) => call.startsWith('ec2 authorize-security-group-ingress --group-id sg-1')),
    ).toHaveLength(5);
    expect(calls).toContain('ec2 modify-instance-attribute --instance-id i-1 --no-source-dest-check');
    expect(calls).toContain(
      'ec2 create-route --route-table-id rtb-1 --destination-cidr-block 10.2.0.0/16 --instance-id i-1',
    );
  });

  it('of AWS closes them again', async () => {
    const calls = await run('aws', 'remove', `case "$*" in *describe-instances*) echo i-1 ;; esac`);

    expect(calls.filter((call) => call.startsWith('ec2 revoke-security-group-ingress'))).toHaveLength(5);
    expect(calls).toContain('ec2 delete-route --route-table-id rtb-1 --destination-cidr-block 10.2.0.0/16');
  });

  it('of AWS stops at any other answer', async () => {
    await expect(run('aws', 'apply', `echo 'An error occurred (UnauthorizedOperation)' >&2; exit 254`)).rejects.toThrow(
      'UnauthorizedOperation',
    );
  });

  it('of Google updates a rule that is there, and makes one that is not', async () => {
    const client = `case "$*" in *'describe fedmesh-earth-pods'*) ;; *'instances describe'*) echo True ;; *describe*) exit 1 ;; esac`;

    const calls = await run('gcloud', 'apply', client);

    expect(calls).toContain(
      'compute firewall-rules update fedmesh-earth-pods --allow all --source-ranges 10.2.0.0/16,10.102.0.0/16 --target-tags t',
    );
    expect(calls).toContain(
      'compute firewall-rules create fedmesh-earth-wireguard --network n --direction INGRESS --allow udp:51821 --source-ranges 203.0.113.2/32 --target-tags t',
    );
    expect(calls).toContain(
      'compute routes create fedmesh-earth-10-2-0-0-16 --network n --destination-range 10.2.0.0/16 --next-hop-instance e1 --next-hop-instance-zone z',
    );
  });

  it('of OpenStack allows the addresses of pods on the ports of nodes', async () => {
    const calls = await run('openstack', 'apply', `case "$*" in *'port list'*) echo p-1 ;; esac`);

    expect(calls).toContain(
      'security group rule create --ingress --ethertype IPv4 --protocol udp --remote-ip 203.0.113.2/32 --dst-port 51821 --description fedmesh sg-1',
    );
    expect(calls).toContain('port set --allowed-address ip-address=10.1.0.0/16 p-1');
    expect(calls).toContain('router add route --route destination=10.2.0.0/16,gateway=192.168.1.1 r-1');
  });
});
