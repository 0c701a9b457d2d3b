import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Distribution, type NodeRequest, nodeScripts } from './node-scripts.ts';

const REQUEST: NodeRequest = {
  name: 'burst-1',
  distribution: 'k3s',
  interfaceName: 'netmaker',
  network: 'fed',
  netclientVersion: 'v1.5.1',
  server: '100.64.0.1:6443',
  labels: ['burst=true'],
  taints: ['burst=true:NoSchedule'],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fedctl-node-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A stand-in for a program of the machine: writes down how it was called, and does this. */
async function program(name: string, body = ''): Promise<void> {
  await file(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${body}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

async function file(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** A machine on which root runs things, in a network once it has joined. */
async function machine(): Promise<void> {
  await program('id', 'echo 0');
  await program('ip', `echo "3: netmaker    inet 100.64.0.9/24 scope global netmaker"`);
  await program(
    'netclient',
    `case $1 in list) cat ${folder}/networks 2>/dev/null ;; join) echo fed > ${folder}/networks ;; leave) : > ${folder}/networks ;; esac`,
  );
  await program('systemctl');
  await program('sleep');
  await file('key', 'enrolment\n');
  await file('token', 'abcdef.0123456789abcdef\n');
  await file('hash', 'sha256:0123\n');
  await file('invitation', '100.64.0.1:25000/abc/def\n');
  await file(
    'k3s-installer',
    `echo "k3s-installer $K3S_URL $K3S_TOKEN $INSTALL_K3S_EXEC" >> ${folder}/calls; printf '#!/bin/sh\\n' > ${folder}/bin/k3s; chmod 755 ${folder}/bin/k3s`,
  );
  await program('k3s-uninstall', `rm -f ${folder}/bin/k3s ${folder}/bin/k3s-uninstall`);
}

async function run(
  script: 'install' | 'clean-up',
  request: Partial<NodeRequest> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; calls: string[]; said: string }> {
  const text = nodeScripts({ ...REQUEST, ...request }).find(({ path }) => path.endsWith(`/${script}.sh`))?.text ?? '';
  await file('script', text);
  await file('calls', '');
  const environment = {
    PATH: `${folder}/bin:/usr/bin:/bin`,
    NETMAKER_TOKEN_FILE: `${folder}/key`,
    K3S_TOKEN_FILE: `${folder}/token`,
    K3S_INSTALLER: `${folder}/k3s-installer`,
    K3S_UNINSTALL: `${folder}/bin/k3s-uninstall`,
    K3S_CONFIG_FOLDER: `${folder}/k3s`,
    KUBEADM_TOKEN_FILE: `${folder}/token`,
    CA_HASH_FILE: `${folder}/hash`,
    KUBELET_CONFIG: `${folder}/kubelet.conf`,
    MICROK8S_INVITATION_FILE: `${folder}/invitation`,
    MICROK8S_STATE: `${folder}/microk8s`,
    ROUTES_SCRIPT: `${folder}/bin/fedmesh-routes`,
    ADDRESS_TRIES: '3',
    ...env,
  };
  const { code, said } = await new Promise<{ code: number; said: string }>((resolve) => {
    execFile('sh', [join(folder, 'script')], { env: environment }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    );
  });
  const calls = (await readFile(join(folder, 'calls'), 'utf8')).split('\n');
  const telling = calls.filter((call) => !/^(id|ip|sleep|netclient list|)( |$)/.test(call));
  return { code, calls: telling, said };
}

const WITHOUT_SERVER: Partial<NodeRequest> = { distribution: 'microk8s', server: undefined };

describe('a node that is reached through the mesh', () => {
  it('joins the network, then its k3s cluster with the address it has there; the second time nothing happens', async () => {
    await machine();

    const first = await run('install');
    const second = await run('install');

    expect(first).toMatchObject({
      code: 0,
      calls: ['netclient join -t enrolment', 'k3s-installer https://100.64.0.1:6443 abcdef.0123456789abcdef agent'],
    });
    expect(await readFile(join(folder, 'k3s/50-fedmesh.yaml'), 'utf8')).toBe(
      [
        '# Made by fedctl generate node.',
        'node-name: "burst-1"',
        'node-ip: "100.64.0.9"',
        'flannel-iface: "netmaker"',
        'node-label:',
        '  - "burst=true"',
        'node-taint:',
        '  - "burst=true:NoSchedule"',
        '',
      ].join('\n'),
    );
    expect(second).toMatchObject({ code: 0, calls: [] });
  });

  it('has k3s started anew when its address changed', async () => {
    await machine();
    await run('install');
    await program('ip', `echo "3: netmaker    inet 100.64.0.10/24 scope global netmaker"`);

    expect((await run('install')).calls).toEqual(['systemctl restart k3s-agent']);
  });

  it('joins a kubeadm cluster', async () => {
    await machine();
    await program('kubeadm', `[ "$1" != join ] || { cp "$3" ${folder}/join.yaml; : > ${folder}/kubelet.conf; }`);

    const first = await run('install', { distribution: 'kubeadm' });
    const second = await run('install', { distribution: 'kubeadm' });

    expect(first.calls).toMatchObject([
      'netclient join -t enrolment',
      expect.stringMatching(/^kubeadm join --config /),
    ]);
    expect(second.calls).toEqual([]);
    const joined = await readFile(join(folder, 'join.yaml'), 'utf8');
    expect(joined).toContain(
      '    - name: node-ip\n      value: "100.64.0.9"\n    - name: node-labels\n      value: "burst=true"\n',
    );
    expect(joined).toContain('  taints:\n    - key: "burst"\n      value: "true"\n      effect: NoSchedule\n');
    expect(joined).toContain('caCertHashes: ["sha256:0123"]');
  });

  it('joins a MicroK8s cluster', async () => {
    await machine();
    await program('snap');
    await program(
      'microk8s',
      `[ "$1" != join ] || { mkdir -p ${folder}/microk8s/var/lock; : > ${folder}/microk8s/var/lock/clustered.lock; }`,
    );

    const first = await run('install', WITHOUT_SERVER);
    const second = await run('install', WITHOUT_SERVER);

    expect(first).toMatchObject({
      code: 0,
      calls: ['netclient join -t enrolment', 'microk8s join 100.64.0.1:25000/abc/def --worker'],
    });
    expect(await readFile(join(folder, 'microk8s/args/kubelet'), 'utf8')).toContain('--node-ip=100.64.0.9\n');
    expect(second).toMatchObject({ code: 0, calls: [] });
  });

  it.each<[Distribution, string[]]>([
    ['k3s', ['k3s-uninstall ', 'netclient leave fed']],
    ['kubeadm', ['kubeadm reset --force', 'netclient leave fed']],
    ['microk8s', ['microk8s leave', 'snap remove microk8s --purge', 'netclient leave fed']],
  ])(
    'leaves its %s cluster and the network, and the second time nothing is left to do',
    async (distribution, calls) => {
      await machine();
      await file('networks', 'fed\n');
      await file('kubelet.conf', '');
      await file('microk8s/var/lock/clustered.lock', '');
      await program('kubeadm', `rm -f ${folder}/kubelet.conf`);
      await program('microk8s');
      await program('snap', `rm -f ${folder}/bin/microk8s`);
      const request = distribution === 'microk8s' ? WITHOUT_SERVER : { distribution };

      expect(await run('clean-up', request)).toMatchObject({ code: 0, calls });
      expect(await run('clean-up', request)).toMatchObject({ code: 0, calls: [] });
    },
  );

  it('is drained and deleted first where the cluster can be reached', async () => {
    await machine();
    await program('kubectl', '[ "$1" != get ] || echo node/burst-1');

    const { calls } = await run('clean-up', {}, { KUBECONFIG: join(folder, 'kubeconfig') });

    expect(calls.slice(0, 3)).toEqual([
      'kubectl get node burst-1 --ignore-not-found -o name',
      'kubectl drain burst-1 --ignore-daemonsets --delete-emptydir-data --force --timeout 90s',
      'kubectl delete node burst-1 --ignore-not-found',
    ]);
  });

  it('says what is missing, and goes no further', async () => {
    await machine();
    await rm(join(folder, 'key'));
    expect(await run('install')).toMatchObject({
      code: 1,
      calls: [],
      said: expect.stringContaining('NETMAKER_TOKEN_FILE: '),
    });

    await file('key', 'enrolment');
    await program('ip');
    const { code, said } = await run('install');
    expect(code).toBe(1);
    expect(said).toContain('netmaker got no address within a minute');
  });
});

it.each<[Partial<NodeRequest>, string]>([
  [{ name: 'Node 1' }, 'is no name of a node'],
  [{ network: 'a b' }, 'is no network of Netmaker'],
  [{ netclientVersion: 'latest' }, '--netclient-version latest is none'],
  [{ server: undefined }, 'names no API server'],
  [{ server: '100.64.0.1' }, 'names no API server'],
  [{ distribution: 'microk8s' }, '--server is nothing that MicroK8s takes'],
  [{ labels: ['burst'] }, '--label burst is none'],
  [{ taints: ['burst=true'] }, '--taint burst=true is none'],
])('%j is refused with what is wrong in it', (wrong, why) => {
  expect(() => nodeScripts({ ...REQUEST, ...wrong })).toThrow(why);
});
