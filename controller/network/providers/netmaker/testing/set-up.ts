import type { MemberNetwork } from '../../provider.ts';
import { NetmakerProvider } from '../provider.ts';
import { OWNER, round } from './members.ts';
import { NetmakerStandIn, type StandInOptions } from './stand-in.ts';

export interface Setup {
  readonly standIn: NetmakerStandIn;
  readonly provider: NetmakerProvider;
}

export interface SetupOptions extends StandInOptions {
  readonly token?: () => string;
  readonly timeoutMs?: number;
  readonly addressRange6?: string;
}

/** Servers and providers of one test, which ends with `close`. */
export class Setups {
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async empty(options: SetupOptions = {}): Promise<Setup> {
    const standIn = await NetmakerStandIn.start(options);
    this.#closing.push(() => standIn.close());
    return { standIn, provider: this.provider(standIn, OWNER, options) };
  }

  provider(standIn: NetmakerStandIn, owner: string = OWNER, options: SetupOptions = {}): NetmakerProvider {
    const token = options.token ?? (() => standIn.masterKey);
    const provider = new NetmakerProvider({
      server: standIn.url,
      network: 'fed',
      owner,
      token: async () => token(),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(options.addressRange6 === undefined
        ? {}
        : { addressRange: '100.64.0.0/16', addressRange6: options.addressRange6 }),
    });
    this.#closing.push(() => provider.close());
    return provider;
  }

  /** The network, the gateways, and all that is routed. */
  async running(members: readonly MemberNetwork[], options: SetupOptions = {}): Promise<Setup> {
    const setup = await this.empty(options);
    await round(setup.provider, members, this.#signal);
    for (const { gatewayNodes } of members) for (const node of gatewayNodes) setup.standIn.join('fed', node);
    await round(setup.provider, members, this.#signal);
    return setup;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}

/** Ranges by name of the host that routes them. */
export function routesAt({ state }: NetmakerStandIn): string[] {
  const { egresses, nodes, hosts } = state.stored;
  const hostOf = (id: string) =>
    hosts.find((host) => host.id === nodes.find((node) => node.id === id)?.hostid)?.name ?? 'nobody';
  const active = egresses.filter(({ status, nodes: by }) => status && Object.keys(by).length > 0);
  return active.map(({ range, nodes: by }) => `${range} ${Object.keys(by).map(hostOf).join('+')}`).sort();
}
