import { MeshError } from '../../providers/mesh-error.ts';
import type {
  AdvertisedRoute,
  GatewayInfo,
  MemberNetwork,
  MeshAction,
  MeshPlan,
  MeshProvider,
  MeshState,
  ProviderCapabilities,
} from '../../providers/provider.ts';

interface RouteAction extends MeshAction {
  readonly route: AdvertisedRoute;
}

/** A mesh that keeps its routes in memory and does what a test says. */
export class FakeMesh implements MeshProvider<MeshState, RouteAction> {
  readonly name = 'netmaker';
  /** `cluster cidr` of what is routed by us. */
  readonly routes = new Set<string>();
  /** Made by somebody else. */
  readonly foreign = new Set<string>();
  /** States of gateways by `cluster/node`; missing: Ready. */
  readonly gateways = new Map<string, GatewayInfo['state']>();
  /** Codes with which it fails: for everything (`*`), or the routes that contain the text. */
  readonly faults = new Map<string, string>();
  readonly applied: string[] = [];
  managesRoutes = true;
  remap = false;

  async capabilities(): Promise<ProviderCapabilities> {
    this.#fail('*');
    const { managesRoutes, remap } = this;
    return { managesRoutes, remap, gatewayHighAvailability: false, linkHealth: false, version: 'v1' };
  }

  async observe(members: readonly MemberNetwork[]): Promise<MeshState> {
    this.#fail('*');
    return {
      gateways: members.flatMap(({ cluster, gatewayNodes }) =>
        gatewayNodes.map((node) => {
          const state = this.gateways.get(`${cluster}/${node}`) ?? 'Ready';
          return { cluster, id: `id-of-${node}`, node, meshAddresses: ['100.64.0.1'], state, message: `is ${state}` };
        }),
      ),
      routes: [...this.routes, ...this.foreign].map((text) => {
        const [cluster = '', cidr = ''] = text.split(' ');
        return { cluster, cidr, gateways: [], masqueraded: true };
      }),
      links: [],
    };
  }

  plan(members: readonly MemberNetwork[], state: MeshState): MeshPlan<RouteAction> {
    const wanted = members
      .filter(({ gatewayNodes }) => gatewayNodes.length > 0)
      .flatMap(({ cluster, podCIDRs, serviceCIDRs, outboundCIDRs }) =>
        [...podCIDRs, ...serviceCIDRs, ...outboundCIDRs].map((cidr) => `${cluster} ${cidr}`),
      );
    const own = state.routes.map(({ cluster, cidr }) => `${cluster} ${cidr}`).filter((text) => !this.foreign.has(text));
    const action = (verb: 'create' | 'delete', text: string): RouteAction => {
      const [cluster = '', cidr = ''] = text.split(' ');
      const route = { cluster, cidr, gateways: [], masqueraded: true };
      return { verb, resource: 'route', name: text, cluster, summary: `${verb} ${text}`, route };
    };
    return {
      actions: [
        ...own.filter((text) => !wanted.includes(text)).map((text) => action('delete', text)),
        ...wanted.filter((text) => !own.includes(text)).map((text) => action('create', text)),
      ],
      problems: [],
    };
  }

  async apply({ verb, name }: RouteAction): Promise<void> {
    this.#fail(name);
    this.applied.push(`${verb} ${name}`);
    if (verb === 'create') this.routes.add(name);
    else this.routes.delete(name);
  }

  release(cluster: string, state: MeshState): MeshPlan<RouteAction> {
    const { actions } = this.plan([], state);
    return { actions: actions.filter((action) => action.cluster === cluster), problems: [] };
  }

  #fail(what: string): void {
    const code = [...this.faults].find(([text]) => text === '*' || what.includes(text))?.[1];
    if (code !== undefined) throw new MeshError(`it says ${code}`, { code, provider: 'netmaker' });
  }
}
