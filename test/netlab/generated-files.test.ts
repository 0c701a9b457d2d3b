import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { rangesOf } from '../../controller/network/generate/addresses.ts';
import { generateAnsible } from '../../controller/network/generate/ansible.ts';
import { generateVip, type VipRequest } from '../../controller/network/generate/control-plane-vip.ts';
import { planFirewalls } from '../../controller/network/generate/firewall.ts';
import type { GeneratedFile } from '../../controller/network/generate/generated-file.ts';
import { DISTRIBUTIONS, nodeScripts } from '../../controller/network/generate/node-scripts.ts';
import { generateRoutes } from '../../controller/network/generate/routes.ts';
import { FIREWALL_FORMATS, securityGroups } from '../../controller/network/generate/security-groups.ts';
import { readSites } from '../../controller/network/generate/sites-file.ts';
import { makeVipSecrets } from '../../controller/network/generate/vip-secrets.ts';
import { ENVIRONMENT } from './lab/execute.ts';
import { Lab } from './lab/lab.ts';
import type { Namespace } from './lab/namespace.ts';

/** Both address families, colliding pod ranges, Services: every part of a script has something to do. */
const SITES = readSites({
  clusters: [1, 2].map((index) => ({
    name: `c${index}`,
    podCIDRs: ['10.244.0.0/16', 'fd00:10:244::/56'],
    serviceCIDRs: [`10.10${index}.0.0/16`],
    virtualCIDRs: [`10.20${index}.0.0/16`, `fd00:20${index}::/56`],
    networkPlugin: 'calico',
    nodes: [1, 2].map((node) => ({
      name: `c${index}-${node}`,
      addresses: [`192.168.${index}.${node}`, `fd00:${index}::${node}`],
    })),
  })),
  gateways: [1, 2].map((index) => ({ cluster: `c${index}`, node: `c${index}-1` })),
  layer2: ['192.168.0.0/16', 'fd00::/16'],
  routes: { services: true },
});
const FIREWALL = { tunnel: 'netmaker', apiFrom: rangesOf(['198.51.100.0/24']), apiPort: 6443 } as const;
const VIP: VipRequest = {
  vip: '10.99.0.100/24',
  nodes: [1, 2, 3].map((index) => ({ name: `n${index}`, address: `10.99.0.${index}` })),
  outside: [],
  interfaceName: 'eth0',
  virtualRouterId: 51,
  port: 6443,
  apiPort: 6444,
  healthCheck: 'https',
  configFolder: '/etc/keepalived',
  secrets: makeVipSecrets((bytes) => new Uint8Array(bytes).fill(0xab)),
  certSANs: [],
  podCIDRs: [],
  serviceCIDRs: [],
};
const IPV6 = {
  vip: 'fd00::100/64',
  nodes: VIP.nodes.map(({ name }, index) => ({ name, address: `fd00::${index + 1}` })),
};

/** Programs of Python take their time on a machine with much to do. */
const PATIENCE_MS = 120_000;

