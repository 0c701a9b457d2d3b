import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { Sandbox } from '../../testing/run-fedctl.ts';

const FILE = {
  clusters: [
    {
      name: 'earth',
      podCIDRs: ['10.1.0.0/16'],
      networkPlugin: 'calico',
      nodes: [
        { name: 'e1', addresses: ['192.168.1.1'] },
        { name: 'e2', addresses: ['192.168.1.2'] },
      ],
    },
    { name: 'vulcan', podCIDRs: ['10.2.0.0/16'], nodes: [{ name: 'v1', addresses: ['192.168.2.1'] }] },
  ],
  gateways: [{ cluster: 'earth', node: 'e1' }],
  meshInterface: 'nm-fed',
};

let sandbox: Sandbox<'earth' | 'vulcan'>;
let folder: string;
beforeEach(async () => {
  sandbox = await Sandbox.start('earth', 'vulcan');
  folder = await mkdtemp(join(tmpdir(), 'fedctl-generate-'));
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

const generate = (words: string, file: object = FILE) =>
  sandbox.fedctl(`generate ${words}`, { stdin: stringify(file) });

describe('fedctl generate routes', () => {
  it('prints the script of one node as it is, to be piped there', async () => {
    const { code, stdout } = await generate('routes -f - --node earth/e2');

    expect(stdout).toMatch(/^#!\/bin\/sh\n# Made by `fedctl generate routes`: node e2 of earth\n/);
    expect(stdout).toContain('\n10.2.0.0/16 via 192.168.1.1\n');
    expect(code).toBe(0);
  });

  it('finds a node by its name, whatever signs the name of its cluster has, and asks which where several have it', async () => {
    const [earth, vulcan] = FILE.clusters;
    const clusters = [
      { ...earth, name: 'admin@earth', nodes: [{ name: 'n', addresses: ['192.168.1.1'] }] },
      { ...vulcan, nodes: [{ name: 'n', addresses: ['192.168.2.1'] }] },
    ];
    const file = { clusters, meshInterface: 'nm-fed' };

    expect((await generate('routes -f - --node admin@earth/n', file)).stdout).toContain('node n of admin@earth');
    const { code, stderr } = await generate('routes -f - --node n', file);
    expect(stderr).toContain('several clusters have a node n\nhint: nodes are: admin@earth/n, vulcan/n\n');
    expect(code).toBe(2);
  });

  it('takes clusters as their API servers show them', async () => {
    for (const [index, name] of (['earth', 'vulcan'] as const).entries()) {
      const podCIDR = `10.${index + 1}.1.0/24`;
      sandbox.servers[name].put({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `${name}-1` },
        spec: { podCIDR, podCIDRs: [podCIDR] },
        status: { addresses: [{ type: 'InternalIP', address: `192.168.0.${index + 1}` }] },
      });
    }

    const { stdout } = await sandbox.fedctl('generate routes --layer2 192.168.0.0/24 -o json');

    expect(JSON.parse(stdout)).toMatchObject({
      nodes: [
        { node: 'earth-1', routes: [{ to: '10.2.1.0/24', via: '192.168.0.2', cluster: 'vulcan' }] },
        { node: 'vulcan-1', routes: [{ to: '10.1.1.0/24', via: '192.168.0.1', cluster: 'earth' }] },
      ],
      warnings: [],
    });
  });

  it('writes a script for each node and pools for Calico, changes nothing the second time, and replaces what it made', async () => {
    const first = await generate(`routes -f - --output-dir ${folder}`);
    const again = await generate(`routes -f - --output-dir ${folder}`);
    const removing = await generate(`routes -f - --output-dir ${folder} --remove`);

    const paths = ['routes/earth/e1.sh', 'routes/earth/e2.sh', 'routes/vulcan/v1.sh', 'calico/earth.yaml'];
    expect(first.stdout).toBe(paths.map((path) => `${join(folder, path)} written\n`).join(''));
    expect(again.stdout).toBe(first.stdout.replaceAll(' written', ' unchanged'));
    expect(removing.stdout).toContain(`${join(folder, 'routes/earth/e1.sh')} written\n`);
    expect((await stat(join(folder, 'routes/earth/e1.sh'))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(folder, 'calico/earth.yaml'), 'utf8')).toContain(
      'cidr: 10.2.0.0/16\n  disabled: true\n',
    );
  });

  it('touches no file that somebody else made, and then writes none at all', async () => {
    await generate(`routes -f - --output-dir ${folder}`);
    const foreign = join(folder, 'routes/vulcan/v1.sh');
    await writeFile(foreign, 'mine');
    await rm(join(folder, 'routes/earth'), { recursive: true });

    const { code, stderr } = await generate(`routes -f - --output-dir ${folder}`);

    expect(stderr).toBe(
      `error: ${foreign} is there, and fedctl did not make it: nothing was written\nhint: name another --output-dir, or --force to overwrite it\n`,
    );
    expect(code).toBe(4);
    expect(await readFile(foreign, 'utf8')).toBe('mine');
    await expect(stat(join(folder, 'routes/earth/e1.sh'))).rejects.toThrow('ENOENT');
    expect((await generate(`routes -f - --output-dir ${folder} --force`)).code).toBe(0);
    expect(await readFile(foreign, 'utf8')).toContain('#!/bin/sh');
  });

  it('says what would be written, and writes nothing, with --dry-run', async () => {
    const { stdout } = await generate(`--dry-run routes -f - --output-dir ${folder}`);

    expect(stdout).toContain('routes/earth/e1.sh to be written\n');
    await expect(stat(join(folder, 'routes'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['routes -f - --gateway earth=e9', 'earth has no node e9', 2],
    ['routes -f - --gateway earth', '--gateway earth: it is CLUSTER=NODE', 2],
    ['routes -f - --gateway mars=m1', 'there is no cluster mars', 2],
    ['routes -f - --layer2 192.168.1.1/24', '--layer2: "192.168.1.1/24" has bits set behind its prefix', 2],
    ['routes -f - --virtual earth=10.9.0.0/24', 'cannot stand for 10.1.0.0/16 of earth', 2],
    ['routes -f - --virtual earth=10.2.0.0/16', '10.2.0.0/16 of earth overlaps 10.2.0.0/16 of vulcan', 4],
    ['routes -f - --node v7', 'there is no node v7', 2],
    ['routes -f - earth', 'clusters come from -f or from contexts, not from both', 2],
    ['routes -f - --members', 'clusters come from -f or from the federation, not from both', 2],
    ['routes --members', 'no cluster has joined', 1],
    ['routes mars', 'there is no context "mars"', 2],
    ['routes earth', 'nothing in earth tells the range of its pods', 1],
  ])('%s: says what cannot be, and how to go on', async (words, why, code) => {
    const run = await generate(words);

    expect(run.stderr).toContain(why);
    expect(run.stderr).toContain('\nhint: ');
    expect(run.stdout).toBe('');
    expect(run.code).toBe(code);
  });
});

describe('fedctl generate control-plane-vip', () => {
  const THREE = 'control-plane-vip --vip 10.0.0.100/24 --node a=10.0.0.1,b=10.0.0.2,c=10.0.0.3';

  it('keeps the passwords that it made, so that the second run changes nothing', async () => {
    const first = await generate(`${THREE} --output-dir ${folder}`);
    const again = await generate(`${THREE} --output-dir ${folder}`);

    expect(first.code).toBe(0);
    expect(again.stdout).toBe(first.stdout.replaceAll(' written', ' unchanged'));
    const secrets = join(folder, 'control-plane-vip/secrets.yaml');
    expect((await stat(secrets)).mode & 0o777).toBe(0o600);
    const pass = /authPass: (\S+)/.exec(await readFile(secrets, 'utf8'))?.[1] ?? 'none';
    expect(await readFile(join(folder, 'control-plane-vip/b/keepalived.conf'), 'utf8')).toContain(
      `auth_pass ${pass}\n`,
    );
  });

  it("takes a cluster's control-plane nodes, each with its address in the network of the virtual one", async () => {
    const node = (name: string, labels: Record<string, string>, ...addresses: string[]) =>
      sandbox.servers.earth.put({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels },
        status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
      });
    const role = { 'node-role.kubernetes.io/control-plane': '' };
    node('b', role, '192.168.7.2', '10.0.0.2');
    node('a', role, '10.0.0.1');
    node('worker', {}, '10.0.0.9');

    const { stdout } = await generate('control-plane-vip earth --vip 10.0.0.100/24');

    expect(stdout).toContain('  server a 10.0.0.1:6444\n  server b 10.0.0.2:6444\n\n# ----');
    expect((await generate('control-plane-vip vulcan --vip 10.0.0.100/24')).stderr).toContain(
      'vulcan shows no control-plane node',
    );
  });

  it('makes other passwords each time when nothing keeps them', async () => {
    const passes = await Promise.all(
      [1, 2].map(async () => /auth_pass (\S+)/.exec((await generate(THREE)).stdout)?.[1]),
    );

    expect(passes[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(passes[0]).not.toBe(passes[1]);
  });

  it.each([
    ['control-plane-vip --vip 10.0.0.100/24', 'there is no control-plane node'],
    ['control-plane-vip earth --vip 10.0.0.100/24 --node a=10.0.0.1', 'not from both'],
    [`${THREE} --node d`, '--node d: it is NAME=ADDRESS'],
    [`${THREE} --node d=ten`, '--node d: "ten" is no IP address'],
    [`${THREE} --interface a/b`, 'is no name of an interface'],
    [`${THREE} --api-port x`, 'NaN is no port'],
    [`${THREE} --pod-cidr 10.0.0.1/8`, '--pod-cidr: "10.0.0.1/8" has bits set behind its prefix'],
  ])('%s: says what cannot be', async (words, why) => {
    const { code, stderr, stdout } = await generate(words);

    expect(stderr).toContain(why);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('fedctl generate coredns', () => {
  const COREFILE = '.:53 {\n    kubernetes earth.example in-addr.arpa {\n    }\n}\n';
  const put = (corefile: string) =>
    sandbox.servers.earth.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'coredns', namespace: 'kube-system' },
      data: { Corefile: corefile, other: 'kept' },
    });

  it('prints the rule without asking any cluster', async () => {
    const { stdout } = await generate('coredns');

    expect(stdout).toContain('rewrite stop {\n    name regex ');
    expect(stdout).toContain('mcs-{1}.{2}.svc.cluster.local.');
  });

  it("prints a cluster's ConfigMap with the rule in it, for its own domain, and as it was before", async () => {
    put(COREFILE);

    const { stdout } = await generate('coredns earth');
    const data = parse(stdout).data;
    expect(data).toMatchObject({ other: 'kept', Corefile: expect.stringContaining('mcs-{1}.{2}.svc.earth.example.') });

    put(data.Corefile);
    expect((await generate('coredns earth')).stdout).toBe(stdout);
    expect(parse((await generate('coredns earth --remove')).stdout).data.Corefile).toBe(COREFILE);
  });

  it('prints what the CoreDNS of k3s imports', async () => {
    put(COREFILE.replace('.:53 {\n', '.:53 {\n    import /etc/coredns/custom/*.override\n'));

    expect(parse((await generate('coredns earth')).stdout)).toMatchObject({
      metadata: { name: 'coredns-custom' },
      data: { 'fedmesh.override': expect.stringContaining('rewrite stop {') },
    });
  });

  it.each([
    ['coredns --clusterset-domain a..b', 'is no domain', 2],
    ['coredns --remove', '--remove needs a context', 2],
    ['coredns earth --for k3s', '--for is for no context', 2],
    ['coredns earth', 'configmaps "coredns" not found', 1],
  ])('%s: says what cannot be', async (words, why, code) => {
    const run = await generate(words);

    expect(run.stderr).toContain(why);
    expect(run.code).toBe(code);
  });
});

describe('fedctl generate node', () => {
  it('prints a script to join and one to leave for each node', async () => {
    const { code, stdout } = await generate('node burst-1 burst-2 --server 100.64.0.1:6443 --label burst=true -o json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout).files.map(({ path }: { path: string }) => path)).toEqual([
      'nodes/burst-1/install.sh',
      'nodes/burst-1/clean-up.sh',
      'nodes/burst-2/install.sh',
      'nodes/burst-2/clean-up.sh',
    ]);
  });

  it.each([
    ['node burst-1', 'names no API server'],
    ['node burst-1 --for microk8s --server a:1', 'nothing that MicroK8s takes'],
    ['node burst-1 --server a:1 --interface a/b', 'is no name of an interface'],
  ])('%s: says what cannot be', async (words, why) => {
    const { code, stderr } = await generate(words);

    expect(stderr).toContain(why);
    expect(code).toBe(2);
  });
});
