/** The objects of a Netmaker server, with every field that v1.5.1 was seen to send. */

export type Json = Record<string, unknown>;

export const NIL_UUID = '00000000-0000-0000-0000-000000000000';
export const ZERO_TIME = '0001-01-01T00:00:00Z';

export interface StoredNetwork extends Json {
  netid: string;
  addressrange: string;
  addressrange6: string;
  virtual_nat_pool_ipv4: string;
  virtual_nat_site_prefixlen_ipv4: number;
}

export interface StoredHost extends Json {
  id: string;
  name: string;
  endpointip: string;
  listenport: number;
  nodes: string[];
}

export interface StoredNode extends Json {
  id: string;
  hostid: string;
  network: string;
  address: string;
  address6: string;
  connected: boolean;
  lastcheckin: number;
  status: string;
  is_gw: boolean;
  isrelay: boolean;
  isrelayed: boolean;
  relayedby: string;
}

export interface StoredEgress extends Json {
  id: string;
  name: string;
  network: string;
  description: string;
  nodes: Record<string, number>;
  range: string;
  nat: boolean;
  mode: string;
  virtual_range: string;
  status: boolean;
}

export interface StoredKey extends Json {
  value: string;
  token: string;
  tags: string[];
  networks: string[];
  unlimited: boolean;
}

export interface StoredPolicy extends Json {
  id: string;
  default: boolean;
  meta_data: string;
  name: string;
  network_id: string;
  policy_type: string;
  src_type: Json[];
  dst_type: Json[];
  enabled: boolean;
}

export interface StoredClient extends Json {
  clientid: string;
  privatekey: string;
  network: string;
  address: string;
  ingressgatewayid: string;
  ingressgatewayendpoint: string;
}

export function hostObject(registered: Json, listenport: number, publickey: string): StoredHost {
  const text = (name: string) => String(registered[name] ?? '');
  return {
    id: text('id'),
    verbosity: 0,
    firewallinuse: text('firewallinuse'),
    version: text('version'),
    name: text('name'),
    os: text('os'),
    os_family: '',
    os_version: '',
    kernel_version: '',
    debug: false,
    isstaticport: false,
    isstatic: false,
    listenport,
    wg_public_listen_port: 0,
    mtu: Number(registered.mtu ?? 1420),
    interfaces: Array.isArray(registered.interfaces) ? registered.interfaces : [],
    defaultinterface: '',
    endpointip: text('endpointip'),
    endpointipv6: '',
    publickey,
    macaddress: '',
    nodes: [],
    isdefault: false,
    nat_type: '',
    persistentkeepalive: 20,
    autoupdate: true,
    dns: 'yes',
    enable_flow_logs: false,
    location: '',
    country_code: '',
  };
}

/** What registering answers of the host: it differs from what is listed. */
export function registeredHost(registered: Json, listenport: number, now: string): Json {
  return {
    verbosity: 0,
    os_family: '',
    os_version: '',
    kernel_version: '',
    debug: false,
    wg_public_listen_port: 0,
    daemoninstalled: false,
    autoupdate: true,
    ...registered,
    listenport,
    defaultinterface: '',
    endpointipv6: '',
    isdocker: false,
    isstaticport: false,
    isstatic: false,
    isdefault: false,
    dns_status: 'yes',
    persistentkeepalive: 20_000_000_000,
    location: '',
    country_code: '',
    enable_flow_logs: false,
    created_at: now,
    updated_at: now,
  };
}

export function serverConfig(version: string, trafficKey: string): Json {
  const stun = [1, 2, 3, 4].map((index) => `stun${index}.l.google.com:19302`).join(',');
  return {
    CoreDNSAddr: '',
    API: '',
    APIHost: '',
    APIPort: '18082',
    GRPC: 'grpc.',
    DNSMode: 'off',
    Version: version,
    MQPort: '',
    MQUserName: '',
    MQPassword: '',
    BrokerType: 'mosquitto',
    Server: 'localhost',
    Broker: '',
    Is_EE: false,
    TrafficKey: trafficKey,
    MetricInterval: '15',
    MetricsPort: 51821,
    IPDetectionInterval: 15,
    ManageDNS: true,
    Stun: true,
    StunServers: stun,
    EndpointDetection: true,
    DefaultDomain: 'nm.internal',
    PeerConnectionCheckInterval: '15',
  };
}