describe.runIf(inject('netlab') !== '')('what is generated is taken by the programs that it is for', () => {
  let lab: Lab;
  let machine: Namespace;
  beforeAll(async () => {
    lab = await Lab.open(inject('netlab'));
    machine = await lab.namespace('node');
    await lab.connect([machine, 'eth0'], [await lab.namespace('peer'), 'eth0']);
    await machine.ip(
      'address add 192.168.1.2/16 dev eth0',
      'address add fd00:1::2/16 dev eth0 nodad',
      'link set eth0 up',
    );
  });
  afterAll(() => lab?.close());

  async function write({ path, text, mode }: GeneratedFile): Promise<string> {
    const target = join(lab.folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    await chmod(target, mode);
    return target;
  }

  it('scripts by a shell, without a word of ShellCheck', async () => {
    const scripts = [
      ...generateRoutes(SITES, { action: 'apply', forward: 'last' }).files,
      ...DISTRIBUTIONS.flatMap((distribution) =>
        nodeScripts({
          ...{ name: `n-${distribution}`, distribution, interfaceName: 'netmaker', network: 'fed' },
          ...{ netclientVersion: 'v1.5.1', labels: ['burst=true'], taints: ['burst=true:NoSchedule'] },
          server: distribution === 'microk8s' ? undefined : '100.64.0.1:6443',
        }),
      ),
      ...FIREWALL_FORMATS.flatMap((format) => securityGroups(planFirewalls(SITES, FIREWALL).firewalls, format)),
      ...generateVip(VIP).files,
    ].filter(({ text }) => text.startsWith('#!'));
    const paths = await Promise.all(scripts.map(write));

    expect(paths.length).toBeGreaterThan(15);
    expect(await run('shellcheck', paths)).toEqual({ code: 0, said: '' });
  });

  it.each([
    ['IPv4', VIP],
    ['IPv6', { ...VIP, ...IPV6 }],
    ['other checks', { ...VIP, healthCheck: 'tcp' } as const],
  ])('HAProxy and keepalived (%s)', async (_, request) => {
    const folder = join(lab.folder, 'control-plane-vip/n1');
    const files = generateVip({ ...request, configFolder: folder }).files.filter(({ path }) => path.includes('/n1/'));
    await Promise.all(files.map(write));

    const haproxy = await machine.execute('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')]);
    expect(haproxy).toMatchObject({ code: 0, stderr: '' });
    // It ends itself by a signal in either case; what it has to say is in the log.
    const log = join(folder, 'log');
    await writeFile(log, '');
    await machine.execute('keepalived', [`--config-test=${log}`, '-f', join(folder, 'keepalived.conf')]);
    expect(await readFile(log, 'utf8')).toBe('');
    await machine.execute('keepalived', [`--config-test=${log}`, '-f', join(folder, 'haproxy.cfg')]);
    expect(await readFile(log, 'utf8')).not.toBe('');
  });

  it('routes and rules by a machine that has iptables only; the second time and after removal nothing is left to do', async () => {
    const { files } = generateRoutes(SITES, { action: 'apply', forward: 'last' });
    const script = files.find(({ path }) => path === 'routes/c1/c1-2.sh')?.text ?? '';
    const tools = join(lab.folder, 'tools');
    await mkdir(tools);
    const iptables = ['iptables', 'iptables-restore', 'ip6tables', 'ip6tables-restore'];
    for (const name of ['sh', 'ip', 'sed', 'grep', 'awk', 'cut', 'tr', 'cat', 'sort', ...iptables]) {
      const found = (await run('sh', ['-c', `command -v ${name}`])).said.trim();
      await symlink(found, join(tools, name));
    }
    const apply = (action: string) => machine.execute('env', [`PATH=${tools}`, 'sh', '-s', action], script);

    expect((await apply('check')).code).toBe(1);
    const first = await apply('apply');
    expect(first.stderr).toBe('');
    expect(first.stdout).toContain('chain FEDMESH-POSTROUTING\n');
    expect(await apply('apply')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await apply('check')).code).toBe(0);
    const kept = await machine.output('iptables', ['-t', 'nat', '-S']);
    expect(kept).toContain('-A FEDMESH-POSTROUTING -s 10.244.0.0/16 -m comment --comment fedmesh -j FEDMESH-KEEP\n');
    expect((await apply('remove')).stdout).toContain('FEDMESH-FORWARD removed\n');
    expect(await apply('remove')).toEqual({ code: 0, stdout: '', stderr: '' });
    for (const table of ['filter', 'nat']) {
      expect(await machine.output('iptables', ['-t', table, '-S'])).not.toContain('FEDMESH');
    }
    expect(await machine.output('ip', ['route', 'show', 'proto', '199'])).toBe('');
  });

  it(
    'the role by Ansible, for production; the second run changes nothing, and removing leaves nothing',
    async () => {
      await Promise.all(generateAnsible(SITES, { forward: 'last' }).files.map(write));
      const folder = join(lab.folder, 'ansible');
      const lint = [
        '--offline',
        '--nocolor',
        '--profile',
        'production',
        'fedmesh.yml',
        'roles/fedmesh_routes',
        'inventory.yml',
      ];
      expect((await run('ansible-lint', lint, folder)).said).toMatch(
        /Passed with production profile: 0 failure.* on 1\d files/,
      );

      const script = join(lab.folder, 'installed');
      const variables = { fedmesh_routes_path: script, fedmesh_routes_persist: false };
      const playbook = [
        '-i',
        'inventory.yml',
        '--limit',
        'c1-2',
        '--connection',
        'local',
        '-e',
        JSON.stringify(variables),
        'fedmesh.yml',
      ];
      const play = async (...words: string[]) => {
        const { said } = await run(
          'ip',
          ['netns', 'exec', machine.name, 'ansible-playbook', ...playbook, ...words],
          folder,
        );
        return /changed=\d+ .*failed=\d+/.exec(said)?.[0].replaceAll(/ +/g, ' ') ?? said;
      };
      const routes = () => machine.output('ip', ['route', 'show', 'proto', '199']);
      const well = (changed: number) => `changed=${changed} unreachable=0 failed=0`;

      expect(await play()).toBe(well(2));
      expect(await routes()).toContain('10.202.0.0/16 via 192.168.2.1');
      expect(await play()).toBe(well(0));
      expect(await play('--tags', 'remove')).toBe(well(2));
      expect(await routes()).toBe('');
    },
    PATIENCE_MS,
  );

  /** What it printed on either stream. */
  function run(command: string, args: readonly string[], cwd = lab.folder): Promise<{ code: number; said: string }> {
    // Ansible keeps its things in a home of its own, not in that of whoever runs the tests.
    const env = { ...ENVIRONMENT, HOME: lab.folder, LC_ALL: 'C.UTF-8' };
    return new Promise((resolve) => {
      execFile(command, [...args], { cwd, env, timeout: PATIENCE_MS }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
      );
    });
  }
});
