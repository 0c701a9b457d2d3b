import type { CustomResourceDefinition } from '../../apiextensions/v1.ts';
import { AGE_COLUMN, defineCrd } from '../../crd/definition.ts';
import { flag, integer, listOf, object, text, timestamp } from '../../crd/schema.ts';
import { MESH_CONFIGS, MESH_NODE_ROUTES_MODES, MESH_PROVIDERS, MESH_STATUS_LIMIT } from './mesh-config.ts';

const NETMAKER = object(
  'Where the Netmaker server is. Demanded by the provider netmaker.',
  {
    server: text('URL of its REST API, such as https://api.netmaker.example.com.'),
    network: text('Its name for the network, at most 32 characters. Missing: fed.'),
    addressRange: text('IPv4 addresses of the mesh itself, for a network that has to be made.'),
    addressRange6: text('IPv6 addresses of the mesh itself, for a network that has to be made.'),
    tokenSecretRef: object(
      'Secret in the same namespace that holds the bearer token.',
      { name: text('Name of the Secret.'), key: text('Its key. Missing: token.') },
      { required: ['name'] },
    ),
    caBundle: text("PEM of the authorities that sign the server's certificate, base64."),
  },
  { required: ['server', 'tokenSecretRef'] },
);

const GATEWAY = object(
  'A node that carries the traffic of a member.',
  {
    cluster: text('Name of the KubeFedCluster.'),
    node: text('Name of the node there.'),
    relayedBy: text('Member whose gateway relays for this one, which lies behind NAT.'),
  },
  { required: ['cluster', 'node'] },
);

const OUTBOUND = object(
  "A range outside of any cluster that is reached through a member's gateway.",
  { name: text('Name of the range.'), cidr: text('The range.'), cluster: text('The member.') },
  { required: ['name', 'cidr', 'cluster'] },
);

const INBOUND = object(
  "A client outside of any cluster that comes in through a member's gateway.",
  { name: text('Name of the client.'), cluster: text('The member.') },
  { required: ['name', 'cluster'] },
);

const NODE_ROUTES = object('Who gives nodes that are no gateway their routes to other members.', {
  mode: text('DaemonSet: fedmesh-routes in each member that has a gateway. Missing: None, people do.', {
    enum: [...MESH_NODE_ROUTES_MODES],
  }),
  image: text("Image of fedmesh-routes; it needs Node and iproute2. Missing: the controller's own."),
});

const PROBE = object('How reachability between members is measured.', {
  enabled: flag('Missing: true.'),
  image: text("Image of the probe. Missing: the controller's own."),
  interval: text('Between two measurements of a pair, such as 30s. Missing: 30s.'),
  staleAfter: text('A result that is older counts as unknown. Missing: 2m.'),
  sampling: object('Of many members only a part of the pairs is measured at a time.', {
    above: integer('So many members are measured whole. Missing: 50.'),
    within: text('Every pair is measured within this time. Missing: 10m.'),
  }),
});

const CONDITION = object(
  'One thing that is known of the mesh.',
  {
    type: text('Planned, Applied, ProviderReachable, or a further word.'),
    status: text('True, False or Unknown.', { enum: ['True', 'False', 'Unknown'] }),
    reason: text('Why, in a word.'),
    message: text('Why, in a sentence, with the way out.'),
    lastTransitionTime: timestamp('When the status last changed.'),
    observedGeneration: integer('Of the spec that it speaks of.'),
  },
  { required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'] },
);

const GATEWAY_STATUS = object(
  'A gateway as the provider shows it.',
  {
    cluster: text('The member.'),
    id: text("The provider's name for it."),
    node: text('The node.'),
    meshAddresses: listOf({ type: 'string' }, 'Its addresses in the mesh.'),
    state: text('Ready, NotReady or Unknown.', { enum: ['Ready', 'NotReady', 'Unknown'] }),
    message: text('Why.'),
    lastSeen: timestamp('When it was last heard of.'),
  },
  { required: ['cluster', 'id', 'state'] },
);

const ROUTE_STATUS = object(
  'A range that the mesh brings to a member.',
  {
    cluster: text('The member.'),
    cidr: text('The range.'),
    virtualCIDR: text('Under which others reach it, where that is not its own.'),
    gateways: listOf({ type: 'string' }, 'Gateways that carry it, by id.'),
    masqueraded: flag('The gateway puts its own address on what passes.'),
  },
  { required: ['cluster', 'cidr'] },
);

const PROBLEM = object(
  'What keeps the mesh from being whole.',
  { cluster: text('The member. Missing: all.'), reason: text('In a word.'), message: text('What mends it.') },
  { required: ['reason', 'message'] },
);

const NODE_ROUTES_STATUS = object(
  'How it stands with the routes of a member whose nodes get them by fedmesh-routes.',
  {
    cluster: text('The member.'),
    nodes: integer('Nodes that are no gateway.'),
    routed: integer('Of them, how many have all their routes.'),
    lacking: listOf({ type: 'string' }, 'Names of some of the others.'),
  },
  { required: ['cluster', 'nodes', 'routed'] },
);

const LIMIT = { maxItems: MESH_STATUS_LIMIT };

export function meshConfigCrd(): CustomResourceDefinition {
  return defineCrd({
    resource: MESH_CONFIGS,
    description: 'How packets get from member to member. The one that counts is called default.',
    statusSubresource: true,
    columns: [
      { name: 'provider', type: 'string', jsonPath: '.spec.provider' },
      { name: 'reachable', type: 'string', jsonPath: ".status.conditions[?(@.type=='ProviderReachable')].status" },
      { name: 'applied', type: 'string', jsonPath: ".status.conditions[?(@.type=='Applied')].status" },
      AGE_COLUMN,
    ],
    properties: {
      spec: object(
        'What carries packets between members, and what of them.',
        {
          provider: text('netmaker, submariner, cilium, static or none.', { enum: [...MESH_PROVIDERS] }),
          netmaker: NETMAKER,
          gateways: listOf(
            GATEWAY,
            "Nodes that carry members' traffic; of several of one member the first that is up.",
          ),
          routes: object('What is routed besides pods.', {
            services: flag('Ranges of Services. They must not overlap then. Missing: false.'),
            nodes: flag('Networks of nodes. Missing: false.'),
          }),
          meshCIDRs: listOf({ type: 'string' }, 'Addresses that the mesh has for itself.'),
          outbound: listOf(OUTBOUND, 'Ranges outside of any cluster.'),
          inbound: listOf(INBOUND, "Clients outside of any cluster that reach the members' ranges."),
          nodeRoutes: NODE_ROUTES,
          probe: PROBE,
        },
        { required: ['provider'] },
      ),
      status: object('What was found and done. Written by the controller.', {
        observedGeneration: integer('Of the spec that the rest speaks of.'),
        provider: text('Provider that last was programmed or watched.'),
        providerVersion: text('Its version, where it tells one.'),
        programmed: object(
          'Where routes were made last, so that they can be withdrawn once the spec names another place.',
          {
            provider: text('The provider.'),
            netmaker: NETMAKER,
          },
        ),
        conditions: listOf(CONDITION, 'What is known, one entry per type.'),
        gateways: listOf(GATEWAY_STATUS, 'Gateways as the provider shows them.', LIMIT),
        routes: listOf(ROUTE_STATUS, 'Ranges that the mesh brings to members.', LIMIT),
        problems: listOf(PROBLEM, 'What keeps the mesh from being whole.', LIMIT),
        nodeRoutes: listOf(NODE_ROUTES_STATUS, 'Members in which fedmesh-routes is, or was about to be put.'),
      }),
    },
    required: ['spec'],
  });
}
