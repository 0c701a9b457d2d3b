import type { IncomingMessage, ServerResponse } from 'node:http';
import { expired, notImplemented } from '../errors/status-error.ts';
import type { ResourceDefinition } from '../resources/resource-definition.ts';
import { tooLargeResourceVersion } from '../routing/routing-errors.ts';
import type { Storage, StorageEvent, Stored } from '../storage/storage.ts';
import { StoredObject, withRevision } from '../storage/stored-object.ts';
import type { EndpointContext } from './context.ts';
import type { ListOptions } from './list-options.ts';
import type { Rendering } from './rendering.ts';
import { selection } from './select.ts';
import type { Watcher } from './watch-hub.ts';

/** Bytes that may wait for a reader who is too slow before it loses its watch. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Kubernetes' `--min-request-timeout`: watches without a timeout last between once and twice as long. */
const MIN_TIMEOUT_SECONDS = 1_800;

export interface WatchRequest {
  readonly definition: ResourceDefinition;
  readonly namespace: string | undefined;
  readonly options: ListOptions;
  readonly rendering: Rendering;
  readonly response: ServerResponse;
}

/** @throws {StatusError} 504: what is to be sent first is yet to come */
export function checkWatch({ storage }: EndpointContext, { initialEvents, resourceVersion = 0 }: ListOptions): void {
  if (initialEvents === true && resourceVersion > storage.revision) {
    throw tooLargeResourceVersion(resourceVersion, storage.revision);
  }
}

/** Answers with the events from a resourceVersion on, until the client, the time or the server ends it. @throws {StatusError} 501 */
export function startWatch(context: EndpointContext, request: WatchRequest): void {
  const { options, response, rendering } = request;
  if (isWebSocket(response.req)) throw notImplemented('watches over WebSockets');
  const asked = options.resourceVersion;
  response.writeHead(200, {
    'cache-control': 'no-cache, private',
    'content-type':
      rendering.form.mediaType === 'application/yaml' ? 'application/yaml;stream=watch' : 'application/json',
  });
  response.flushHeaders();
  const stream = new WatchStream(context, request);
  const fromNow = options.initialEvents === true || (options.initialEvents === undefined && (asked ?? 0) === 0);
  // Who asked for no version gets to know, too, when the present has been told.
  if (fromNow) stream.sendPresent(options.bookmarks);
  else if (asked !== undefined && asked > 0 && !stream.sendSince(asked)) return;
  stream.follow();
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && /upgrade/i.test(headers.connection ?? '');
}

class WatchStream implements Watcher {
  readonly storageKey: string;
  readonly wantsBookmarks: boolean;
  readonly #storage: Storage;
  readonly #context: EndpointContext;
  readonly #request: WatchRequest;
  readonly #isSelected: ((stored: Stored) => boolean) | undefined;
  /** The client has seen everything up to here. */
  #from: number;
  #first = true;
  #waiting = '';
  /** Bytes. */
  #mayWait = Number.POSITIVE_INFINITY;
  #ended = false;
  #stop: (() => void) | undefined;
  #cancelTimeout: (() => void) | undefined;

  constructor(context: EndpointContext, request: WatchRequest) {
    this.#context = context;
    this.#storage = context.storage;
    this.#request = request;
    this.storageKey = request.definition.storageKey;
    this.wantsBookmarks = request.options.bookmarks;
    this.#isSelected = selection(request.definition, request.options);
    this.#from = request.options.resourceVersion ?? 0;
    request.response.once('close', () => this.#finish());
  }

  /** All there is, as if it came now. */
  sendPresent(withEnd: boolean): void {
    const { definition, namespace } = this.#request;
    for (const stored of this.#storage.list(definition.storageKey, namespace)) {
      if (this.#isSelected === undefined || this.#isSelected(stored)) this.#send('ADDED', stored);
    }
    this.#from = this.#storage.revision;
    if (withEnd) this.#write(this.#request.rendering.bookmark(this.#storage.revision, true));
  }

  /** False: that was too long ago; the client has been told. */
  sendSince(revision: number): boolean {
    const events = this.#storage.eventsSince(revision);
    if (events === undefined) {
      const { status } = expired(`too old resource version: ${revision} (${this.#storage.revision})`);
      this.#write(`${JSON.stringify({ type: 'ERROR', object: { ...status, metadata: {} } })}\n`);
      this.end();
      return false;
    }
    for (const event of events) if (event.stored.storageKey === this.storageKey) this.accept(event);
    return true;
  }

  follow(): void {
    if (this.#ended) return;
    // What there was may be long: a reader has time for it, and is measured by what comes on top.
    this.#flush();
    this.#mayWait = this.#request.response.writableLength + MAX_WAITING_BYTES;
    const { timeoutSeconds = 0 } = this.#request.options;
    const seconds = timeoutSeconds > 0 ? timeoutSeconds : MIN_TIMEOUT_SECONDS * (1 + Math.random());
    // Node knows no longer timers than 2^31 ms.
    this.#cancelTimeout = this.#context.clock.after(Math.min(seconds * 1_000, 0x7fff_ffff), () => {
      if (this.wantsBookmarks) this.bookmark(this.#storage.revision);
      this.end();
    });
    this.#stop = this.#context.watches.add(this);
  }

  accept({ type, revision, stored, previous }: StorageEvent): void {
    const { namespace } = this.#request;
    if (revision <= this.#from || (namespace !== undefined && stored.namespace !== namespace)) return;
    const isSelected = this.#isSelected;
    const now = type !== 'DELETED' && (isSelected === undefined || isSelected(stored));
    const before = previous !== undefined && (isSelected === undefined || isSelected(previous));
    if (now) this.#send(before ? 'MODIFIED' : 'ADDED', stored);
    else if (before) this.#send('DELETED', type === 'DELETED' ? stored : lastSelected(previous, revision));
  }

  bookmark(revision: number): void {
    if (revision >= this.#from) this.#write(this.#request.rendering.bookmark(revision, false));
  }

  end(): void {
    if (this.#ended) return;
    this.#flush();
    this.#finish();
    this.#request.response.end();
  }

  #finish(): void {
    this.#ended = true;
    this.#waiting = '';
    this.#cancelTimeout?.();
    this.#stop?.();
  }

  #send(type: string, stored: Stored): void {
    this.#write(this.#request.rendering.event(type, stored, this.#first));
    this.#first = false;
  }

  /** What comes in one turn of the event loop leaves in one piece. */
  #write(line: string): void {
    if (this.#ended) return;
    if (this.#waiting === '') process.nextTick(() => this.#flush());
    this.#waiting += line;
  }

  #flush(): void {
    if (this.#ended || this.#waiting === '') return;
    const { response } = this.#request;
    response.write(this.#waiting);
    this.#waiting = '';
    if (response.writableLength > this.#mayWait) {
      this.#finish();
      response.destroy();
    }
  }
}

/** What fell out of the selection is shown as it last was in it, with the revision at which it fell out. */
function lastSelected(previous: Stored, revision: number): Stored {
  const { storageKey, namespace, name, object } = previous;
  return new StoredObject(storageKey, namespace, name, withRevision(object, revision), revision);
}
