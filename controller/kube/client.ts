import type { KubeObject, List } from '../../apis/meta/v1.ts';
import type { Clock } from '../time/clock.ts';
import type { ClientObserver } from './client-observer.ts';
import type { Discovery } from './discovery.ts';
import type { Endpoint } from './endpoint.ts';
import type { Fence } from './fence.ts';
import type { Resource } from './resource.ts';
import { RestClient } from './rest-client.ts';
import { createTransport, type Transport, type TransportOptions, type TransportStream } from './transport.ts';

export interface CallOptions {
  signal: AbortSignal;
  /** For each attempt, in milliseconds. Default: the transport's. */
  timeoutMs?: number;
}

/** Names one object; `namespace` for the kinds that have one. */
export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string;
}

export interface Selection {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Ask for metadata only. A server that cannot answers with whole objects. */
  metadataOnly?: boolean;
}

export interface ListOptions extends CallOptions, Selection {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface ListAllOptions extends CallOptions, Selection {
  /** Objects per page. Default 500. */
  pageSize?: number;
  resourceVersion?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WriteOptions extends CallOptions {
  /** The server does everything but store it. */
  dryRun?: boolean;
  /** Ask for the metadata of the written object only: half the bytes to read, for who needs no more. A server that cannot answers with the whole object. */
  metadataOnly?: boolean;
}

export interface ReplaceOptions extends WriteOptions {
  subresource?: 'status';
}

export interface PatchOptions extends WriteOptions {
  subresource?: string;
  /** Server-side apply only: take over fields that others own. */
  force?: boolean;
}

export interface Patch {
  type: 'merge' | 'json' | 'apply' | 'strategic';
  body: unknown;
}

export interface DeleteOptions extends WriteOptions {
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  gracePeriodSeconds?: number;
  /** A whole DeleteOptions; the fields above are laid over it. */
  body?: Readonly<Record<string, unknown>>;
}

export interface WatchOptions extends Selection {
  resourceVersion: string;
  timeoutSeconds: number;
  signal: AbortSignal;
}

export interface RawOptions extends CallOptions {
  body?: string;
  headers?: Record<string, string>;
}

/**
 * One API server's objects as raw JSON: fields that nobody here knows stay on them. Everything rejects with an ApiError
 * (the server said no), a ConnectionError (no answer) or the reason of the signal. A 429, or a 503 with Retry-After, is
 * waited out: at most 30 s each, at most five attempts in all.
 */
export interface Client {
  readonly cluster: string;
  /** What holds this client's writes back, for clients that are made on its behalf. */
  readonly fence: Fence | undefined;
  /** Who it says it is, for the same. */
  readonly userAgent: string;
  /** Who hears of what it does, for the same. */
  readonly observer?: ClientObserver | undefined;
  get<T extends KubeObject>(resource: Resource, ref: ObjectRef, options: CallOptions): Promise<T>;
  /** One page. */
  list<T extends KubeObject>(resource: Resource, options: ListOptions): Promise<List<T>>;
  /** Every page, in one list. When the pages expire midway, it begins again with one list of everything. */
  listAll<T extends KubeObject>(resource: Resource, options: ListAllOptions): Promise<List<T>>;
  /** The namespace is the object's own. */
  create<T extends KubeObject>(resource: Resource, object: T, options: WriteOptions): Promise<T>;
  /** PUT; conditional when the object carries a resourceVersion. */
  replace<T extends KubeObject>(resource: Resource, object: T, options: ReplaceOptions): Promise<T>;
  patch<T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: Patch, options: PatchOptions): Promise<T>;
  /** The object when it only began to go (finalizers, grace), else a Status. */
  delete(resource: Resource, ref: ObjectRef, options: DeleteOptions): Promise<KubeObject>;
  createSubresource<T>(
    resource: Resource,
    ref: ObjectRef,
    subresource: string,
    body: object,
    options: WriteOptions,
  ): Promise<T>;
  /** Opens a watch with bookmarks; what comes is one JSON event per line. */
  watch(resource: Resource, options: WatchOptions): Promise<TransportStream>;
  raw(method: string, path: string, options: RawOptions): Promise<{ status: number; text: string }>;
  readonly discovery: Discovery;
  close(): Promise<void>;
}

export interface ClientOptions extends TransportOptions {
  clock?: Clock;
  /** For spreading retries; 0 to 1. Default `Math.random`. */
  random?: () => number;
  /** Requests per second in the long run. Default: no limit. */
  qps?: number;
  /** Requests that may go at once before `qps` counts. Default: `qps`, rounded up. */
  burst?: number;
  userAgent?: string;
  observer?: ClientObserver | undefined;
  /** The name under which writes stand in `managedFields`. Default `fedmesh`. */
  fieldManager?: string;
}

/** A client for an endpoint, or over a transport that exists already. Connects to nothing before the first call. */
export function createClient(
  target: Endpoint | { readonly cluster: string; readonly transport: Transport },
  options: ClientOptions = {},
): Client {
  const transport = 'transport' in target ? target.transport : createTransport(target, options);
  return new RestClient(target.cluster, transport, options);
}
