import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GatewayState } from '../../controller/network/reachability/evidence.ts';
import { eventually } from '../kube/eventually.ts';
import type { LabCluster } from './cluster.ts';
import { Ethernet } from './lab/ethernet.ts';
import { execute } from './lab/execute.ts';
import type { Lab } from './lab/lab.ts';
import type { Running } from './lab/running.ts';

/** Of the mesh on every gateway. */
export const MESH_INTERFACE = 'nm-fed';
const MTU = 1420;
const PORT = 51_821;

/** One gateway's end of the mesh. */
interface Tunnel {
  readonly cluster: LabCluster;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly endpoint: string;
  readonly address: string;
  process: Running;
}

/**
 * What a mesh such as Netmaker makes of clusters: userspace WireGuard between their gateways, over a network that has only these, with each
 * cluster's ranges as its peer's allowed IPs. Routes are left to the nodes' scripts.
 */
export class Tunnels {
  readonly #lab: Lab;
  readonly #internet: Ethernet;
  readonly #tunnels = new Map<string, Tunnel>();

  private constructor(lab: Lab, internet: Ethernet) {
    this.#lab = lab;
    this.#internet = internet;
  }

  static async create(lab: Lab): Promise<Tunnels> {
    return new Tunnels(lab, await Ethernet.create(lab, 'internet'));
  }

  /** Connects a gateway to the internet, and starts WireGuard there. It knows nobody yet. */
  async start(cluster: LabCluster): Promise<void> {
    const number = this.#tunnels.size + 1;
    const { machine } = cluster.gateway;
    const endpoint = `172.31.255.${number}`;
    // The map first: two that start at once get different numbers.
    const tunnel: Tunnel = {
      cluster,
      ...keyPair(),
      endpoint,
      address: `100.64.0.${number}`,
      process: this.#run(cluster),
    };
    this.#tunnels.set(cluster.name, tunnel);
    await this.#internet.attach(machine, 'wan0', [`${endpoint}/24`]);
    await this.#configure(tunnel);
  }

  /** What the mesh's server tells all gateways: who their peers are, and which ranges lie behind each. */
  async peer(clusters: readonly LabCluster[]): Promise<void> {
    const tunnels = clusters.map((cluster) => ({ ...this.#of(cluster), cluster }));
    await Promise.all(
      tunnels.map((tunnel) =>
        this.#syncPeers(
          tunnel,
          tunnels.filter((other) => other !== tunnel),
        ),
      ),
    );
  }

  /** Ends WireGuard on a gateway, as a crash does: its interface and the routes over it go too. */
  async kill(cluster: LabCluster): Promise<void> {
    await this.#of(cluster).process.stop('SIGKILL');
  }

  /** Starts it again. It knows nobody yet. */
  async restart(cluster: LabCluster): Promise<void> {
    const tunnel = this.#of(cluster);
    tunnel.process = this.#run(cluster);
    await this.#configure(tunnel);
  }

  /** What a mesh that looks after its gateways would say. */
  state(cluster: LabCluster): GatewayState {
    return this.#of(cluster).process.isRunning
      ? { state: 'Ready', message: '' }
      : { state: 'NotReady', message: `WireGuard does not run on ${cluster.gateway.name}` };
  }

  #of({ name }: LabCluster): Tunnel {
    const tunnel = this.#tunnels.get(name);
    if (tunnel === undefined) throw new Error(`${name} has no tunnel`);
    return tunnel;
  }

  /**
   * All gateways call their interface by one name, as those of a mesh do, and control sockets go by that name in the file system, which network
   * namespaces share: each gets a /run of its own.
   */
  #run({ gateway }: LabCluster): Running {
    const script = `mount -t tmpfs none /run && exec wireguard-go -f ${MESH_INTERFACE}`;
    return this.#lab.start(gateway.machine, 'sh', ['-c', script], { env: { LOG_LEVEL: 'error' } });
  }

  async #configure(tunnel: Tunnel): Promise<void> {
    await eventually(
      `WireGuard runs on ${tunnel.cluster.gateway.name}`,
      () => this.#wg(tunnel, ['show', MESH_INTERFACE]),
      ({ code }) => code === 0,
      { withinMs: 60_000 },
    );
    await tunnel.cluster.gateway.machine.ip(
      `address add ${tunnel.address}/24 dev ${MESH_INTERFACE}`,
      `link set ${MESH_INTERFACE} mtu ${MTU} up`,
    );
  }

  async #syncPeers(tunnel: Tunnel, peers: readonly Tunnel[]): Promise<void> {
    const lines = [
      '[Interface]',
      `PrivateKey = ${tunnel.privateKey}`,
      `ListenPort = ${PORT}`,
      ...peers.flatMap(({ cluster, publicKey, endpoint, address }) => [
        '[Peer]',
        `PublicKey = ${publicKey}`,
        `Endpoint = ${endpoint}:${PORT}`,
        'PersistentKeepalive = 20',
        `AllowedIPs = ${[`${address}/32`, ...cluster.podCIDRs, ...cluster.serviceCIDRs].join(', ')}`,
      ]),
    ];
    const file = join(this.#lab.folder, `${tunnel.cluster.name}.conf`);
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    const { code, stderr } = await this.#wg(tunnel, ['syncconf', MESH_INTERFACE, file]);
    if (code !== 0) throw new Error(`wg syncconf on ${tunnel.cluster.gateway.name}: ${stderr}`);
  }

  #wg({ process }: Tunnel, args: readonly string[]) {
    return execute('nsenter', ['-t', String(process.pid), '-m', '-n', 'wg', ...args]);
  }
}

function keyPair(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const base64 = (text: string) => Buffer.from(text, 'base64url').toString('base64');
  return { privateKey: base64(d), publicKey: base64(x) };
}
