import type { Credential, Credentials } from '../../../kube/credentials.ts';
import { parseServer } from '../../../kube/endpoint.ts';
import { ConnectionError } from '../../../kube/errors.ts';
import { createTransport, type Transport } from '../../../kube/transport.ts';
import type { Clock } from '../../../time/clock.ts';
import { MeshError } from '../mesh-error.ts';
import { type Asked, contentOf, isMissing, listOf, objectOf, refusal, unreachable } from './answers.ts';
import type {
  Egress,
  EgressBody,
  EnrollmentKey,
  ExternalClient,
  FeatureFlags,
  Host,
  Network,
  NetworkMetrics,
  Node,
  NodeStatus,
  Policy,
  PolicyBody,
  ServerStatus,
} from './api.ts';

export interface NetmakerClientOptions {
  /** Base URL of the API: `https://api.netmaker.example.com`. */
  readonly server: string;
  /** Asked before each request, so that a renewed token counts at once. A rejection fails the request with code `Credentials`. */
  readonly token: (signal: AbortSignal) => Promise<string>;
  /** Certificates of the authorities to trust, PEM. Without it: those that Node comes with. */
  readonly ca?: string;
  /** For one request, milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** A Netmaker server is a small program, often beside its database. */
const MAX_SOCKETS = 4;
const NAME = 'netmaker';

/**
 * Netmaker's REST API, of v0.99 and later. Everything rejects with a MeshError that names the request and never the token,
 * or with the signal's reason. What an answer holds is for the caller to check: a 200 proves nothing there.
 */
export class NetmakerClient {
  readonly #transport: Transport;
  readonly #server: string;
  readonly #tokens: TokenCredentials;

  constructor(options: NetmakerClientOptions) {
    this.#tokens = new TokenCredentials(options.token);
    this.#server = shown(options.server);
    this.#transport = createTransport(
      {
        cluster: NAME,
        server: options.server,
        tls: options.ca === undefined ? {} : { ca: options.ca },
        credentials: this.#tokens,
      },
      {
        timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        maxSockets: MAX_SOCKETS,
        ...(options.clock === undefined ? {} : { clock: options.clock }),
      },
    );
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async serverStatus(signal: AbortSignal): Promise<ServerStatus> {
    return await this.#object('GET', '/api/server/status', signal);
  }

