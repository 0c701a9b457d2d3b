import type {
  AdvertisedRoute,
  GatewayInfo,
  MemberNetwork,
  MeshPlan,
  MeshProblem,
  MeshProvider,
  MeshState,
  ProviderCapabilities,
} from '../provider.ts';

/**
 * Routes that people keep: on the nodes, at a router, or in a cloud's route table. Nothing is changed here; what has to be routed follows
 * from the members' ranges, and `fedctl generate routes` writes it for each node.
 */
export class StaticProvider implements MeshProvider {
  readonly name = 'static';

  capabilities(): Promise<ProviderCapabilities> {
    return Promise.resolve({ managesRoutes: false, remap: false, gatewayHighAvailability: false, linkHealth: false });
  }

  /** Gateways are as well as their nodes; routes are those that there ought to be. */
  observe(members: readonly MemberNetwork[]): Promise<MeshState> {
    return Promise.resolve({
      gateways: members.flatMap(gatewaysOf),
      routes: members.flatMap(routesOf),
      links: [],
    });
  }

  plan(members: readonly MemberNetwork[]): MeshPlan {
    return { actions: [], problems: members.flatMap(problemsOf) };
  }

  apply(): Promise<void> {
    return Promise.resolve();
  }

  release(): MeshPlan {
    return { actions: [], problems: [] };
  }
}

function gatewaysOf({ cluster, gatewayNodes, nodes }: MemberNetwork): GatewayInfo[] {
  return gatewayNodes.map((name) => {
    const node = nodes.find((each) => each.name === name);
    const known = { cluster, id: `${cluster}/${name}`, node: name, meshAddresses: node?.addresses ?? [] };
    if (node === undefined) return { ...known, state: 'Unknown', message: `node ${name} has not been seen` };
    return node.ready
      ? { ...known, state: 'Ready', message: `node ${name} is Ready; its routes are kept by hand` }
      : { ...known, state: 'NotReady', message: `node ${name} is not Ready` };
  });
}

function routesOf({
  cluster,
  podCIDRs,
  serviceCIDRs,
  nodeCIDRs,
  outboundCIDRs,
  gatewayNodes,
}: MemberNetwork): AdvertisedRoute[] {
  const gateways = gatewayNodes.map((name) => `${cluster}/${name}`);
  return [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs, ...outboundCIDRs].map((cidr) => ({
    cluster,
    cidr,
    gateways,
    masqueraded: false,
  }));
}

/** Where nodes of all members share a network they reach each other without a gateway. */
function problemsOf({ cluster, gatewayNodes, nodes }: MemberNetwork): MeshProblem[] {
  const usable = gatewayNodes.filter((name) => nodes.some((node) => node.name === name && node.ready));
  if (gatewayNodes.length === 0 || usable.length > 0 || nodes.length === 0) return [];
  const message = `no gateway node of "${cluster}" is Ready (${gatewayNodes.join(', ')}): mend one, or name another in spec.gateways of the MeshConfig and route by it (\`fedctl generate routes\`)`;
  return [{ cluster, reason: 'GatewayDown', message }];
}
