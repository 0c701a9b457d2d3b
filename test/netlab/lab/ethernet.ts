import type { Lab } from './lab.ts';
import type { Namespace } from './namespace.ts';

/** A network that machines share without a router: a bridge in a namespace of its own. */
export class Ethernet {
  readonly #lab: Lab;
  readonly #bridge: Namespace;
  #ports = 0;

  private constructor(lab: Lab, bridge: Namespace) {
    this.#lab = lab;
    this.#bridge = bridge;
  }

  static async create(lab: Lab, label: string): Promise<Ethernet> {
    const bridge = await lab.namespace(label);
    await bridge.ip('link add bridge type bridge', 'link set bridge up');
    return new Ethernet(lab, bridge);
  }

  /** Plugs a machine in. Addresses are written with the length of their prefix. */
  async attach(machine: Namespace, interfaceName: string, addresses: readonly string[]): Promise<Port> {
    this.#ports += 1;
    const port = `port${this.#ports}`;
    await this.#lab.connect([machine, interfaceName], [this.#bridge, port]);
    await this.#bridge.ip(`link set ${port} master bridge up`);
    await machine.ip(...addressLines(interfaceName, addresses), `link set ${interfaceName} up`);
    return {
      unplug: () => this.#bridge.ip(`link set ${port} down`),
      plugIn: () => this.#bridge.ip(`link set ${port} up`),
    };
  }
}

/** Where a machine is plugged in: an unplugged one has no carrier. */
export interface Port {
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
}

/** Nobody else has an address of the lab's: IPv6's search for doubles would only make addresses late. */
export function addressLines(interfaceName: string, addresses: readonly string[]): string[] {
  return addresses.map(
    (address) => `address add ${address} dev ${interfaceName}${address.includes(':') ? ' nodad' : ''}`,
  );
}
