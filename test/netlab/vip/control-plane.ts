import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CertificateAuthority, createCertificateAuthority } from '../../../controller/kube/certificates.ts';
import { generateVip } from '../../../controller/network/generate/control-plane-vip.ts';
import { makeVipSecrets } from '../../../controller/network/generate/vip-secrets.ts';
import { eventually } from '../../kube/eventually.ts';
import { Ethernet, type Port } from '../lab/ethernet.ts';
import type { Lab } from '../lab/lab.ts';
import type { Namespace } from '../lab/namespace.ts';
import type { Running } from '../lab/running.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const VIP = '10.99.0.100';
const STORE = '10.99.0.200:6445';
const NODES = [
  { name: 'n1', address: '10.99.0.1' },
  { name: 'n2', address: '10.99.0.2' },
] as const;
const API_PORT = 6444;

/** How an administrator logs in where the API server itself listens. */
export interface Login {
  readonly server: string;
  readonly caPem: string;
  readonly adminToken: string;
}

export interface ControlPlaneNode {
  readonly name: string;
  readonly machine: Namespace;
  readonly port: Port;
  apiServer: Running;
  haproxy: Running;
  keepalived: Running;
}

/** A program of this repository, from its source. */
export function startProgram(
  lab: Lab,
  machine: Namespace,
  file: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Running {
  return lab.start(machine, process.execPath, ['--import', 'tsx', join(ROOT, file), ...args], { cwd: ROOT, env });
}

/** Starts an API server in a namespace, and waits until it answers. `door`: where the test finds it. */
export async function startCluster(lab: Lab, machine: Namespace, name: string, listen = ''): Promise<Login> {
  const env = { CLUSTER: name, DOOR: doorOf(lab, name), LISTEN: listen };
  const running = startProgram(lab, machine, 'test/netlab/vip/cluster-main.ts', env);
  await eventually(
    `${name} answers`,
    () => running.said,
    (said) => said.includes('\n') || !running.isRunning,
    { withinMs: 120_000 },
  );
  return JSON.parse(running.said) as Login;
}

export function doorOf(lab: Lab, name: string): string {
  return join(lab.folder, `${name}.sock`);
}

/**
 * Two control-plane nodes with an API server each, and HAProxy and keepalived as `fedctl generate control-plane-vip` writes their files. What the API
 * servers keep is on a third machine.
 */
export class ControlPlane {
  readonly url = `https://${VIP}:6443`;
  readonly network: Ethernet;
  readonly nodes: readonly ControlPlaneNode[];
  readonly login: Login;
  /** Of the API servers' certificates. */
  readonly caPem: string;
  readonly #start: Starts;

  private constructor(fields: Pick<ControlPlane, 'network' | 'nodes' | 'login' | 'caPem'>, start: Starts) {
    this.network = fields.network;
    this.nodes = fields.nodes;
    this.login = fields.login;
    this.caPem = fields.caPem;
    this.#start = start;
  }

  static async start(lab: Lab, name: string): Promise<ControlPlane> {
    // keepalived runs its check as `nobody`.
    await chmod(lab.folder, 0o755);
    const network = await Ethernet.create(lab, 'lan');
    const store = await lab.namespace('store');
    await network.attach(store, 'eth0', [`${STORE.split(':')[0]}/24`]);
    const login = await startCluster(lab, store, name, STORE);
    const authority = createCertificateAuthority('control plane');
    await writeFiles(lab, authority);
    const start = new Starts(lab);
    const nodes = await Promise.all(
      NODES.map(async ({ name, address }): Promise<ControlPlaneNode> => {
        const machine = await lab.namespace(name);
        const port = await network.attach(machine, 'eth0', [`${address}/24`]);
        return {
          name,
          machine,
          port,
          apiServer: start.apiServer(machine, name),
          haproxy: start.haproxy(machine, name),
          keepalived: start.keepalived(machine, name),
        };
      }),
    );
    return new ControlPlane({ network, nodes, login, caPem: authority.certPem }, start);
  }

  /** Starts again what does not run. */
  mend(node: ControlPlaneNode): void {
    if (!node.apiServer.isRunning) node.apiServer = this.#start.apiServer(node.machine, node.name);
    if (!node.haproxy.isRunning) node.haproxy = this.#start.haproxy(node.machine, node.name);
    if (!node.keepalived.isRunning) node.keepalived = this.#start.keepalived(node.machine, node.name);
  }

  /** Waits until this node and no other has the virtual address. */
  async heldBy(node: ControlPlaneNode): Promise<void> {
    await eventually(
      `the virtual address is on ${node.name} alone`,
      async () => {
        const all = await Promise.all(this.nodes.map(async (each) => ((await holds(each)) ? each.name : '')));
        return all.filter(Boolean).join();
      },
      (holders) => holders === node.name,
      { withinMs: 120_000, everyMs: 100 },
    );
  }
}

async function holds({ machine }: ControlPlaneNode): Promise<boolean> {
  return (await machine.output('ip', ['-4', 'address', 'show', 'dev', 'eth0'])).includes(`inet ${VIP}/`);
}

class Starts {
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  apiServer(machine: Namespace, name: string): Running {
    return startProgram(this.#lab, machine, 'test/netlab/vip/api-front-main.ts', {
      API_STORE: STORE,
      API_PORT: String(API_PORT),
      API_CERT: join(this.#lab.folder, `${name}.crt`),
      API_KEY: join(this.#lab.folder, `${name}.key`),
    });
  }

  haproxy(machine: Namespace, name: string): Running {
    return this.#lab.start(machine, 'haproxy', ['-db', '-f', join(filesOf(this.#lab, name), 'haproxy.cfg')]);
  }

  /** With a /run of its own, and the generated files where the generated files say that they are. */
  keepalived(machine: Namespace, name: string): Running {
    const script = `mount -t tmpfs none /run && mount --bind '${filesOf(this.#lab, name)}' /etc/keepalived &&
      exec keepalived --dont-fork --log-console --use-file /etc/keepalived/keepalived.conf`;
    return this.#lab.start(machine, 'sh', ['-c', script]);
  }
}

function filesOf(lab: Lab, node: string): string {
  return join(lab.folder, 'control-plane-vip', node);
}

async function writeFiles(lab: Lab, authority: CertificateAuthority): Promise<void> {
  const { files } = generateVip({
    vip: `${VIP}/24`,
    nodes: NODES,
    outside: [],
    interfaceName: 'eth0',
    virtualRouterId: 51,
    port: 6443,
    apiPort: API_PORT,
    healthCheck: 'https',
    configFolder: '/etc/keepalived',
    secrets: makeVipSecrets(randomBytes),
    certSANs: [],
    podCIDRs: [],
    serviceCIDRs: [],
  });
  const certificates = NODES.flatMap(({ name, address }) => {
    const { certPem, keyPem } = authority.issue({ commonName: name, usage: 'server', ipAddresses: [VIP, address] });
    return [
      { path: `${name}.crt`, mode: 0o644, text: certPem },
      { path: `${name}.key`, mode: 0o600, text: keyPem },
    ];
  });
  await Promise.all(
    [...files, ...certificates].map(async ({ path, mode, text }) => {
      const file = join(lab.folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode });
    }),
  );
}
