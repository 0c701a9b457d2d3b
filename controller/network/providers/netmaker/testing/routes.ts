import { defaultMetrics, type Json, registeredHost, serverConfig, ZERO_TIME } from './objects.ts';
import { parseJson, Refusal, UnknownPath } from './refusal.ts';
import { type Edition, type NetmakerState, refuse } from './state.ts';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body as it came. */
  readonly text: string;
  readonly user: string;
}

export interface RouteContext {
  readonly state: NetmakerState;
  readonly edition: Edition;
  /** Issues a token for a user who signed in. */
  readonly issue: () => string;
}

type Handler = (call: Call, parts: readonly string[], context: RouteContext) => unknown;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly open: boolean;
  readonly handle: Handler;
}

/** Text that is sent as it is, and not as JSON. */
export class PlainText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ROUTES: Route[] = [];

/** `:name` stands for one part of the path. `open`: no token needed. */
function on(method: string, path: string, handle: Handler, open = false): void {
  ROUTES.push({ method, pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`), open, handle });
}

const wrapped = (message: string, content: unknown) => ({ Code: 200, Message: message, Response: content });
const bodyOf = (call: Call): Json => {
  const parsed = parseJson(call.text);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
};

on('GET', '/api/server/status', (_call, _parts, { edition }) => status(edition), true);
on('GET', '/api/server/feature_flags', (_call, _parts, { edition }) => wrapped('', flags(edition)), true);

on('GET', '/api/networks', (_call, _parts, { state }) => state.stored.networks);
on('POST', '/api/networks', (call, _parts, { state }) => state.createNetwork(bodyOf(call)));
on('GET', '/api/networks/:net', (_call, [net = ''], { state }) => state.network(net));
on('PUT', '/api/networks/:net', (call, [net = ''], { state }) => state.updateNetwork(net, bodyOf(call)));
on('DELETE', '/api/networks/:net', (_call, [net = ''], { state }) => {
  state.deleteNetwork(net);
  return wrapped('success', null);
});
on('GET', '/api/networks/:net/egress_routes', () => wrapped('fetched network egress routes', {}));

on('GET', '/api/v1/enrollment-keys', (_call, _parts, { state }) => state.stored.keys);
on('POST', '/api/v1/enrollment-keys', (call, _parts, { state }) => state.createKey(bodyOf(call)));
on('DELETE', '/api/v1/enrollment-keys/:key', (_call, [key = ''], { state }) => {
  state.deleteKey(key);
  return new PlainText('');
});

on(
  'POST',
  '/api/v1/host/register/:token',
  (call, [token = ''], { state, edition }) => {
    const body = bodyOf(call);
    const host = state.register(token, body);
    const now = state.time;
    const config = serverConfig(edition.version, '<TrafficKey>');
    return { server_config: config, requested_host: registeredHost(body, host.listenport, now) };
  },
  true,
);

on('GET', '/api/hosts', (_call, _parts, { state }) => [...state.stored.hosts].sort((a, b) => (a.id < b.id ? -1 : 1)));
on('GET', '/api/v1/hosts', (call, _parts, { state }) => {
  const page = Number(call.query.get('page') ?? 1);
  const size = Number(call.query.get('per_page') ?? 10);
  const all = [...state.stored.hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const data = all.slice((page - 1) * size, page * size);
  const pages = Math.ceil(all.length / size);
  return wrapped('fetched hosts', { data, page, per_page: size, total: all.length, total_pages: pages });
});
on('DELETE', '/api/hosts/:id', (_call, [id = ''], { state }) => state.deleteHost(id));

on('GET', '/api/nodes/:net', (_call, [net = ''], { state }) =>
  state.stored.nodes.filter((node) => node.network === net),
);
on('GET', '/api/v1/nodes/:net/status', (_call, [net = ''], { state }) => {
  const nodes = state.stored.nodes.filter((node) => node.network === net);
  const entries = nodes.map(({ id, status }) => [id, { id, is_static: false, is_user_node: false, status }]);
  return wrapped('fetched nodes with metric status', Object.fromEntries(entries));
});
on('POST', '/api/nodes/:net/:node/gateway', (call, [net = '', node = ''], { state }) => {
  bodyOf(call);
  return state.createGateway(net, node);
});
on('POST', '/api/nodes/:net/:node/gateway/assign', (call, [net = '', node = ''], { state }) =>
  wrapped('assigned gateway', state.assignGateway(net, node, call.query.get('gw_id') ?? '')),
);
on('POST', '/api/nodes/:net/:node/gateway/unassign', (_call, [net = '', node = ''], { state }) =>
  wrapped('unassigned gateway', state.unassignGateway(net, node)),
);
// The way of versions before v0.99: still answered, without effect.
on('POST', '/api/nodes/:net/:node/creategateway', (_call, [net = '', node = ''], { state }) => ({
  ...state.node(net, node),
  status: '',
}));

on('GET', '/api/v1/egress', (call, _parts, { state }) => {
  const network = call.query.get('network') ?? '';
  if (network === '') throw new Refusal(400, 'network is required');
  const found = state.stored.egresses.filter((each) => each.network === network);
  return wrapped('fetched egress resource list', found);
});
on('POST', '/api/v1/egress', (call, _parts, { state }) =>
  wrapped('created egress resource', state.createEgress(bodyOf(call), call.user)),
);
on('PUT', '/api/v1/egress', (call, _parts, { state }) =>
  wrapped('updated egress resource', state.updateEgress(bodyOf(call))),
);
on('DELETE', '/api/v1/egress', (call, _parts, { state }) => {
  state.deleteEgress(call.query.get('id') ?? '');
  return wrapped('deleted egress resource', null);
});

on('GET', '/api/v1/acls', (call, _parts, { state }) => {
  const network = call.query.get('network') ?? '';
  const found = state.stored.policies.filter((each) => each.network_id === network);
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return wrapped(`fetched all acls in the network ${network}`, found);
});
on('POST', '/api/v1/acls', (call, _parts, { state }) =>
  wrapped('created acl successfully', state.createPolicy(bodyOf(call), call.user)),
);
on('PUT', '/api/v1/acls', (call, _parts, { state }) =>
  wrapped(`updated acl ${state.updatePolicy(bodyOf(call)).name}`, null),
);
on('DELETE', '/api/v1/acls', (call, _parts, { state }) =>
  wrapped(`deleted acl ${state.deletePolicy(call.query.get('acl_id') ?? '').name}`, null),
);

on('GET', '/api/extclients/:net', (_call, [net = ''], { state }) =>
  state.stored.clients.filter((each) => each.network === net),
);
on('POST', '/api/extclients/:net/:node', (call, [, node = ''], { state }) =>
  state.createClient(node, String(bodyOf(call).clientid ?? ''), call.user),
);
on('GET', '/api/extclients/:net/:client/file', (_call, [net = '', client = ''], { state }) => {
  const network = state.network(net);
  const found = state.stored.clients.find((each) => each.clientid === client) ?? refuse(500, 'no result found');
  const routed = state.stored.egresses.filter((each) => each.network === net && each.status).map((each) => each.range);
  const interfaceLines = `[Interface]\nAddress = ${found.address}/32\nPrivateKey = ${found.privatekey}\nMTU = 1420\n`;
  const peer = `[Peer]\nPublicKey = <key>\nAllowedIPs = ${[network.addressrange, ...routed].join(',')}\n`;
  return new PlainText(
    `${interfaceLines}\n${peer}Endpoint = ${found.ingressgatewayendpoint}\nPersistentKeepalive = 20\n\n`,
  );
});
on('DELETE', '/api/extclients/:net/:client', (_call, [, client = ''], { state }) => {
  if (!state.stored.clients.some((each) => each.clientid === client)) throw new Refusal(500, 'no result found');
  state.stored.clients = state.stored.clients.filter((each) => each.clientid !== client);
  return wrapped(`${client} deleted.`, null);
});

on('POST', '/api/dns/:net', (call, [net = '']) => ({ address6: '', ...bodyOf(call), network: net }));
on('GET', '/api/metrics/:net', (_call, [net = ''], { state, edition }) => {
  if (!edition.pro) throw new UnknownPath();
  return defaultMetrics(state.stored.nodes.filter((node) => node.network === net));
});

on('POST', '/api/users/adm/createsuperadmin', (call, _parts, { state }) => superAdmin(call, state), true);
on('POST', '/api/users/adm/authenticate', (call, _parts, context) => signIn(call, context), true);
on('POST', '/api/v1/users/access_token', (call, _parts, { issue }) => {
  const user = String(bodyOf(call).user_name ?? '');
  return wrapped(`api access token has generated for user ${user}`, { UserName: user, AuthToken: issue() });
});

/** What answers a path, and whether it wants a token; undefined: nothing does. */
export function routeFor(
  method: string,
  path: string,
): { readonly open: boolean; readonly answer: (call: Call, context: RouteContext) => unknown } | undefined {
  for (const { pattern, open, handle, method: wanted } of ROUTES) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match !== null)
      return { open, answer: (call, context) => handle(call, match.slice(1).map(decodeURIComponent), context) };
  }
  return undefined;
}

function status({ version, pro }: Edition): Json {
  return {
    db_connected: true,
    broker_connected: false,
    is_broker_conn_open: false,
    license_error: '',
    is_pro: pro,
    deployment_mode: 'self-hosted',
    trial_end_date: ZERO_TIME,
    is_on_trial_license: false,
    version,
  };
}

function flags({ pro }: Edition): Json {
  const community = ['oauth', 'idp_integration', 'gws_ha', 'device_approval', 'flow_logs', 'posture_checks', 'jit'];
  return {
    allow_multi_server_license: false,
    ...Object.fromEntries(community.map((name) => [`enable_${name}`, pro])),
    enable_egress_ha: pro,
    enable_network_activity: pro,
    enable_overlapping_egress_ranges: pro,
  };
}

function superAdmin(call: Call, state: NetmakerState): Json {
  const { username, password } = bodyOf(call);
  state.stored.users.push({ username: String(username), password: String(password) });
  return {
    username,
    external_identity_provider_id: '',
    is_mfa_enabled: false,
    display_name: '',
    account_disabled: false,
    isadmin: true,
    issuperadmin: true,
    auth_type: 'basic_auth',
    remote_gw_ids: null,
    user_group_ids: {},
    platform_role_id: 'super-admin',
    network_roles: null,
    last_login_time: ZERO_TIME,
    num_access_tokens: 0,
    created_by: '',
    created_at: state.time,
    updated_at: state.time,
  };
}

/** A wrong password is 400, not 401. */
function signIn(call: Call, { state, issue }: RouteContext): unknown {
  const { username, password } = bodyOf(call);
  const known = state.stored.users.some((user) => user.username === username && user.password === password);
  if (!known) throw new Refusal(400, 'incorrect credentials');
  return wrapped(`W1R3: Device ${username} Authorized`, { UserName: username, AuthToken: issue() });
}
