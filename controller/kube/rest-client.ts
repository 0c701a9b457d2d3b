import type { KubeObject, List } from '../../apis/meta/v1.ts';
import { FIELD_MANAGER } from '../../apis/well-known.ts';
import { type Clock, sleep, systemClock } from '../time/clock.ts';
import { type FailedCall, readErrorBody, toApiError } from './api-error.ts';
import type {
  CallOptions,
  Client,
  ClientOptions,
  DeleteOptions,
  ListAllOptions,
  ListOptions,
  ObjectRef,
  Patch,
  PatchOptions,
  RawOptions,
  ReplaceOptions,
  WatchOptions,
  WriteOptions,
} from './client.ts';
import type { ClientObserver, Verb } from './client-observer.ts';
import { createDiscovery, type Discovery } from './discovery.ts';
import { ApiError, ConnectionError } from './errors.ts';
import type { Fence } from './fence.ts';
import { listPages } from './list-pages.ts';
import { Query, selectionQuery } from './query.ts';
import { apiVersionOf, groupResourceOf, pathOf, type Resource } from './resource.ts';
import { holdsSecrets } from './secret-redaction.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Transport, TransportResponse, TransportStream } from './transport.ts';

const JSON_TYPE = 'application/json';
// Servers of aggregated APIs that know no such form fall back to whole objects, which hold the metadata too.
const METADATA_LIST = `${JSON_TYPE};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,${JSON_TYPE}`;
const METADATA = `${JSON_TYPE};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,${JSON_TYPE}`;
const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
const WRITE_VERBS = { POST: 'create', PUT: 'update', PATCH: 'patch' } as const;
const MAX_ATTEMPTS = 5;
const MAX_RETRY_WAIT_MS = 30_000;
const DEFAULT_RETRY_WAIT_MS = 1_000;

interface Call extends CallOptions {
  readonly verb: Verb;
  readonly method: string;
  readonly path: string;
  /** For messages: `get deployments.apps "shop/web"`. */
  readonly what: () => string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly headers?: Record<string, string> | undefined;
  readonly body?: string;
  /** What was sent, when its content must not be repeated in an error. */
  readonly secret?: unknown;
}

/** {@link Client} over a transport. */
export class RestClient implements Client {
  readonly cluster: string;
  readonly fence: Fence | undefined;
  readonly userAgent: string;
  readonly observer: ClientObserver | undefined;
  readonly discovery: Discovery;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #limit: TokenBucket | undefined;
  readonly #fieldManager: string;

  constructor(cluster: string, transport: Transport, options: ClientOptions) {
    const clock = options.clock ?? systemClock;
    this.cluster = cluster;
    this.fence = options.fence;
    this.observer = options.observer;
    this.#transport = transport;
    this.#clock = clock;
    this.#random = options.random ?? Math.random;
    this.#limit =
      options.qps === undefined || options.qps <= 0
        ? undefined
        : new TokenBucket({ qps: options.qps, burst: options.burst, clock });
    this.userAgent = options.userAgent ?? 'fedmesh';
    this.#fieldManager = options.fieldManager ?? FIELD_MANAGER;
    this.discovery = createDiscovery({
      clock,
      getJson: (path, accept, signal) =>
        this.#json({ verb: 'get', method: 'GET', path, accept, signal, what: () => `get ${path}` }),
    });
  }

  get<T extends KubeObject>(resource: Resource, ref: ObjectRef, options: CallOptions): Promise<T> {
    const path = pathOf(resource, ref.namespace, ref.name);
    return this.#json({ ...options, verb: 'get', method: 'GET', path, what: () => words('get', resource, ref) });
  }