export interface NewNode {
  readonly id: string;
  readonly hostid: string;
  readonly network: StoredNetwork;
  readonly address: string;
  readonly address6: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

export function nodeObject({ id, hostid, network, address, address6, now }: NewNode): StoredNode {
  return {
    id,
    hostid,
    address,
    address6,
    localaddress: '',
    allowedips: null,
    lastmodified: now,
    expdatetime: now + 3_158_265_600,
    lastcheckin: now,
    lastpeerupdate: -62_135_596_800,
    network: network.netid,
    networkrange: network.addressrange,
    networkrange6: network.addressrange6,
    isrelayed: false,
    isrelay: false,
    is_gw: false,
    is_auto_relay: false,
    auto_relayed_peers: null,
    auto_assign_gw: false,
    relayedby: '',
    relaynodes: null,
    isegressgateway: false,
    isingressgateway: false,
    egressgatewayranges: null,
    egressgatewaynatenabled: false,
    egressgatewayranges_with_metric: null,
    dnson: false,
    ingressdns: '',
    ingresspersistentkeepalive: 0,
    ingressmtu: 0,
    server: 'localhost',
    connected: true,
    pendingdelete: false,
    metadata: '',
    is_fail_over: false,
    fail_over_peers: {},
    failed_over_by: NIL_UUID,
    isinternetgateway: false,
    inet_node_req: { inet_node_client_ids: null },
    internetgw_node_id: '',
    additional_rag_ips: [],
    tags: {},
    is_static: false,
    is_user_node: false,
    static_node: STATIC_NODE,
    status: 'online',
    location: '',
    country: '',
    posture_check_violations: null,
    posture_check_violation_severity_level: 0,
    last_evaluated_at: ZERO_TIME,
  };
}

/** What external clients and a node's `static_node` have in common. */
const CLIENT_DETAILS = {
  deniednodeacls: null,
  remote_access_client_id: '',
  postup: '',
  postdown: '',
  os: '',
  os_family: '',
  os_version: '',
  kernel_version: '',
  client_version: '',
  device_id: '',
  device_name: '',
  public_endpoint: '',
  country: '',
  location: '',
  posture_check_violations: null,
  posture_check_violation_severity_level: 0,
  last_evaluated_at: ZERO_TIME,
};

const STATIC_NODE = {
  ...CLIENT_DETAILS,
  clientid: '',
  privatekey: '',
  publickey: '',
  network: '',
  dns: '',
  address: '',
  address6: '',
  extraallowedips: null,
  allowed_ips: null,
  ingressgatewayid: '',
  ingressgatewayendpoint: '',
  lastmodified: 0,
  enabled: false,
  ownerid: '',
  tags: null,
};

export interface NewClient {
  readonly clientid: string;
  readonly privatekey: string;
  readonly publickey: string;
  readonly address: string;
  readonly gateway: StoredNode;
  readonly host: StoredHost;
  readonly owner: string;
  readonly now: number;
}

export function clientObject(client: NewClient): StoredClient {
  const { gateway, host } = client;
  return {
    ...CLIENT_DETAILS,
    clientid: client.clientid,
    privatekey: client.privatekey,
    publickey: client.publickey,
    network: gateway.network,
    dns: gateway.address.split('/')[0] ?? '',
    address: client.address,
    address6: '',
    extraallowedips: [],
    allowed_ips: null,
    ingressgatewayid: gateway.id,
    ingressgatewayendpoint: `${host.endpointip}:${host.listenport}`,
    lastmodified: client.now,
    enabled: true,
    ownerid: client.owner,
    tags: {},
  };
}

export function defaultPolicies(netid: string, now: string): StoredPolicy[] {
  const policy = (id: string, name: string, meta: string, source: Json): StoredPolicy => ({
    id: `${netid}.${id}`,
    default: true,
    meta_data: meta,
    name,
    network_id: netid,
    policy_type: 'device-policy',
    src_type: [source],
    dst_type: [{ id: 'tag', name: '*', value: '*' }],
    protocol: 'all',
    type: 'Any',
    ports: [],
    allowed_traffic_direction: 1,
    enabled: true,
    created_by: 'auto',
    created_at: now,
  });
  const gateways = `${netid}.gateways`;
  const everyone = 'This Policy allows all nodes in the network to communicate with each other';
  return [
    policy('all-gateways', 'All Gateways', '', { id: 'tag', name: gateways, value: gateways }),
    policy('all-nodes', 'All Nodes', everyone, { id: 'tag', name: '*', value: '*' }),
  ];
}

/** Every node reaches every other within 12 ms. */
export function defaultMetrics(nodes: readonly StoredNode[]): Json {
  const measured = { connected: true, latency: 12, percentup: 100, totalreceived: 0, totalsent: 0 };
  const of = (node: StoredNode) => nodes.filter(({ id }) => id !== node.id).map(({ id }) => [id, measured]);
  return { nodes: Object.fromEntries(nodes.map((node) => [node.id, { connectivity: Object.fromEntries(of(node)) }])) };
}
