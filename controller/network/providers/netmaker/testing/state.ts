import { randomBytes, randomUUID } from 'node:crypto';
import { formatIpAddress, overlaps, parseIpRange } from '../../../../../apis/meta/ip-range.ts';
import { modeOfCommunity, modeOfPro, parseCidr, virtualRangeFor } from './egress-rules.ts';
import {
  clientObject,
  defaultPolicies,
  hostObject,
  type Json,
  NIL_UUID,
  nodeObject,
  type StoredClient,
  type StoredEgress,
  type StoredHost,
  type StoredKey,
  type StoredNetwork,
  type StoredNode,
  type StoredPolicy,
  ZERO_TIME,
} from './objects.ts';
import { parseJson, Refusal } from './refusal.ts';

export interface Edition {
  readonly version: string;
  readonly pro: boolean;
}

/** Hosts that were told to join a network do so a moment later: listed at once, they have no node yet. */
interface Joining {
  readonly host: string;
  readonly network: string;
}

export interface Stored {
  networks: StoredNetwork[];
  hosts: StoredHost[];
  nodes: StoredNode[];
  egresses: StoredEgress[];
  keys: StoredKey[];
  policies: StoredPolicy[];
  clients: StoredClient[];
  users: { username: string; password: string }[];
  joining: Joining[];
}

/** What a Netmaker server remembers, and its rules, traps included. Plain data, so that a change can be undone by putting a copy back. */
export class NetmakerState {
  readonly #edition: Edition;
  readonly #now: () => number;
  stored: Stored = {
    networks: [],
    hosts: [],
    nodes: [],
    egresses: [],
    keys: [],
    policies: [],
    clients: [],
    users: [],
    joining: [],
  };

  constructor(edition: Edition, now: () => number) {
    this.#edition = edition;
    this.#now = now;
  }

  get time(): string {
    return new Date(this.#now()).toISOString();
  }

  get #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  network(netid: string): StoredNetwork {
    return this.stored.networks.find((each) => each.netid === netid) ?? refuse(404, 'record not found');
  }