  /** Empty where the server has no such list. */
  async featureFlags(signal: AbortSignal): Promise<FeatureFlags> {
    return (await this.#optional<FeatureFlags>('/api/server/feature_flags', signal)) ?? {};
  }

  /** Undefined: there is none of this name. */
  network(name: string, signal: AbortSignal): Promise<Network | undefined> {
    return this.#optional(`/api/networks/${path(name)}`, signal);
  }

  createNetwork(network: Network, signal: AbortSignal): Promise<Network> {
    return this.#object('POST', '/api/networks', signal, network);
  }

  /** `network` is the whole object as it was read: what is left out is lost. */
  updateNetwork(network: Network, signal: AbortSignal): Promise<Network> {
    return this.#object('PUT', `/api/networks/${path(network.netid)}`, signal, network);
  }

  hosts(signal: AbortSignal): Promise<readonly Host[]> {
    return this.#list('/api/hosts', signal);
  }

  /** Removes its nodes, too. */
  async deleteHost(id: string, signal: AbortSignal): Promise<void> {
    await this.#gone(`/api/hosts/${path(id)}?force=true`, signal);
  }

  nodes(network: string, signal: AbortSignal): Promise<readonly Node[]> {
    return this.#list(`/api/nodes/${path(network)}`, signal);
  }

  /** By the nodes' ids. Empty where the server has no such list. */
  async nodeStatuses(network: string, signal: AbortSignal): Promise<Readonly<Record<string, NodeStatus>>> {
    return (await this.#optional<Record<string, NodeStatus>>(`/api/v1/nodes/${path(network)}/status`, signal)) ?? {};
  }

  egresses(network: string, signal: AbortSignal): Promise<readonly Egress[]> {
    return this.#list(`/api/v1/egress?network=${path(network)}`, signal);
  }

  createEgress(egress: EgressBody, signal: AbortSignal): Promise<Egress> {
    return this.#object('POST', '/api/v1/egress', signal, egress);
  }

  updateEgress(egress: EgressBody & { readonly id: string }, signal: AbortSignal): Promise<Egress> {
    return this.#object('PUT', '/api/v1/egress', signal, egress);
  }

  async deleteEgress(id: string, signal: AbortSignal): Promise<void> {
    await this.#gone(`/api/v1/egress?id=${path(id)}`, signal);
  }

  policies(network: string, signal: AbortSignal): Promise<readonly Policy[]> {
    return this.#list(`/api/v1/acls?network=${path(network)}`, signal);
  }

  async createPolicy(policy: PolicyBody, signal: AbortSignal): Promise<void> {
    await this.#send('POST', '/api/v1/acls', signal, policy);
  }

  async updatePolicy(policy: PolicyBody & { readonly id: string }, signal: AbortSignal): Promise<void> {
    await this.#send('PUT', '/api/v1/acls', signal, policy);
  }

  async deletePolicy(id: string, signal: AbortSignal): Promise<void> {
    await this.#gone(`/api/v1/acls?acl_id=${path(id)}`, signal);
  }

  enrollmentKeys(signal: AbortSignal): Promise<readonly EnrollmentKey[]> {
    return this.#list('/api/v1/enrollment-keys', signal);
  }

  /** For as many machines as have it, until it is deleted: netclient uses it again at each of its starts. */
  createEnrollmentKey(tag: string, network: string, signal: AbortSignal): Promise<EnrollmentKey> {
    const body = { tags: [tag], networks: [network], unlimited: true, type: 3 };
    return this.#object('POST', '/api/v1/enrollment-keys', signal, body);
  }

  async deleteEnrollmentKey(value: string, signal: AbortSignal): Promise<void> {
    await this.#gone(`/api/v1/enrollment-keys/${path(value)}`, signal, '/api/v1/enrollment-keys/***', [value]);
  }

  /** Makes a node one that others can be relayed by, and that external clients connect to. */
  createGateway(network: string, node: string, signal: AbortSignal): Promise<Node> {
    return this.#object('POST', `/api/nodes/${path(network)}/${path(node)}/gateway`, signal, {});
  }

  assignGateway(network: string, node: string, gateway: string, signal: AbortSignal): Promise<Node> {
    const target = `/api/nodes/${path(network)}/${path(node)}/gateway/assign?gw_id=${path(gateway)}`;
    return this.#object('POST', target, signal, {});
  }

  unassignGateway(network: string, node: string, signal: AbortSignal): Promise<Node> {
    return this.#object('POST', `/api/nodes/${path(network)}/${path(node)}/gateway/unassign`, signal, {});
  }

  /** Some versions answer that there are no records instead of with an empty list. */
  async externalClients(network: string, signal: AbortSignal): Promise<readonly ExternalClient[]> {
    try {
      return await this.#list(`/api/extclients/${path(network)}`, signal);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async createExternalClient(network: string, gateway: string, name: string, signal: AbortSignal): Promise<void> {
    await this.#send('POST', `/api/extclients/${path(network)}/${path(gateway)}`, signal, { clientid: name });
  }

  /** A WireGuard configuration, private key included. */
  async externalClientFile(network: string, name: string, signal: AbortSignal): Promise<string> {
    return (await this.#send('GET', `/api/extclients/${path(network)}/${path(name)}/file`, signal)).text;
  }

  async deleteExternalClient(network: string, name: string, signal: AbortSignal): Promise<void> {
    await this.#gone(`/api/extclients/${path(network)}/${path(name)}`, signal);
  }

  /** Netmaker Pro. Undefined: not measured here. */
  metrics(network: string, signal: AbortSignal): Promise<NetworkMetrics | undefined> {
    return this.#optional(`/api/metrics/${path(network)}`, signal);
  }

  /** Answers come as JSON: that they have the shape asked for is checked as far as that they are an object, or a list of them. */
  async #object<T extends object>(method: string, target: string, signal: AbortSignal, body?: unknown): Promise<T> {
    const { text, asked } = await this.#send(method, target, signal, body);
    return objectOf(contentOf(text, asked), asked) as T;
  }

  async #list<T extends object>(target: string, signal: AbortSignal): Promise<readonly T[]> {
    const { text, asked } = await this.#send('GET', target, signal);
    return listOf(contentOf(text, asked), asked).map((entry) => objectOf(entry, asked) as T);
  }

  async #optional<T extends object>(target: string, signal: AbortSignal): Promise<T | undefined> {
    try {
      return await this.#object('GET', target, signal);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Deleting what is not there is no error. */
  async #gone(target: string, signal: AbortSignal, shownAs = target, secrets: readonly string[] = []): Promise<void> {
    try {
      await this.#send('DELETE', target, signal, undefined, shownAs, secrets);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async #send(
    method: string,
    target: string,
    signal: AbortSignal,
    body?: unknown,
    shownAs = target,
    secrets: readonly string[] = [],
  ): Promise<{ readonly text: string; readonly asked: Asked }> {
    const asked: Asked = { method, path: shownAs, server: this.#server };
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      const answer = await this.#transport.request({ method, path: target, headers, ...payload, signal });
      const text = answer.body.toString('utf8');
      if (answer.status < 400) return { text, asked };
      throw refusal(answer.status, text, asked, [...secrets, this.#tokens.last]);
    } catch (error) {
      throw error instanceof ConnectionError ? unreachable(error, asked) : error;
    }
  }
}

/** The token as it is at each request. */
class TokenCredentials implements Credentials {
  readonly #token: NetmakerClientOptions['token'];
  last = '';

  constructor(token: NetmakerClientOptions['token']) {
    this.#token = token;
  }

  async get(signal: AbortSignal): Promise<Credential> {
    const token = (await this.#read(signal)).trim();
    if (!/^[\x21-\x7e]+$/.test(token)) {
      const found = token === '' ? 'is empty' : 'has characters that no token has';
      throw credentialsError(`the token for Netmaker ${found}. Put an access token or the master key there`);
    }
    this.last = token;
    return { authorization: `Bearer ${token}` };
  }

  invalidate(): void {
    // Nothing is kept: the next request reads it anew.
  }

  async #read(signal: AbortSignal): Promise<string> {
    try {
      return await this.#token(signal);
    } catch (cause) {
      if (signal.aborted || cause instanceof MeshError) throw cause;
      throw credentialsError(
        `the token for Netmaker cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      );
    }
  }
}

function credentialsError(message: string, cause?: unknown): MeshError {
  return new MeshError(message, { code: 'Credentials', provider: 'netmaker', cause });
}

function shown(server: string): string {
  try {
    return parseServer(server, NAME).display;
  } catch {
    // Said by the first request, as everything that is wrong with the way there.
    return 'its address';
  }
}

const path = encodeURIComponent;
