import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition } from '../../apis/apiextensions/v1.ts';
import type { KubeObject } from '../../apis/meta/v1.ts';
import type { Resource } from '../../controller/kube/resource.ts';
import { BUILT_IN, type ServedKind, toDiscovery } from './served-kinds.ts';

const CREATED = '2026-01-01T00:00:00Z';

/** What a test wants answered instead of what the server would: an HTTP status with a Status body, or nothing at all, ever. */
export type Answer = { code: number; reason: string; message: string; details?: object } | 'hang';

interface Target {
  kind: ServedKind;
  namespace: string | undefined;
  name: string | undefined;
}

/**
 * An API server as far as a command line needs one, in memory and over real HTTP: discovery, objects with UIDs, versions, generations and
 * finalizers, custom resources that are served as soon as their definition is there. No watches, no schemas, no permissions.
 */
export class ApiServer {
  readonly #server: Server;
  readonly #kinds: ServedKind[] = [...BUILT_IN];
  readonly #objects = new Map<string, KubeObject>();
  readonly #answers: { matches: (request: string) => boolean; answer: Answer }[] = [];
  #version = 0;
  /** `GET /api/v1/namespaces/demo`, without query; discovery aside. */
  readonly requests: string[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    for (const name of ['default', 'kube-system']) {
      this.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Puts an object there as if somebody had created it. */
  put<T extends KubeObject>(object: T): T {
    const kind = this.#kinds.find(
      (each) => each.kind === object.kind && apiVersionOf(each) === (object.apiVersion ?? ''),
    );
    if (kind === undefined) throw new Error(`${object.apiVersion ?? ''} ${object.kind ?? ''} is not served`);
    const stored = this.#store(kind, { ...object, metadata: { ...object.metadata } });
    return stored as T;
  }

  /** The object as it stands, or undefined. `plural` as in `deployments.apps`. */
  get(plural: string, name: string, namespace?: string): KubeObject | undefined {
    const kind = this.#kinds.find((each) => groupResource(each) === plural);
    return kind === undefined ? undefined : this.#objects.get(keyOf(kind, namespace, name));
  }

  /** The names of all objects of a kind: `demo/web`. */
  names(plural: string): string[] {
    const kind = this.#kinds.find((each) => groupResource(each) === plural);
    return kind === undefined
      ? []
      : this.#all(kind).map(({ metadata }) => [metadata.namespace, metadata.name].filter(Boolean).join('/'));
  }

  serve(kind: ServedKind): void {
    this.#kinds.push(kind);
  }

  /** Called with each request before it is answered. */
  onRequest: (request: string) => void = () => {};

  clearAnswers(): void {
    this.#answers.length = 0;
  }

  /** From now on, requests such as `POST /api/v1/secrets` that match get this answer. */
  answer(pattern: RegExp, answer: Answer): void {
    this.#answers.push({ matches: (request) => pattern.test(request), answer });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const line = `${request.method ?? ''} ${url.pathname}`;
    const body = await readBody(request);
    this.onRequest(line);
    const special = this.#answers.find(({ matches }) => matches(line))?.answer;
    if (special === 'hang') return;
    if (special !== undefined) {
      send(response, fail(special));
      return;
    }
    const discovery = toDiscovery(this.#kinds, url.pathname);
    if (discovery !== undefined) {
      send(response, ok(discovery));
      return;
    }
    this.requests.push(line);
    const target = this.#resolve(url.pathname);
    if (target === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    send(response, this.#act(request.method ?? '', target, body, url.searchParams));
  }

  #act(method: string, target: Target, body: unknown, query: URLSearchParams): Reply {
    const { kind, namespace, name } = target;
    if (name === undefined) {
      if (method === 'GET') return ok(this.#list(kind, namespace, query));
      if (method === 'POST') return this.#create(kind, namespace, body as KubeObject);
      return fail({ code: 405, reason: 'MethodNotAllowed', message: 'not supported here' });
    }
    const present = this.#objects.get(keyOf(kind, namespace, name));
    if (present === undefined) return fail(notFound(kind, name));
    switch (method) {
      case 'GET':
        return ok(present);
      case 'PUT':
        return this.#replace(kind, present, body as KubeObject);
      case 'PATCH':
        return this.#replace(kind, present, mergePatch(present, body) as KubeObject);
      case 'DELETE':
        return this.#delete(kind, present);
      default:
        return fail({ code: 405, reason: 'MethodNotAllowed', message: 'not supported here' });
    }
  }

  #list(kind: ServedKind, namespace: string | undefined, query: URLSearchParams): object {
    const selector = query.get('labelSelector')?.split('=');
    const items = this.#all(kind).filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (selector === undefined || metadata.labels?.[selector[0] ?? ''] === selector[1]),
    );
    const metadata = { resourceVersion: String(this.#version) };
    return { apiVersion: apiVersionOf(kind), kind: `${kind.kind}List`, metadata, items };
  }

  #create(kind: ServedKind, namespace: string | undefined, object: KubeObject): Reply {
    const { name = '' } = object.metadata;
    if (namespace !== undefined && !this.names('namespaces').includes(namespace)) {
      return fail(notFound({ group: '', plural: 'namespaces' }, namespace));
    }
    if (this.#objects.has(keyOf(kind, namespace, name))) {
      return fail({
        code: 409,
        reason: 'AlreadyExists',
        message: `${groupResource(kind)} "${name}" already exists`,
      });
    }
    const metadata = { ...object.metadata, ...(namespace === undefined ? {} : { namespace }) };
    return { code: 201, body: this.#store(kind, { ...object, metadata }) };
  }

  #replace(kind: ServedKind, present: KubeObject, object: KubeObject): Reply {
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion) {
      return fail({ code: 409, reason: 'Conflict', message: 'the object has been modified' });
    }
    const { name = '', namespace } = present.metadata;
    if (object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0) {
      this.#remove(kind, present);
      return ok(object);
    }
    this.#version += 1;
    const changed = JSON.stringify(object.spec) !== JSON.stringify(present.spec);
    const stored = {
      ...object,
      metadata: {
        ...object.metadata,
        resourceVersion: String(this.#version),
        generation: (present.metadata.generation ?? 1) + (changed ? 1 : 0),
      },
    };
    this.#objects.set(keyOf(kind, namespace, name), stored);
    return ok(stored);
  }

  #delete(kind: ServedKind, present: KubeObject): Reply {
    const { name = '', namespace } = present.metadata;
    if (groupResource(kind) === groupResource(CUSTOM_RESOURCE_DEFINITIONS)) this.#deleteInstances(present);
    if ((present.metadata.finalizers ?? []).length > 0) {
      const metadata = { ...present.metadata, deletionTimestamp: CREATED };
      const terminating = { ...present, metadata };
      this.#objects.set(keyOf(kind, namespace, name), terminating);
      return ok(terminating);
    }
    this.#remove(kind, present);
    return ok({ apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' });
  }

  #remove(kind: ServedKind, object: KubeObject): void {
    const { name = '', namespace } = object.metadata;
    this.#objects.delete(keyOf(kind, namespace, name));
    if (groupResource(kind) !== groupResource(CUSTOM_RESOURCE_DEFINITIONS)) return;
    const served = this.#kinds.findIndex((each) => groupResource(each) === name);
    if (served >= 0) this.#kinds.splice(served, 1);
  }

  #deleteInstances(crd: KubeObject): void {
    const kind = this.#kinds.find((each) => groupResource(each) === crd.metadata.name);
    if (kind === undefined) return;
    for (const object of this.#all(kind)) this.#remove(kind, object);
  }

  #store(kind: ServedKind, object: KubeObject): KubeObject {
    this.#version += 1;
    const { name = '', namespace } = object.metadata;
    const stored: KubeObject = {
      ...object,
      metadata: {
        uid: `uid-of-${name}`,
        creationTimestamp: CREATED,
        generation: 1,
        ...object.metadata,
        resourceVersion: String(this.#version),
      },
    };
    if (groupResource(kind) === groupResource(CUSTOM_RESOURCE_DEFINITIONS)) {
      stored.status = { conditions: [{ type: 'Established', status: 'True' }] };
      this.#kinds.push(...kindsOf(stored as CustomResourceDefinition));
    }
    this.#objects.set(keyOf(kind, namespace, name), stored);
    return stored;
  }

  #all(kind: ServedKind): KubeObject[] {
    const prefix = `${groupResource(kind)}|`;
    return [...this.#objects].flatMap(([key, object]) => (key.startsWith(prefix) ? [object] : []));
  }

  #resolve(path: string): Target | undefined {
    const match = /^\/(?:api\/(?<core>[^/]+)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))\/(?<rest>.+)$/.exec(path);
    if (match?.groups === undefined) return undefined;
    const { core, group = '', version = core, rest = '' } = match.groups;
    const [first, ...others] = rest.split('/').map(decodeURIComponent);
    const inNamespace = first === 'namespaces' && others.length >= 2;
    const [plural, name] = inNamespace ? others.slice(1) : [first, others[0]];
    const kind = this.#kinds.find((each) => each.group === group && each.version === version && each.plural === plural);
    return kind === undefined ? undefined : { kind, namespace: inNamespace ? others[0] : undefined, name };
  }
}

function kindsOf(crd: CustomResourceDefinition): ServedKind[] {
  const { group, names, scope, versions } = crd.spec;
  return versions.map(({ name: version }) => ({
    group,
    version,
    kind: names.kind,
    plural: names.plural,
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
  }));
}

function notFound(kind: Pick<Resource, 'group' | 'plural'>, name: string) {
  const message = `${groupResource(kind)} "${name}" not found`;
  return { code: 404, reason: 'NotFound', message, details: { name, kind: kind.plural } };
}

interface Reply {
  code: number;
  body: unknown;
}

function ok(body: unknown): Reply {
  return { code: 200, body };
}

function fail(answer: Exclude<Answer, 'hang'>): Reply {
  return { code: answer.code, body: { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', ...answer } };
}

function send(response: ServerResponse, { code, body }: Reply): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

function groupResource({ group, plural }: Pick<Resource, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function keyOf(kind: ServedKind, namespace: string | undefined, name: string): string {
  return `${groupResource(kind)}|${kind.namespaced ? (namespace ?? '') : ''}|${name}`;
}
