import type { IncomingMessage, ServerResponse } from 'node:http';
import { applyPatch, type Operation } from 'rfc6902';
import type { KubeObject } from '../../../apis/meta/v1.ts';
import { answerJson, bodyOf, startHttp, type WireServer } from '../../kube/testing/wire.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a test says over HTTP in the place of an API server: collections that can be listed, watched and written. */
export class WireApi {
  /** `GET /healthz` as it came in, with its Authorization header. */
  readonly requests: { method: string; path: string; authorization: string | undefined; body: string }[] = [];
  readonly #collections = new Map<string, Map<string, KubeObject>>();
  readonly #watches = new Map<string, Set<ServerResponse>>();
  readonly #history: { collection: string; version: number; line: string }[] = [];
  readonly #answers = new Map<string, Handler>();
  #version = 100;
  #server: WireServer | undefined;

  /** `collections`: paths such as `/api/v1/namespaces/system/secrets`. */
  static async start(collections: readonly string[] = []): Promise<WireApi> {
    const api = new WireApi();
    for (const path of collections) {
      api.#collections.set(path, new Map());
      api.#watches.set(path, new Set());
    }
    api.#server = await startHttp((request, response) => void api.#serve(request, response));
    return api;
  }

  get server(): WireServer {
    if (this.#server === undefined) throw new Error('the server has not been started');
    return this.#server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  /** Requests of one method to one path, without their queries. */
  count(method: string, path: string): number {
    return this.requests.filter((request) => request.method === method && request.path.split('?')[0] === path).length;
  }

  /** What `path` answers from now on. */
  answer(path: string, handler: Handler): void {
    this.#answers.set(path, handler);
  }

  /** Creates or changes an object, and tells those who watch. */
  put(collection: string, object: KubeObject): KubeObject {
    const objects = this.#objects(collection);
    const name = object.metadata.name ?? '';
    const stored = {
      ...object,
      metadata: { uid: `uid-of-${name}`, ...object.metadata, resourceVersion: String(++this.#version) },
    };
    const type = objects.has(name) ? 'MODIFIED' : 'ADDED';
    objects.set(name, stored);
    this.#tell(collection, type, stored);
    return stored;
  }

  remove(collection: string, name: string): void {
    const objects = this.#objects(collection);
    const object = objects.get(name);
    if (object === undefined) return;
    objects.delete(name);
    this.#version += 1;
    this.#tell(collection, 'DELETED', {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    });
  }

  get(collection: string, name: string): KubeObject | undefined {
    return this.#objects(collection).get(name);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #objects(collection: string): Map<string, KubeObject> {
    const objects = this.#collections.get(collection);
    if (objects === undefined) throw new Error(`there is no collection ${collection}`);
    return objects;
  }

  #tell(collection: string, type: string, object: KubeObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#history.push({ collection, version: this.#version, line });
    for (const response of this.#watches.get(collection) ?? []) response.write(line);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const body = await bodyOf(request);
    const { authorization } = request.headers;
    this.requests.push({ method: request.method ?? '', path, authorization, body });
    const url = new URL(path, this.url);
    const answer = this.#answers.get(url.pathname);
    if (answer !== undefined) {
      await answer(request, response);
      return;
    }
    const pathname = this.#wide(url.pathname);
    const collection = this.#collections.get(pathname);
    if (collection !== undefined) {
      if (request.method === 'POST') this.#create(pathname, JSON.parse(body) as KubeObject, response);
      else if (url.searchParams.get('watch') === null) this.#list(collection, response);
      else this.#watch(pathname, Number(url.searchParams.get('resourceVersion')), response);
      return;
    }
    const objectPath = pathname.replace(/\/status$/, '');
    if (request.headers['content-type'] === 'application/apply-patch+yaml') this.#apply(objectPath, body, response);
    else this.#serveObject(request.method ?? '', objectPath, body, response);
  }

  /** A collection of all namespaces has the objects of each; a test has them in one. */
  #wide(path: string): string {
    const wide = path.replace(/\/namespaces\/[^/]+(?=\/)/, '');
    const isServed = [...this.#collections.keys()].some((each) => wide === each || wide.startsWith(`${each}/`));
    return isServed ? wide : path;
  }

  /** A JSON patch. */
  #applyPatch(collection: string, object: KubeObject, patch: Operation[], response: ServerResponse): void {
    const patched = structuredClone(object);
    const failed = applyPatch(patched, patch).some((error) => error !== null);
    if (failed) refuse(response, 422, 'Invalid');
    else answerJson(response, 200, this.put(collection, patched));
  }

  /** Server-side apply by a sole manager: what is applied stands, whatever stood there. */
  #apply(path: string, body: string, response: ServerResponse): void {
    const collection = path.slice(0, path.lastIndexOf('/'));
    if (!this.#collections.has(collection)) refuse(response, 404, 'NotFound');
    else answerJson(response, 200, this.put(collection, JSON.parse(body) as KubeObject));
  }

  #create(collection: string, object: KubeObject, response: ServerResponse): void {
    if (this.#objects(collection).has(object.metadata.name ?? '')) refuse(response, 409, 'AlreadyExists');
    else answerJson(response, 201, this.put(collection, object));
  }

  #list(objects: Map<string, KubeObject>, response: ServerResponse): void {
    const items = [...objects.values()];
    answerJson(response, 200, {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(this.#version) },
      items,
    });
  }

  #watch(collection: string, since: number, response: ServerResponse): void {
    const watches = this.#watches.get(collection);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const event of this.#history) {
      if (event.collection === collection && event.version > since) response.write(event.line);
    }
    watches?.add(response);
    response.on('close', () => watches?.delete(response));
  }

  #serveObject(method: string, path: string, body: string, response: ServerResponse): void {
    const cut = path.lastIndexOf('/');
    const collection = path.slice(0, cut);
    const object = this.#collections.get(collection)?.get(path.slice(cut + 1));
    const patch = method === 'GET' || object === undefined ? undefined : (JSON.parse(body) as KubeObject);
    const expected = patch?.metadata?.resourceVersion;
    if (object === undefined) {
      // A path that nobody serves names no object.
      refuse(response, 404, 'NotFound', this.#collections.has(collection) ? path.slice(cut + 1) : undefined);
    } else if (Array.isArray(patch)) {
      this.#applyPatch(collection, object, patch as Operation[], response);
    } else if (method === 'DELETE') {
      this.remove(collection, object.metadata.name ?? '');
      answerJson(response, 200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
    } else if (patch === undefined) {
      answerJson(response, 200, object);
    } else if (expected !== undefined && expected !== object.metadata.resourceVersion) {
      refuse(response, 409, 'Conflict');
    } else {
      const { metadata, ...fields } = patch;
      // Where a PUT would take away fields no test looks.
      answerJson(
        response,
        200,
        this.put(collection, { ...object, ...fields, metadata: { ...object.metadata, ...metadata } }),
      );
    }
  }
}

/** The Status with which an API server says no. */
export function refuse(response: ServerResponse, code: number, reason: string, name?: string): void {
  const details = name === undefined ? {} : { details: { name } };
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason, ...details };
  answerJson(response, code, status);
}

/** Answers as a healthy member does. */
export function healthy(api: WireApi, uid: string): void {
  api.answer('/healthz', (_, response) => {
    response.end('ok');
  });
  api.answer('/version', (_, response) => answerJson(response, 200, { gitVersion: 'v1.36.3' }));
  api.answer('/api/v1/namespaces/kube-system', (_, response) =>
    answerJson(response, 200, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid } }),
  );
}
