import { type Clock, systemClock } from '../../../time/clock.ts';
import type { MemberNetwork, MeshPlan, MeshProvider, ProviderCapabilities } from '../provider.ts';
import { applyNetmaker, deleteClient } from './apply.ts';
import type { ServerContext } from './apply-egress.ts';
import { NetmakerClient, type NetmakerClientOptions } from './client.ts';
import { inboundConfiguration } from './external-clients.ts';
import { clientName, keyTag } from './names.ts';
import { observeNetmaker, readFeatures } from './observe.ts';
import { type NetmakerSettings, planNetmaker, planRelease } from './plan.ts';
import type { NetmakerAction, NetmakerState } from './state.ts';

export interface NetmakerOptions extends NetmakerSettings, NetmakerClientOptions {
  readonly clock?: Clock;
}

/** A WireGuard mesh that a Netmaker server (v0.99 or later) keeps together: one egress per range of a member, through a node of that member. */
export class NetmakerProvider implements MeshProvider<NetmakerState, NetmakerAction> {
  readonly name = 'netmaker';
  readonly #options: NetmakerOptions;
  readonly #clock: Clock;
  readonly #client: NetmakerClient;

  constructor(options: NetmakerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#client = new NetmakerClient(options);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async capabilities(signal: AbortSignal): Promise<ProviderCapabilities> {
    const features = await readFeatures(this.#client, signal);
    return {
      managesRoutes: true,
      remap: features.virtualRanges,
      gatewayHighAvailability: features.severalRoutingNodes,
      linkHealth: features.pro,
      version: features.version,
    };
  }

  observe(members: readonly MemberNetwork[], signal: AbortSignal): Promise<NetmakerState> {
    return observeNetmaker(this.#client, this.#options, members, this.#clock.now(), signal);
  }

  plan(members: readonly MemberNetwork[], observed: NetmakerState): MeshPlan<NetmakerAction> {
    return planNetmaker(this.#options, members, observed);
  }

  apply(action: NetmakerAction, signal: AbortSignal): Promise<void> {
    return applyNetmaker(this.#context, action, signal);
  }

  release(cluster: string, observed: NetmakerState): MeshPlan<NetmakerAction> {
    return planRelease(this.#options, cluster, observed);
  }

  /**
   * What netclient joins with (its TOKEN), for the Secret beside the manifest. Undefined until the plan's key is made. Whoever has it can join the
   * network: it belongs nowhere else.
   */
  async enrollmentToken(cluster: string, signal: AbortSignal): Promise<string | undefined> {
    const tag = keyTag(this.#options.owner, cluster);
    const keys = await this.#client.enrollmentKeys(signal);
    return keys.find(
      ({ tags, networks }) => tags?.includes(tag) === true && networks?.includes(this.#options.network) === true,
    )?.token;
  }

  /** A WireGuard configuration for somebody outside, through this member's gateway: made once. It holds a private key. */
  inboundConfiguration(member: MemberNetwork, name: string, signal: AbortSignal): Promise<string> {
    return inboundConfiguration(this.#context, member, name, signal);
  }

  /** The configuration of this name lets nobody in any more. One that this control plane did not make, whatever it is called, stays. */
  withdrawInbound(name: string, signal: AbortSignal): Promise<void> {
    return deleteClient(this.#context, clientName(this.#options.owner, name), undefined, signal);
  }

  get #context(): ServerContext {
    const { owner, network } = this.#options;
    return { client: this.#client, owner, network };
  }
}