  async list<T extends KubeObject>(resource: Resource, options: ListOptions): Promise<List<T>> {
    const query = selectionQuery(options);
    query.add('limit', options.limit);
    query.add('continue', options.continue);
    query.add('resourceVersion', options.resourceVersion);
    query.add('resourceVersionMatch', options.resourceVersionMatch);
    const list = await this.#json<List<T>>({
      ...callOptions(options),
      verb: 'list',
      method: 'GET',
      path: pathOf(resource, options.namespace) + query,
      ...(options.metadataOnly === true ? { accept: METADATA_LIST } : {}),
      what: () => words('list', resource, { namespace: options.namespace }),
    });
    // Servers leave out of each item what the list already says.
    const apiVersion = apiVersionOf(resource);
    list.items ??= [];
    for (const item of list.items) {
      item.apiVersion ??= apiVersion;
      item.kind ??= resource.kind;
    }
    return list;
  }

  listAll<T extends KubeObject>(resource: Resource, options: ListAllOptions): Promise<List<T>> {
    return listPages((page) => this.list<T>(resource, page), options);
  }

  create<T extends KubeObject>(resource: Resource, object: T, options: WriteOptions): Promise<T> {
    const { namespace, name, generateName } = object.metadata;
    return this.#write('POST', pathOf(resource, namespace), object, resource, options, {
      what: () => words('create', resource, { namespace, name: name ?? generateName }),
    });
  }

  replace<T extends KubeObject>(resource: Resource, object: T, options: ReplaceOptions): Promise<T> {
    const { namespace, name = '' } = object.metadata;
    return this.#write('PUT', pathOf(resource, namespace, name, options.subresource), object, resource, options, {
      what: () => words('replace', resource, { namespace, name }, options.subresource),
    });
  }

  patch<T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: Patch, options: PatchOptions): Promise<T> {
    const path = pathOf(resource, ref.namespace, ref.name, options.subresource);
    return this.#write('PATCH', path, patch.body, resource, options, {
      contentType: PATCH_TYPES[patch.type],
      force: options.force,
      what: () => words(patch.type === 'apply' ? 'apply' : 'patch', resource, ref, options.subresource),
    });
  }

  delete(resource: Resource, ref: ObjectRef, options: DeleteOptions): Promise<KubeObject> {
    const { preconditions, propagationPolicy, gracePeriodSeconds } = options;
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...options.body,
      ...(preconditions === undefined ? {} : { preconditions }),
      ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(options.dryRun === true ? { dryRun: ['All'] } : {}),
    };
    return this.#json({
      ...callOptions(options),
      verb: 'delete',
      method: 'DELETE',
      path: pathOf(resource, ref.namespace, ref.name),
      contentType: JSON_TYPE,
      body: JSON.stringify(body),
      what: () => words('delete', resource, ref),
    });
  }

  createSubresource<T>(
    resource: Resource,
    ref: ObjectRef,
    subresource: string,
    body: object,
    options: WriteOptions,
  ): Promise<T> {
    const path = pathOf(resource, ref.namespace, ref.name, subresource);
    return this.#write('POST', path, body, resource, options, {
      what: () => words('create', resource, ref, subresource),
    });
  }

  async watch(resource: Resource, options: WatchOptions): Promise<TransportStream> {
    const query = selectionQuery(options);
    query.add('watch', 'true');
    query.add('allowWatchBookmarks', 'true');
    query.add('resourceVersion', options.resourceVersion);
    query.add('timeoutSeconds', options.timeoutSeconds);
    const call: Call = {
      signal: options.signal,
      verb: 'watch',
      method: 'GET',
      path: pathOf(resource, options.namespace) + query,
      ...(options.metadataOnly === true ? { accept: METADATA } : {}),
      what: () => words('watch', resource, { namespace: options.namespace }),
    };
    return await this.#patiently(call, async () => {
      const stream = await this.#observed(call, this.#transport.stream(this.#requestOf(call)));
      if (stream.status < 400) return stream;
      throw toApiError(
        stream.status,
        stream.headers,
        await readErrorBody(stream.body, this.#clock),
        this.#failed(call),
      );
    });
  }

  async raw(method: string, path: string, options: RawOptions): Promise<{ status: number; text: string }> {
    const answer = await this.#send({
      ...options,
      verb: 'other',
      method,
      path,
      accept: '*/*',
      what: () => `${method} ${path}`,
    });
    return { status: answer.status, text: answer.body.toString() };
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #write<T>(
    method: keyof typeof WRITE_VERBS,
    path: string,
    content: unknown,
    resource: Resource,
    options: WriteOptions,
    more: { what: () => string; contentType?: string; force?: boolean | undefined },
  ): Promise<T> {
    const query = new Query();
    query.add('fieldManager', this.#fieldManager);
    query.add('dryRun', options.dryRun === true ? 'All' : undefined);
    query.add('force', more.force === true ? 'true' : undefined);
    return this.#json({
      ...callOptions(options),
      verb: WRITE_VERBS[method],
      method,
      path: path + query,
      ...(options.metadataOnly === true ? { accept: METADATA } : {}),
      contentType: more.contentType ?? JSON_TYPE,
      body: JSON.stringify(content),
      what: more.what,
      ...(holdsSecrets(resource.plural) ? { secret: content } : {}),
    });
  }

  async #json<T>(call: Call): Promise<T> {
    const answer = await this.#send(call);
    try {
      return JSON.parse(answer.body.toString());
    } catch (cause) {
      const { cluster } = this;
      const type = answer.headers['content-type'] ?? 'nothing that names its type';
      const message = `${call.what()} in cluster "${cluster}": the answer is ${type}, not JSON: is this an API server?`;
      throw new ConnectionError(message, { code: 'EBADANSWER', cluster, cause });
    }
  }

  #send(call: Call): Promise<TransportResponse> {
    return this.#patiently(call, async () => {
      const answer = await this.#observed(call, this.#transport.request(this.#requestOf(call)));
      if (answer.status < 400) return answer;
      throw toApiError(answer.status, answer.headers, answer.body.toString(), this.#failed(call));
    });
  }

  #observed<T extends { readonly status: number }>(call: Call, answer: Promise<T>): Promise<T> {
    const { observer, cluster } = this;
    if (observer === undefined) return answer;
    const sent = this.#clock.monotonic();
    const told = (code: number) => {
      observer.requested(cluster, call.verb, code, (this.#clock.monotonic() - sent) / 1000);
    };
    return answer.then(
      (answered) => {
        told(answered.status);
        return answered;
      },
      (error: unknown) => {
        // What somebody here gave up says nothing about the cluster.
        if (!call.signal.aborted) told(0);
        throw error;
      },
    );
  }

  /** Keeps to the client's own limit, and waits when the server asks for it. */
  async #patiently<T>(call: Call, attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts++) {
      if (this.#limit !== undefined) await this.#limit.take(call.signal);
      try {
        return await attempt();
      } catch (error) {
        const wait = error instanceof ApiError && attempts < MAX_ATTEMPTS ? waitAskedFor(error) : undefined;
        if (wait === undefined) throw error;
        // All who were turned away at once would otherwise come back at once.
        await sleep(this.#clock, wait * (1 + 0.2 * this.#random()), call.signal);
      }
    }
  }

  #requestOf(call: Call) {
    const headers: Record<string, string> = { accept: call.accept ?? JSON_TYPE, 'user-agent': this.userAgent };
    if (call.contentType !== undefined) headers['content-type'] = call.contentType;
    return {
      method: call.method,
      path: call.path,
      signal: call.signal,
      headers: call.headers === undefined ? headers : { ...headers, ...call.headers },
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
    };
  }

  #failed(call: Call): FailedCall {
    const { method, path, secret } = call;
    return { cluster: this.cluster, method, path, what: call.what(), secret, now: this.#clock.now() };
  }
}

/** 429 always, and any other failure that comes with Retry-After from an overloaded or starting server. */
function waitAskedFor(error: ApiError): number | undefined {
  if (error.code !== 429 && (error.code !== 503 || error.retryAfterMs === undefined)) return undefined;
  return Math.min(error.retryAfterMs ?? DEFAULT_RETRY_WAIT_MS, MAX_RETRY_WAIT_MS);
}

function callOptions(options: CallOptions): CallOptions {
  const { signal, timeoutMs } = options;
  return timeoutMs === undefined ? { signal } : { signal, timeoutMs };
}

function words(
  verb: string,
  resource: Resource,
  ref: { readonly namespace?: string | undefined; readonly name?: string | undefined },
  subresource?: string,
): string {
  const what = groupResourceOf(resource) + (subresource === undefined ? '' : `/${subresource}`);
  if (ref.name === undefined)
    return `${verb} ${what}${ref.namespace === undefined ? '' : ` in namespace "${ref.namespace}"`}`;
  return `${verb} ${what} "${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}"`;
}