  createNetwork(body: Json): StoredNetwork {
    const netid = String(body.netid ?? '');
    const addressrange = String(body.addressrange ?? '');
    const addressrange6 = String(body.addressrange6 ?? '');
    if (netid.length > 32) throw new Refusal(400, "network name shouldn't exceed 32 characters");
    if (addressrange === '' && addressrange6 === '') throw new Refusal(400, 'IPv4 or IPv6 CIDR required');
    for (const text of [addressrange, addressrange6].filter((each) => each !== '')) {
      const range = parseCidr(text);
      const others = this.stored.networks.flatMap((each) => [each.addressrange, each.addressrange6]);
      if (others.filter((each) => each !== '').some((each) => overlaps(parseCidr(each), range))) {
        throw new Refusal(400, 'network cidr already in use');
      }
    }
    if (this.stored.networks.some((each) => each.netid === netid)) throw new Refusal(400, 'network already exists');
    const { pro } = this.#edition;
    const network: StoredNetwork = {
      id: randomUUID(),
      netid,
      addressrange,
      addressrange6,
      defaultkeepalive: 20,
      defaultmtu: 1280,
      ...networkFlags(this.#edition.version),
      auto_remove_tags: [],
      auto_remove_threshold: 0,
      virtual_nat_pool_ipv4: pro ? String(body.virtual_nat_pool_ipv4 ?? '198.18.0.0/22') : '',
      virtual_nat_site_prefixlen_ipv4: pro ? Number(body.virtual_nat_site_prefixlen_ipv4 ?? 24) : 0,
      nodes_updated_at: this.time,
      created_by: '',
      created_at: this.time,
      updated_at: this.time,
    };
    this.stored.networks.push(network);
    this.stored.policies.push(...defaultPolicies(netid, this.time));
    return network;
  }

  updateNetwork(netid: string, body: Json): StoredNetwork {
    const network = this.network(netid);
    if (!this.#edition.pro) return network;
    network.virtual_nat_pool_ipv4 = String(body.virtual_nat_pool_ipv4 ?? '');
    network.virtual_nat_site_prefixlen_ipv4 = Number(body.virtual_nat_site_prefixlen_ipv4 ?? 0);
    return network;
  }

  /** Whatever is in it. What its nodes routed stays listed until it is deleted by id. */
  deleteNetwork(netid: string): void {
    this.network(netid);
    this.stored.networks = this.stored.networks.filter((each) => each.netid !== netid);
    this.stored.nodes = this.stored.nodes.filter((each) => each.network !== netid);
    this.stored.policies = this.stored.policies.filter((each) => each.network_id !== netid);
  }

  createKey(body: Json): StoredKey {
    const tags = strings(body.tags);
    const short = tags.findIndex((tag) => tag.length < 3 || tag.length > 32);
    if (short >= 0) {
      const rule = (tags[short]?.length ?? 0) < 3 ? 'min' : 'max';
      const key = `APIEnrollmentKey.Tags[${short}]`;
      const detail = `Key: '${key}' Error:Field validation for 'Tags[${short}]' failed on the '${rule}' tag`;
      throw new Refusal(400, `validation error: name length must be between 3 and 32: ${detail}`);
    }
    if (this.stored.keys.some((key) => key.tags.some((tag) => tags.includes(tag)))) {
      throw new Refusal(400, 'key names must be unique');
    }
    const value = randomBytes(20).toString('hex').slice(0, 32).toUpperCase();
    const key: StoredKey = {
      expiration: ZERO_TIME,
      uses_remaining: 0,
      value,
      networks: strings(body.networks),
      unlimited: body.unlimited === true,
      tags,
      token: Buffer.from(JSON.stringify({ server: 'localhost', value })).toString('base64'),
      type: Number(body.type ?? 3),
      relay: NIL_UUID,
      groups: null,
      default: false,
      auto_egress: false,
      auto_assign_gw: false,
    };
    this.stored.keys.push(key);
    return key;
  }

  deleteKey(value: string): void {
    if (!this.stored.keys.some((key) => key.value === value)) throw new Refusal(400, 'no result found');
    this.stored.keys = this.stored.keys.filter((key) => key.value !== value);
  }

  /** What `netclient join` does. The version of the client is no hindrance. */
  register(token: string, body: Json): StoredHost {
    const asked = parseJson(Buffer.from(token, 'base64').toString('utf8'));
    const value = typeof asked === 'object' && asked !== null && 'value' in asked ? asked.value : undefined;
    const key = this.stored.keys.find((each) => each.value === value) ?? refuse(400, 'invalid enrollment key');
    const id = String(body.id ?? '');
    let host = this.stored.hosts.find((each) => each.id === id);
    if (host === undefined) {
      host = hostObject(body, this.#freePort(body), randomBytes(32).toString('base64'));
      this.stored.hosts.push(host);
    }
    for (const network of key.networks) this.stored.joining.push({ host: id, network });
    return host;
  }

  /** Lets those join who were told to: Netmaker does so behind the answer. */
  settle(): void {
    for (const { host, network } of this.stored.joining.splice(0)) {
      const found = this.stored.networks.find((each) => each.netid === network);
      if (found === undefined || this.stored.nodes.some((node) => node.hostid === host && node.network === network))
        continue;
      const node = nodeObject({
        id: randomUUID(),
        hostid: host,
        network: found,
        address: this.#freeAddress(found, found.addressrange, 1n),
        address6: this.#freeAddress(found, found.addressrange6, 1n),
        now: this.#seconds,
      });
      this.stored.nodes.push(node);
      this.stored.hosts.find((each) => each.id === host)?.nodes.push(node.id);
    }
  }

  deleteHost(id: string): StoredHost {
    const host = this.stored.hosts.find((each) => each.id === id) ?? refuse(500, 'could not find any records');
    this.stored.hosts = this.stored.hosts.filter((each) => each.id !== id);
    for (const node of this.stored.nodes.filter((each) => each.hostid === id)) this.deleteNode(node.id);
    return host;
  }

  /** What it routed is bound to nobody from then on, and stays listed. */
  deleteNode(id: string): void {
    this.stored.nodes = this.stored.nodes.filter((each) => each.id !== id);
    for (const egress of this.stored.egresses) delete egress.nodes[id];
    for (const host of this.stored.hosts) host.nodes = host.nodes.filter((each) => each !== id);
  }

  node(network: string, id: string): StoredNode {
    const found = this.stored.nodes.find((each) => each.id === id && each.network === network);
    return found ?? refuse(500, 'no result found');
  }

  createEgress(body: Json, user: string): StoredEgress {
    const range = parseCidr(String(body.range ?? '')).text;
    const network = String(body.network ?? '');
    const nodes = this.#routingNodes(body, network);
    const { pro } = this.#edition;
    const nat = body.nat === true;
    const egress: StoredEgress = {
      id: randomUUID(),
      name: String(body.name ?? ''),
      network,
      description: String(body.description ?? ''),
      nodes,
      tags: {},
      range,
      mode: pro ? modeOfPro(body.mode, nat) : modeOfCommunity(body.mode, true),
      virtual_range: '',
      domain_ans: [],
      domain: '',
      nat,
      status: true,
      created_by: user,
      created_at: this.time,
      updated_at: this.time,
    };
    this.#assignVirtualRange(egress);
    this.stored.egresses.push(egress);
    return egress;
  }

  /** Replaces everything: what the body lacks is emptied, switched off or unbound. */
  updateEgress(body: Json): StoredEgress {
    const egress = this.stored.egresses.find((each) => each.id === body.id) ?? refuse(400, 'record not found');
    const range = parseCidr(String(body.range ?? '')).text;
    const nodes = this.#routingNodes(body, egress.network);
    const nat = body.nat === true;
    const mode = this.#edition.pro ? modeOfPro(body.mode, nat) : modeOfCommunity(body.mode, false);
    Object.assign(egress, { nodes, range, nat, mode, status: body.status === true, updated_at: this.time });
    Object.assign(egress, { name: String(body.name ?? ''), description: String(body.description ?? '') });
    if (mode !== 'virtual_nat') egress.virtual_range = '';
    this.#assignVirtualRange(egress);
    return egress;
  }

  deleteEgress(id: string): void {
    if (!this.stored.egresses.some((each) => each.id === id)) throw new Refusal(400, 'record not found');
    this.stored.egresses = this.stored.egresses.filter((each) => each.id !== id);
    for (const policy of this.stored.policies) policy.dst_type = policy.dst_type.filter((end) => end.value !== id);
    this.stored.policies = this.stored.policies.filter((each) => each.dst_type.length > 0);
  }

  createPolicy(body: Json, user: string): StoredPolicy {
    const netid = String(body.network_id ?? '');
    if (!this.stored.networks.some((each) => each.netid === netid)) {
      throw new Refusal(400, `failed to get network details for ${netid}`);
    }
    const ends = (list: unknown): Json[] => (Array.isArray(list) ? list.map((end: Json) => ({ ...end })) : []);
    const policy: StoredPolicy = {
      ...body,
      id: randomUUID(),
      default: false,
      meta_data: String(body.meta_data ?? ''),
      name: String(body.name ?? ''),
      network_id: netid,
      policy_type: String(body.policy_type ?? ''),
      src_type: ends(body.src_type),
      dst_type: ends(body.dst_type),
      enabled: body.enabled === true,
      created_by: user,
      created_at: this.time,
    };
    this.stored.policies.push(policy);
    return policy;
  }

  updatePolicy(body: Json): StoredPolicy {
    const policy =
      this.stored.policies.find((each) => each.id === body.id) ?? refuse(400, 'could not find any records');
    if (!policy.default) Object.assign(policy, { name: body.name, src_type: body.src_type, dst_type: body.dst_type });
    policy.enabled = body.enabled === true;
    return policy;
  }

  deletePolicy(id: string): StoredPolicy {
    const policy = this.stored.policies.find((each) => each.id === id) ?? refuse(400, 'could not find any records');
    if (policy.default) throw new Refusal(400, 'cannot delete default policy');
    this.stored.policies = this.stored.policies.filter((each) => each !== policy);
    return policy;
  }

  createGateway(network: string, id: string): StoredNode {
    const node = this.node(network, id);
    const gateway = {
      isrelay: true,
      is_gw: true,
      isingressgateway: true,
      ingresspersistentkeepalive: 20,
      ingressmtu: 1420,
    };
    const checked = { posture_check_violations: [], last_evaluated_at: this.time, lastmodified: this.#seconds };
    const tags = { [`${network}.gateways`]: {} };
    return Object.assign(node, gateway, checked, { metadata: 'This host can be used for remote access', tags });
  }

  assignGateway(network: string, id: string, gateway: string): StoredNode {
    const node = this.node(network, id);
    if (node.relayedby !== '') throw new Refusal(400, 'node is already using a gw');
    if (!this.node(network, gateway).is_gw) throw new Refusal(400, `node ${id} is not a gateway`);
    return Object.assign(node, { isrelayed: true, relayedby: gateway });
  }

  unassignGateway(network: string, id: string): StoredNode {
    return Object.assign(this.node(network, id), { isrelayed: false, relayedby: '' });
  }

  createClient(gateway: string, clientid: string, owner: string): StoredClient {
    const node =
      this.stored.nodes.find((each) => each.id === gateway && each.is_gw) ?? refuse(400, 'ingress does not exist');
    const host = this.stored.hosts.find((each) => each.id === node.hostid) ?? refuse(500, 'no result found');
    if (!/^[a-zA-Z0-9-]{1,15}$/.test(clientid)) {
      const rule = 'ext client ID must be alphanumderic and/or dashes and less that 15 chars';
      throw new Refusal(400, `client validatation: ${rule}`);
    }
    if (this.stored.clients.some((each) => each.clientid === clientid)) throw new Refusal(400, 'duplicate client name');
    const network = this.network(node.network);
    const keys = { privatekey: randomBytes(32).toString('base64'), publickey: randomBytes(32).toString('base64') };
    const address = this.#freeAddress(network, network.addressrange, -1n).split('/')[0] ?? '';
    const client = clientObject({ clientid, ...keys, address, gateway: node, host, owner, now: this.#seconds });
    this.stored.clients.push(client);
    return client;
  }

  #assignVirtualRange(egress: StoredEgress): void {
    if (egress.mode !== 'virtual_nat' || egress.virtual_range !== '') return;
    const taken = this.stored.egresses.map((each) => each.virtual_range).filter((each) => each !== '');
    egress.virtual_range = virtualRangeFor(egress, this.network(egress.network), taken);
  }

  #routingNodes(body: Json, network: string): Record<string, number> {
    if (network === '') throw new Refusal(400, 'network id is empty');
    if (!this.stored.networks.some((each) => each.netid === network)) {
      throw new Refusal(400, 'failed to get network record not found');
    }
    const nodes = typeof body.nodes === 'object' && body.nodes !== null ? Object.entries(body.nodes) : [];
    if (!this.#edition.pro && nodes.length > 1) throw new Refusal(400, 'can only set one routing node on CE');
    if (nodes.some(([id]) => !this.stored.nodes.some((node) => node.id === id))) {
      throw new Refusal(400, 'invalid routing node no result found');
    }
    return Object.fromEntries(nodes.map(([id, metric]) => [id, Number(metric)]));
  }

  #freePort(body: Json): number {
    const taken = this.stored.hosts
      .filter((each) => each.endpointip === body.endpointip)
      .map((each) => each.listenport);
    let port = Number(body.listenport ?? 51_821);
    while (taken.includes(port)) port++;
    return port;
  }

  /** The next free one from the start, or from the end with -1; with the network's prefix length. */
  #freeAddress(network: StoredNetwork, text: string, step: 1n | -1n): string {
    const range = parseIpRange(text);
    if (typeof range === 'string') return '';
    const taken = new Set([
      ...this.stored.nodes
        .filter((each) => each.network === network.netid)
        .flatMap((each) => [each.address, each.address6]),
      ...this.stored.clients.map((each) => `${each.address}/${range.prefix}`),
    ]);
    let address = step === 1n ? range.first + 1n : range.last - 1n;
    while (taken.has(`${formatIpAddress(range.family, address)}/${range.prefix}`)) address += step;
    return `${formatIpAddress(range.family, address)}/${range.prefix}`;
  }
}

/** Strings up to v1.5.0, booleans from v1.5.1 on. */
function networkFlags(version: string): Json {
  const old = /^v(0\.|1\.[0-4]\.|1\.5\.0)/.test(version);
  return old
    ? { auto_join: 'true', auto_remove: 'false', jit_enabled: 'no' }
    : { auto_join: true, auto_remove: false, jit_enabled: false };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function refuse(status: number, message: string): never {
  throw new Refusal(status, message);
}
